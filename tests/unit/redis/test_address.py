"""A URL that can't be used is refused at once; no part of one is ever shown."""

from __future__ import annotations

import traceback

import pytest
from redis import SSLConnection
from redis.connection import Connection

from enterprise_adapters.redis import RedisHints
from enterprise_adapters.redis.address import ANSWER_SECONDS, Address

PASSWORD = "s3cr@t/word"  # spelt s3cr%40t%2Fword in a URL

REFUSED = [
    "",
    "s3cr%40t%2Fword",
    "http://:s3cr%40t%2Fword@host",
    "redis://user:s3cr%40t%2Fword@host:s3cr%40t%2Fword",
    "redis://user:s3cr%40t%2Fword",
    "redis://user:s3cr%40t%2Fword@host?no_such_option=1",
    "redis://user:s3cr%40t%2Fword@host?timeout=1",
    "redis://user:s3cr%40t%2Fword@host?socket_timeout=s3cr%40t%2Fword",
    "redis://user:s3cr%40t%2Fword@host?max_connections=many",
    "rediss://user:s3cr%40t%2Fword@host?ssl_cert_reqs=perhaps",
    "redis://[user:s3cr%40t%2Fword@host",
]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_url_of_redis_is_refused_unshown(url: str) -> None:
    with pytest.raises(ValueError, match="this is no URL of Redis") as raised:
        RedisHints(url, "channel")
    shown = "".join(traceback.format_exception(raised.value, limit=0))
    assert "s3cr" not in shown


@pytest.mark.parametrize(
    "url", ["redis://host", "redis://host:6380/3", "rediss://u:p@host/0", "unix:///run/redis.sock"]
)
def test_urls_of_redis_are_taken_and_nothing_is_connected(url: str) -> None:
    hints = RedisHints(url, "channel")
    assert hints.health().trouble is None
    hints.close()


def test_the_url_says_where_and_as_whom_but_not_how_long_to_wait() -> None:
    url = "rediss://u:p@host:7/2?socket_timeout=900&socket_connect_timeout=900&retry_on_timeout=yes&protocol=3"
    pool = Address(url).client().connection_pool
    connection = pool.make_connection()
    assert isinstance(connection, SSLConnection)
    assert isinstance(connection, Connection)
    assert (connection.host, connection.port, connection.db) == ("host", 7, 2)
    assert (connection.username, connection.password) == ("u", "p")
    assert (connection.socket_timeout, connection.socket_connect_timeout) == (ANSWER_SECONDS, ANSWER_SECONDS)
    assert connection.protocol == 2
    assert connection.retry.get_retries() == 0
    assert connection.check_hostname


def test_the_password_is_masked_however_it_is_spelt() -> None:
    address = Address("redis://user:s3cr%40t%2Fword@host")
    assert address.masked(f"no {PASSWORD}, no s3cr%40t%2Fword") == "no ********, no ********"
    assert Address("redis://host").masked("nothing to hide") == "nothing to hide"
