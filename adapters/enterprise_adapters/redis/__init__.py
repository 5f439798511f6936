"""Hints between processes through Redis: important, not critical. Nothing is kept there."""

from enterprise_adapters.redis.hints import RedisHints

__all__ = ["RedisHints"]
