"""What is read over a link that carries 1 MB/s: slowly, and all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from enterprise_adapters.mongo import MongoDatabase, checkpoints
from enterprise_adapters.mongo.entries import Entries
from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, LogEntry
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import entry
from tests.support.mongo_stores import Document, raw_database, store_in
from tests.support.servers import MongoServer
from tests.support.stores import TriedStore
from tests.support.tcp_proxy import CHUNK, TcpProxy

pytestmark = pytest.mark.mongodb

SECONDS = 1.2
"""What a call has in production."""

SLOW = CHUNK / 1_000_000
"""The latency of each piece that makes 1 MB/s."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with MongoServer(tmp_path_factory.mktemp("slow")) as started:
        yield started


@pytest.fixture
def link(server: MongoServer) -> Iterator[TcpProxy]:
    with TcpProxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def uri(server: MongoServer, link: TcpProxy, request: pytest.FixtureRequest) -> str:
    """A database of this test, over the link."""
    return server.uri_at(link.port, f"slow_{abs(hash(request.node.name))}_{os.getpid()}")


@pytest.fixture
def store(uri: str, link: TcpProxy) -> Iterator[TriedStore]:
    """Opened, written and read at full speed; each test slows the link down."""
    with closing(MongoDatabase(uri, seconds=SECONDS)) as database:
        yield store_in(database)
        link.faults.heal()


def sized(revision: int, size: int) -> LogEntry:
    return entry(revision, padding="p" * size)


def all_of(log: ChangeLog) -> list[LogEntry]:
    """As a follower reads on: again after each call that failed."""
    read: list[LogEntry] = []
    failures = 0
    while len(read) < log.head().revision:
        try:
            page = log.read(len(read), 500)
        except StoreUnavailableError:
            failures += 1
            assert failures < 3
            continue
        assert page
        read += page
    return read


def test_entries_that_are_large_are_all_read(store: TriedStore, link: TcpProxy) -> None:
    """ChangeLog 12: a page is no call, so its size isn't limited by what a call may take."""
    entries = [sized(revision, 900_000) for revision in range(1, 4)]
    for one in entries:
        store.log.append(one)
    link.faults.latency = SLOW
    assert all_of(store.log) == entries
    assert list(store.log.find(ChangeFilter(actor="alice"), 2)) == entries[:0:-1]


def test_large_entries_among_small_ones_are_read_after_a_call_that_failed(
    store: TriedStore, link: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ChangeLog 12: what was asked for at once was too much, so the next call asks for less; what was read counts."""
    monkeypatch.setattr("enterprise_adapters.mongo.entries.BULK_SECONDS", 0.3)
    entries = [sized(revision, 10 if revision < 9 else 500_000) for revision in range(1, 12)]
    for one in entries:
        store.log.append(one)
    link.faults.latency = SLOW / 4
    assert all_of(store.log) == entries
    assert list(store.log.find(ChangeFilter(after=2), 500)) == entries[:1:-1]


def test_a_large_change_and_a_checkpoint_are_read(store: TriedStore, link: TcpProxy) -> None:
    """Checkpoints 2; ChangeLog 12: part by part, each in a time of its own."""
    large = sized(1, 2_000_000)
    store.log.append(large)
    written = Checkpoint(log_id="log", revision=1, chain=b"c", content=os.urandom(2_000_000), mac=b"m")
    store.checkpoints.write(written)
    link.faults.latency = SLOW
    assert list(store.log.read(0, 500)) == [large]
    assert store.checkpoints.newest("log") == written


def test_a_checkpoint_in_chunks_of_4_mebibytes_is_read(
    store: TriedStore, link: TcpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints 1: as they were written before."""
    written = Checkpoint(log_id="log", revision=1, chain=b"c", content=os.urandom(4_300_000), mac=b"m")
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "CHUNK_BYTES", 4 * 1024 * 1024)
        store.checkpoints.write(written)
    link.faults.latency = SLOW
    assert store.checkpoints.newest("log") == written


def test_chunks_of_another_size_that_a_writer_left_are_not_taken_for_ours(
    store: TriedStore, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    """Checkpoints 1: of the same content, by a version that cut it otherwise and died before the header."""
    written = Checkpoint(log_id="log", revision=1, chain=b"c", content=os.urandom(3_000_000), mac=b"m")
    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "CHUNK_BYTES", 4 * 1024 * 1024)
        store.checkpoints.write(written)
    with raw_database(uri) as raw:
        raw["policy_checkpoints"].delete_many({})
    store.checkpoints.write(written)
    assert store.checkpoints.newest("log") == written


def test_a_page_of_small_entries_is_one_call(store: TriedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """ChangeLog 12: care for large ones costs nothing where there are none."""
    entries = [sized(revision, 300) for revision in range(1, 200)]
    for one in entries:
        store.log.append(one)
    assert list(store.log.read(0, 500)) == entries
    asked: list[object] = []
    get = Entries._get  # noqa: SLF001 - each is a call

    def counted(self: Entries, *arguments: Any) -> Sequence[Document]:  # noqa: ANN401 - as they are
        asked.append(arguments)
        return get(self, *arguments)

    monkeypatch.setattr(Entries, "_get", counted)
    for after in (0, 100, 198):
        assert list(store.log.read(after, 500)) == entries[after:]
    assert len(asked) == 3
