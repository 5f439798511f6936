"""What an append to MongoDB makes of a duplicate key, of a majority that is slow, and of an answer that was lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure, WriteConcernError

from enterprise_adapters.mongo.change_log import SETTLE_SECONDS, WHOSE
from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, LogEntry, RevisionTakenError
from tests.support.entries import entry, writer
from tests.support.mongo_stores import Document, raw_database
from tests.support.stores import store_at

INSERT = Collection.insert_one
FIND_ONE = Collection.find_one


@pytest.fixture
def log(mongodb_uri: str) -> Iterator[ChangeLog]:
    opened = store_at(mongodb_uri).log
    opened.append(entry(1))
    yield opened
    opened.close()


@pytest.fixture
def other(mongodb_uri: str) -> Iterator[ChangeLog]:
    opened = store_at(mongodb_uri).log
    yield opened
    opened.close()


def replace_insert(monkeypatch: pytest.MonkeyPatch, insert: Callable[[Any, Document], object]) -> None:
    monkeypatch.setattr(Collection, "insert_one", insert)


def hide_from_majority(monkeypatch: pytest.MonkeyPatch, looks: int) -> list[Document]:
    """Let the first ``looks`` at an entry's append find nothing, as before a majority has it; what was looked for."""
    seen: list[Document] = []

    def find_one(collection: Any, query: Document, *more: Any) -> object:  # noqa: ANN401 - as the driver's
        if more == (WHOSE,):
            seen.append(query)
            if len(seen) <= looks:
                return None
        return FIND_ONE(collection, query, *more)

    monkeypatch.setattr(Collection, "find_one", find_one)
    return seen


def twice(collection: Any, document: Document) -> object:  # noqa: ANN401 - as the driver's
    """The insert goes out twice, as when the first answer was lost and no server remembers it."""
    INSERT(collection, document)
    return INSERT(collection, document)


def test_our_own_insert_that_was_sent_twice_is_ours(log: ChangeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """ChangeLog 2, 9: the duplicate key is the first insert's, and the append has succeeded."""
    with monkeypatch.context() as patched:
        replace_insert(patched, twice)
        log.append(entry(2, actor="once"))
    assert [one.revision for one in log.find(ChangeFilter(actor="once"), 10)] == [2]
    log.append(entry(3))
    assert log.head().revision == 3


def test_our_own_insert_is_acknowledged_when_a_majority_has_it(log: ChangeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """ChangeLog 9: not before."""
    replace_insert(monkeypatch, twice)
    looked = hide_from_majority(monkeypatch, 3)
    log.append(entry(2))
    assert looked == [{"_id": 2}] * 4


def test_anothers_entry_is_waited_for_until_a_majority_has_it(
    log: ChangeLog, other: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ChangeLog 10: it may still go, and then the revision wouldn't be taken."""
    other.append(entry(2, actor="other"))
    looked = hide_from_majority(monkeypatch, 3)
    with pytest.raises(RevisionTakenError):
        log.append(entry(2, actor="late"))
    assert looked == [{"_id": 2}] * 4
    assert writer(log.read(1, 1)[0]) == "other"


def test_an_entry_that_no_majority_gets_is_given_up_in_time(
    log: ChangeLog, other: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ChangeLog 6, 11: nobody knows yet whose the revision will be."""
    other.append(entry(2))
    hide_from_majority(monkeypatch, 10_000)
    began = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="isn't confirmed by a majority yet"):
        log.append(entry(2, actor="late"))
    assert SETTLE_SECONDS <= time.monotonic() - began < SETTLE_SECONDS + 2


UNKNOWN = [
    NetworkTimeout("lost"), AutoReconnect("lost"), WriteConcernError("slow", 64), OperationFailure("stepped down", 91),
]  # fmt: skip


@pytest.mark.parametrize("error", UNKNOWN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("arrived", [True, False])
def test_after_an_answer_that_was_lost_a_read_tells(
    log: ChangeLog,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    arrived: bool,  # noqa: FBT001
) -> None:
    """ChangeLog 6, 11: the whole entry or nothing; and the log goes on either way."""

    def insert(collection: Any, document: Document) -> object:  # noqa: ANN401 - as the driver's
        if arrived:
            INSERT(collection, document)
        raise error

    one = entry(2, actor="lost")
    with monkeypatch.context() as patched:
        replace_insert(patched, insert)
        with pytest.raises(StoreUnavailableError):
            log.append(one)
    assert list(log.read(1, 10)) == ([one] if arrived else [])
    log.append(entry(log.head().revision + 1))


def test_a_writer_that_is_behind_is_told_without_an_insert(
    log: ChangeLog, other: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ChangeLog 10: neither where it sees that the revision is taken nor where it would leave a gap."""
    for revision in range(2, 6):
        other.append(entry(revision))
    log.head()
    replace_insert(monkeypatch, lambda *_: pytest.fail("nothing is to be inserted"))
    for revision in (-1, 0, 1, 5, 7, 2**63, 2**70):
        with pytest.raises(RevisionTakenError):
            log.append(entry(revision))


def test_a_writer_that_has_not_looked_for_long_looks_before_it_says_taken(log: ChangeLog, other: ChangeLog) -> None:
    """ChangeLog 10: what it remembers is older than what its caller has read elsewhere."""
    for revision in range(2, 6):
        other.append(entry(revision))
    log.append(entry(6))
    assert other.head().revision == 6


def test_an_entry_of_another_log_is_not_appended(log: ChangeLog) -> None:
    """ChangeLog 5, 10: a change that was made for the log that was here before."""
    with pytest.raises(StoreUnavailableError, match="its log was replaced"):
        log.append(entry(2, log_id="another"))
    assert log.head().revision == 1
    log.append(entry(2, log_id=log.head().log_id))


def test_another_log_in_the_place_is_told_by_head_alone(log: ChangeLog, other: ChangeLog, mongodb_uri: str) -> None:
    """ChangeLog 5, 6: all else fails until its identity was told; then it is the log."""
    other.append(entry(2))
    before = log.head().log_id
    with raw_database(mongodb_uri) as raw:
        raw["policy_log"].delete_many({})
        raw["policy_meta"].update_one({"_id": "log"}, {"$set": {"log_id": "restored"}})
        for look in (lambda: log.read(0, 10), lambda: log.find(ChangeFilter(), 10)):
            with pytest.raises(StoreUnavailableError, match="its log was replaced"):
                look()
        raw["policy_log"].insert_one({"_id": 1, "log_id": "restored", "append": "x", "mac": b"m", "body": b"{}"})
        with pytest.raises(StoreUnavailableError, match="its log was replaced"):
            log.read(0, 10)
    head = log.head()
    assert (head.log_id, head.revision) == ("restored", 1) != (before, 1)
    assert log.read(0, 10) == (LogEntry(revision=1, body=b"{}", mac=b"m"),)
    log.append(entry(2, log_id="restored"))
