"""Use cases turn requests into edits; commit is the only way for edits into the log."""
