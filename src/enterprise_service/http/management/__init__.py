"""The management API: each call becomes a read of a scene, or a wish that is committed."""
