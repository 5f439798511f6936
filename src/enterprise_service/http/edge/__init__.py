"""What stands between the bytes of a request and the policy: framing, JSON, credentials, the answer."""
