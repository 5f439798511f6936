"""Names, patterns, windows and the domain tree: the smallest words of the language."""
