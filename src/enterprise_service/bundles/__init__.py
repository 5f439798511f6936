"""Policy files: read, checked, compared with a state, and turned into edits."""
