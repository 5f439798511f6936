"""Where the head is found, by how few queries, and what it says when the log was cut."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from pymongo.collection import Collection
from pymongo.database import Database as RawDatabase
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from enterprise_adapters.mongo import MongoChangeLog, MongoDatabase
from enterprise_adapters.mongo.head import Ladder
from enterprise_service.ports.change_log import ChangeLog, Head
from enterprise_service.ports.store_events import StoreEvents
from tests.support.entries import append_next, entry
from tests.support.mongo_stores import Document, raw_database
from tests.support.stores import store_at

LENGTHS = [0, 1, 2, 3, 7, 8, 9, 100, 1_000, 1_023, 1_024, 1_025, 5_000]


@pytest.fixture
def raw(mongodb_uri: str) -> Iterator[RawDatabase[Document]]:
    with raw_database(mongodb_uri) as found:
        yield found


def fill(raw: RawDatabase[Document], first: int, last: int) -> None:
    documents = [{"_id": n, "log_id": "log", "mac": str(n).encode()} for n in range(first, last + 1)]
    if documents:
        raw["policy_log"].insert_many(documents)


class Counting(Ladder):
    """Counts its queries."""

    queries = 0

    def _look(self, revisions: object) -> object:
        Counting.queries += 1
        return super()._look(revisions)  # type: ignore[arg-type,misc]


def test_the_head_is_found_from_anywhere_in_few_queries(raw: RawDatabase[Document]) -> None:
    """ChangeLog 8: at most two for each doubling of the distance, one when nothing is new."""
    ladder = Counting(raw["policy_log"], "log")
    filled = 0
    for length in LENGTHS:
        fill(raw, filled + 1, length)
        filled = length
        for start in {0, max(length - 1, 0), length // 2, random.randint(0, length), length}:
            Counting.queries = 0
            head = ladder.climb(Head(log_id="log", revision=start, mac=b""))
            assert (head.revision, head.mac) == (length, str(length).encode() if length else b"")
            assert Counting.queries <= 2 + (length - start).bit_length()


def test_a_log_that_was_cut_tells_its_new_end(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 8: the loss shows, rather than a head that was remembered."""
    log = store_at(mongodb_uri).log
    for _ in range(20):
        append_next(log, "alice")
    assert log.head().revision == 20
    raw["policy_log"].delete_many({"_id": {"$gt": 6}})
    assert log.head().revision == 6
    raw["policy_log"].delete_many({})
    assert log.head().revision == 0
    log.append(entry(1))
    log.close()


def test_a_mac_that_was_changed_shows(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 8: the head is read each time."""
    log = store_at(mongodb_uri).log
    log.append(entry(1))
    raw["policy_log"].update_one({"_id": 1}, {"$set": {"mac": b"another"}})
    assert log.head().mac == b"another"
    raw["policy_log"].update_one({"_id": 1}, {"$set": {"mac": "no bytes"}})
    assert log.head().mac == b""
    log.close()


class Commands(StoreEvents):
    """Keeps the names of commands."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def command(self, name: str, seconds: float, *, failed: bool) -> None:
        self.names.append(name)

    def connection_created(self) -> None: ...
    def connection_closed(self, reason: str) -> None: ...
    def checked_out(self, seconds: float) -> None: ...
    def checked_in(self) -> None: ...
    def checkout_failed(self, reason: str) -> None: ...
    def pool_cleared(self) -> None: ...
    def heartbeat_failed(self) -> None: ...


def test_a_poll_that_finds_nothing_new_costs_two_queries(mongodb_uri: str) -> None:
    """ChangeLog 8: the entries from the known one on, which tell whose log it is, and the last look."""
    commands = Commands()
    log = MongoChangeLog(MongoDatabase(mongodb_uri, events=commands))
    for _ in range(3):
        append_next(log, "alice")
    log.head()
    commands.names.clear()
    log.head()
    assert commands.names == ["find"] * 2
    log.close()


@pytest.mark.parametrize("code", [20, 72, 115, 123, 148])
def test_a_server_that_does_not_read_linearizably_is_asked_once(
    mongodb_uri: str, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """ChangeLog 8: a standalone one, where a majority is itself."""
    log = store_at(mongodb_uri).log
    append_next(log, "alice")
    asked = refuse_linearizable(monkeypatch, code)
    append_next(log, "alice")
    assert [log.head().revision for _ in range(3)] == [2, 2, 2]
    assert len(asked) == 1
    log.close()


def refuse_linearizable(monkeypatch: pytest.MonkeyPatch, code: int) -> list[int]:
    asked: list[int] = []
    find_one = Collection.find_one

    def refusing(collection: Collection[Document], *arguments: object) -> object:
        if collection.read_concern == ReadConcern("linearizable"):
            asked.append(code)
            raise OperationFailure("not here", code)
        return find_one(collection, *arguments)

    monkeypatch.setattr(Collection, "find_one", refusing)
    return asked


def test_an_entry_that_only_the_last_look_sees_is_the_head(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """ChangeLog 8: as when the queries before it were answered by a primary that was deposed."""
    log, other = store_at(mongodb_uri).log, store_at(mongodb_uri).log
    append_next(log, "alice")
    climb, climbed = Ladder.climb, []

    def stale_at_first(ladder: Ladder, known: object) -> object:
        climbed.append(known)
        head = climb(ladder, known)  # type: ignore[arg-type]
        if len(climbed) == 1:
            for _ in range(3):
                append_next(other, "bob")
        return head

    log.head()
    monkeypatch.setattr(Ladder, "climb", stale_at_first)
    climbed.clear()
    assert log.head().revision == 4
    close(log, other)


def close(*logs: ChangeLog) -> None:
    for log in logs:
        log.close()
