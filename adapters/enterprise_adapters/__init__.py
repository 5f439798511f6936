"""What connects the ports of the service to the world: one package for each driver."""
