"""A store that has lost its log is told from one in which none has begun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pymongo.database import Database as RawDatabase

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoDatabase, MongoMigrations
from enterprise_policy.errors import StoreRefusedError
from tests.support.entries import append_next, entry
from tests.support.mongo_stores import Document, raw_database, store_in

LOST = "the policy store `.*` has lost its log; restore it from a backup"


@pytest.fixture
def raw(mongodb_uri: str) -> Iterator[RawDatabase[Document]]:
    with raw_database(mongodb_uri) as found:
        yield found


def begin(uri: str) -> None:
    """A process makes the store and writes the first entry."""
    with closing(MongoDatabase(uri)) as database:
        append_next(store_in(database).log, "alice")


def start(uri: str) -> None:
    """Another process begins to use the store, and writes the next entry."""
    with closing(MongoDatabase(uri)) as database:
        append_next(store_in(database).log, "bob")


def migrate(uri: str) -> None:
    with closing(MongoDatabase(uri)) as database:
        MongoMigrations(database, ManualClock()).up("one")


def refuse_all(uri: str) -> None:
    """Neither a start nor ``migrate up`` makes another log, whoever is first and however often."""
    for attempt in (start, migrate, start):
        with pytest.raises(StoreRefusedError, match=LOST):
            attempt(uri)


def test_a_log_that_was_dropped_is_not_begun_again(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 3, 6; Migrations 4: an empty log under the old identity would be an empty policy."""
    begin(mongodb_uri)
    raw["policy_log"].drop()
    refuse_all(mongodb_uri)
    assert raw["policy_log"].find_one() is None
    assert raw["policy_log"].index_information() == {} or "terms" not in raw["policy_log"].index_information()


def test_a_log_whose_entries_were_deleted_is_not_begun_again(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 3, 6: also when its indexes are there, and when only the first entry has gone."""
    begin(mongodb_uri)
    start(mongodb_uri)
    raw["policy_log"].delete_one({"_id": 1})
    refuse_all(mongodb_uri)
    raw["policy_log"].delete_many({})
    refuse_all(mongodb_uri)


def test_a_log_that_is_restored_is_used_again(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 3: as it was; `migrate up` makes the indexes that the backup didn't bring."""
    begin(mongodb_uri)
    backup = list(raw["policy_log"].find())
    raw["policy_log"].drop()
    refuse_all(mongodb_uri)
    raw["policy_log"].insert_many(backup)
    with pytest.raises(StoreRefusedError, match="lacks an index"):
        start(mongodb_uri)
    migrate(mongodb_uri)
    start(mongodb_uri)
    assert raw["policy_log"].count_documents({}) == 2


def test_a_first_start_that_was_cut_off_is_gone_on_with(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 6: the store was made and nothing written yet, which is no loss."""
    for _ in range(2):
        with closing(MongoDatabase(mongodb_uri)) as database:
            assert store_in(database).log.head().revision == 0
    raw["policy_log"].drop()
    migrate(mongodb_uri)
    start(mongodb_uri)
    assert raw["policy_log"].count_documents({}) == 1


def test_a_beginning_that_its_writer_could_not_note_is_noted_by_the_next(
    mongodb_uri: str, raw: RawDatabase[Document]
) -> None:
    """ChangeLog 3: when he died right after the entry, or was of a version that noted nothing."""
    begin(mongodb_uri)
    raw["policy_meta"].update_one({}, {"$unset": {"begun": True}})
    start(mongodb_uri)
    raw["policy_log"].drop()
    refuse_all(mongodb_uri)


def test_who_only_reads_notes_nothing(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 6: and is told of a loss like everybody."""
    begin(mongodb_uri)
    raw["policy_meta"].update_one({}, {"$unset": {"begun": True}})
    with closing(MongoDatabase(mongodb_uri, writes=False)) as database:
        assert store_in(database).log.head().revision == 1
    assert "begun" not in (raw["policy_meta"].find_one() or {})
    raw["policy_meta"].update_one({}, {"$set": {"begun": True}})
    raw["policy_log"].drop()
    with closing(MongoDatabase(mongodb_uri, writes=False)) as database, pytest.raises(StoreRefusedError, match=LOST):
        store_in(database).log.head()


def test_the_beginning_is_noted_once(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 9: appending costs what it did."""
    begin(mongodb_uri)
    noted = raw["policy_meta"].find_one()
    assert noted is not None
    assert noted["begun"] is True
    raw["policy_meta"].update_one({}, {"$unset": {"begun": True}})
    with closing(MongoDatabase(mongodb_uri, make=False)) as database:
        log = store_in(database).log
        log.head()
        raw["policy_meta"].update_one({}, {"$unset": {"begun": True}})
        log.append(entry(2))
    assert "begun" not in (raw["policy_meta"].find_one() or {})
