"""Background work that one process does for all, under a lease."""
