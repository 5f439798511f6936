"""The paths that answer questions, as Flask and the documentation have them."""
