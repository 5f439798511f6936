"""Fixtures of servers. The tests that need a MongoDB come last: it may still be in the making.

Such a test says so by a fixture, or by the marker ``mongodb``, as those must that start a server of their own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.servers import MongoServer, RedisServer, SharedServer
from tests.support.servers.choice import mongo_program
from tests.support.servers.programs import NoProgramError
from tests.support.servers.shared import (
    described_mongodb,
    described_redis,
    drop_database,
    new_name,
    with_database,
)

USED: Final = pytest.StashKey[list[str]]()
NEEDING: Final = frozenset({"mongodb", "mongodb_uri"})
MONGODB_URI: Final = "MONGODB_URI"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "mongodb: needs a MongoDB, so it runs after all that don't")
    config.stash[USED] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move what needs a MongoDB to the end; else the order stays."""
    items.sort(key=needs_mongodb)


def needs_mongodb(item: pytest.Item) -> bool:
    """Whether it says so."""
    return item.get_closest_marker("mongodb") is not None or not NEEDING.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Install outside of the time that a test has. What failed is told by the test, which asks again."""
    if _needs_program(item):
        with suppress(NoProgramError), _shown(item.config):
            mongo_program()
    return (yield)


def _needs_program(item: pytest.Item) -> bool:
    """With ``MONGODB_URI`` only what says so by the marker may start a server of its own."""
    return item.get_closest_marker("mongodb") is not None or (needs_mongodb(item) and MONGODB_URI not in os.environ)


@contextmanager
def _shown(config: pytest.Config) -> Iterator[None]:
    """What is told here is seen while it happens."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        yield
        return
    with capture.global_and_fixture_disabled():
        yield


@pytest.fixture(scope="session")
def mongodb(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServer]:
    """A MongoDB that all tests share: that of ``MONGODB_URI`` when it is set."""
    if uri := os.environ.get(MONGODB_URI):
        given = SharedServer(uri=uri, name=described_mongodb(uri))
        yield _noted(pytestconfig, given)
        return
    with MongoServer(_folder(tmp_path_factory)) as server:
        yield _noted(pytestconfig, SharedServer(uri=server.uri, name=f"{server.name} at 127.0.0.1:{server.port}"))
    shutil.rmtree(server.folder)


@pytest.fixture
def mongodb_uri(mongodb: SharedServer) -> Iterator[str]:
    """A database of its own for each test."""
    uri = with_database(mongodb.uri, new_name())
    yield uri
    drop_database(uri)


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServer]:
    """A Redis that all tests share: that of ``REDIS_URL`` when it is set."""
    if url := os.environ.get("REDIS_URL"):
        yield _noted(pytestconfig, SharedServer(uri=url, name=described_redis(url)))
        return
    with RedisServer(_folder(tmp_path_factory)) as server:
        yield _noted(pytestconfig, SharedServer(uri=server.url, name=f"{server.name} at 127.0.0.1:{server.port}"))


@pytest.fixture
def redis_url(redis_server: SharedServer) -> str:
    """Where the shared Redis is."""
    return redis_server.uri


@pytest.fixture
def redis_channel() -> str:
    """A channel of its own for each test."""
    return new_name()


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("server")


def _noted(config: pytest.Config, server: SharedServer) -> SharedServer:
    config.stash[USED].append(server.name)
    return server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell which servers were used."""
    if used := config.stash[USED]:
        terminalreporter.write_line(f"servers: {'; '.join(sorted(used))}")
