"""Servers that many tests share: those of the environment, or some started for the run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pymongo import MongoClient
from redis import Redis


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedServer:
    """Where it is, and what it is for people: without credentials. No test kills it."""

    uri: str
    name: str


def with_database(uri: str, database: str) -> str:
    """``uri`` with another default database; a user is still looked up where he was."""
    parts = urlsplit(uri)
    query = dict(parse_qsl(parts.query))
    if "@" in parts.netloc:
        query.setdefault("authSource", parts.path.strip("/") or "admin")
    return urlunsplit((parts.scheme, parts.netloc, f"/{database}", urlencode(query), ""))


def new_name() -> str:
    """One that no other test has, for a database or a channel."""
    return f"test_{secrets.token_hex(6)}"


def drop_database(uri: str) -> None:
    """Take away the default database of ``uri``."""
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=10_000) as client:
        client.drop_database(client.get_default_database().name)


def described_mongodb(uri: str) -> str:
    """The MongoDB at ``uri``: its version and its members, without credentials."""
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=10_000) as client:
        hello = client.admin.command("hello")
        version = client.admin.command("buildInfo")["version"]
    return f"MongoDB {version} of MONGODB_URI at {','.join(hello.get('hosts', ())) or _place(uri)}"


def described_redis(url: str) -> str:
    """The Redis at ``url``: its version, without credentials."""
    with Redis.from_url(url, socket_timeout=10, socket_connect_timeout=10) as client:
        version = client.info("server")["redis_version"]
    return f"Redis {version} of REDIS_URL at {_place(url)}"


def _place(uri: str) -> str:
    return urlsplit(uri).netloc.rpartition("@")[2]
