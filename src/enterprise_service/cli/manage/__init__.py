"""Commands that read and change what the service knows, over the HTTP contract."""
