"""What a policy means: pure, without input, output or clock."""
