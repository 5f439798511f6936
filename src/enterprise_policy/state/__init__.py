"""Every record at one revision, what may be changed in it, and how changes are written down."""
