"""The service that administers an enterprise's policy and answers by it."""
