"""Where Redis is, and how long to wait for it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from redis import Connection, ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import RedisError
from redis.retry import Retry

ANSWER_SECONDS: Final = 1.0
"""So long a connection may take to be made, and so long an answer."""

_MASK: Final = "********"


class Address:
    """A URL of Redis, whose password is never shown. Nothing is connected before a client's first command."""

    def __init__(self, url: str) -> None:
        """``url`` begins with ``redis://``, ``rediss://`` (TLS) or ``unix://``.

        Raises ``ValueError``, which shows nothing of it, when it is none.
        """
        # The error's cause isn't kept: it may quote what stands where the port should, which may be a password.
        try:
            self._options = _options(url)
        except (RedisError, TypeError, ValueError):
            raise ValueError("this is no URL of Redis such as `rediss://user:password@redis.example:6379/0`") from None

    def client(self) -> Redis:
        """A client with one connection, which doesn't try again by itself."""
        return Redis.from_pool(ConnectionPool(**self._options))

    def masked(self, text: str) -> str:
        """``text`` with stars where the password stands."""
        password = self._options.get("password")
        for secret in (password, quote(password, safe="")) if password else ():
            text = text.replace(secret, _MASK)
        return text


def _options(url: str) -> dict[str, Any]:
    """What a pool is made from; the URL says where and as whom, not how long to wait or how often to try."""
    said: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call] # redis-py hasn't typed it
    options = said | {
        "max_connections": 1,
        "protocol": 2,  # every server has it, and a user who may only publish and subscribe can begin with it
        "retry": Retry(NoBackoff(), 0, supported_errors=()),
        "retry_on_timeout": False,
        "retry_on_error": [],
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "decode_responses": False,
    }
    only_pool = {"connection_class", "max_connections"}
    # It opens nothing, and refuses options that there aren't.
    options.get("connection_class", Connection)(**{name: options[name] for name in options.keys() - only_pool})
    return options
