"""Probes, metrics and documentation: paths that need no credential and show nothing of any tenant."""
