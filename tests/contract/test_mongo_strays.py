"""An entry of another log among ours: a writer's that hung while the database was dropped and made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pymongo.collection import Collection
from pymongo.database import Database as RawDatabase

from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog
from tests.support.entries import append_next, entry
from tests.support.mongo_stores import Document, raw_database
from tests.support.stores import store_at


@pytest.fixture
def log(mongodb_uri: str) -> Iterator[ChangeLog]:
    """With three entries."""
    opened = store_at(mongodb_uri).log
    for _ in range(3):
        append_next(opened, "alice")
    yield opened
    opened.close()


@pytest.fixture
def entries(mongodb_uri: str) -> Iterator[Collection[Document]]:
    with raw_database(mongodb_uri) as raw:
        yield raw["policy_log"]


@pytest.fixture
def new(mongodb_uri: str) -> Iterator[Callable[[], ChangeLog]]:
    """The log as a process sees it that has just started."""
    opened: list[ChangeLog] = []

    def one() -> ChangeLog:
        opened.append(store_at(mongodb_uri).log)
        return opened[-1]

    yield one
    for log in opened:
        log.close()


def stray(revision: int) -> Document:
    return {"_id": revision, "log_id": "old", "append": "z", "mac": b"m", "body": b"{}", "terms": ["actor:alice"]}


@pytest.mark.parametrize("revision", [4, 5, 6, 7, 8, 11, 12, 100])
def test_one_above_the_head_is_in_no_readers_way(
    log: ChangeLog, entries: Collection[Document], new: Callable[[], ChangeLog], revision: int
) -> None:
    """ChangeLog 4, 8, 12: neither of those that run nor of those that start."""
    entries.insert_one(stray(revision))
    for one in (log, new()):
        assert one.head().revision == 3
        assert [found.revision for found in one.read(0, 500)] == [1, 2, 3]
        assert [found.revision for found in one.find(ChangeFilter(actor="alice"), 10)] == [3, 2, 1]
    while log.head().revision < revision - 1:
        append_next(log, "alice")
    for one in (log, new()):
        assert one.head().revision == revision - 1
        assert len(one.read(0, 500)) == revision - 1


def test_a_page_that_ends_right_before_it_is_a_page(log: ChangeLog, entries: Collection[Document]) -> None:
    """ChangeLog 12: wherever the calls that it is made of begin."""
    for _ in range(30):
        append_next(log, "alice")
    entries.insert_one(stray(34))
    for after in range(32):
        assert [found.revision for found in log.read(after, 500)] == list(range(after + 1, 34))
        assert len(log.read(after, 2)) == min(2, 33 - after)


def test_nothing_is_written_in_its_place_and_it_is_told(log: ChangeLog, entries: Collection[Document]) -> None:
    """ChangeLog 6, 10: which entry it is, and what to do; then the log goes on."""
    entries.insert_one(stray(5))
    append_next(log, "alice")
    wanted = "has an entry of another log at revision 5; stop all that write to it, then delete that document"
    for _ in range(2):
        with pytest.raises(StoreRefusedError, match=wanted):
            append_next(log, "alice")
    with pytest.raises(StoreRefusedError, match=wanted):
        log.read(4, 1)
    assert not log.read(5, 1)
    entries.delete_one({"_id": 5})
    assert append_next(log, "alice") == 5


def test_one_in_the_place_of_the_first_entry_is_no_empty_log(
    entries: Collection[Document], new: Callable[[], ChangeLog]
) -> None:
    """ChangeLog 5, 6: the identity may be what is wrong, so no log is begun, and none is said to be deleted."""
    begun = new()
    begun.head()
    entries.insert_one(stray(1))
    looks: list[Callable[[ChangeLog], object]] = [
        lambda one: one.head(),
        lambda one: one.read(0, 10),
        lambda one: one.append(entry(1)),
    ]
    for look in looks:
        for one in (begun, new()):
            with pytest.raises(StoreRefusedError, match="has entries of another log than `policy_meta` names"):
                look(one)


def test_a_log_that_was_replaced_is_no_stray(log: ChangeLog, entries: Collection[Document]) -> None:
    """ChangeLog 5, 6: then the identity is another's too, and appending waits for ``head``."""
    raw: RawDatabase[Document] = entries.database
    raw["policy_meta"].update_one({"_id": "log"}, {"$set": {"log_id": "old"}})
    entries.delete_many({})
    entries.insert_many([stray(revision) for revision in range(1, 5)])
    with pytest.raises(StoreUnavailableError, match="its log was replaced"):
        log.append(entry(4))
    assert (log.head().log_id, log.head().revision) == ("old", 4)
