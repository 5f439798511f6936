"""Changes that are too large for one value of some store, on every adapter; in MongoDB they come in parts."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from pymongo.database import Database as RawDatabase

from enterprise_adapters.mongo import MongoDatabase
from enterprise_adapters.mongo.documents import PART_BYTES, PART_TERMS, Written
from enterprise_adapters.mongo.entries import PAGE_BYTES
from enterprise_adapters.mongo.parts import PARTS, stage
from enterprise_policy.errors import StoreRefusedError
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, LogEntry, RevisionTakenError
from tests.support.entries import assignment_edit, entry, is_untouched
from tests.support.mongo_stores import Document, raw_database
from tests.support.stores import TriedStore, store_at

MIB = 1024 * 1024


@pytest.fixture
def log(store: TriedStore) -> ChangeLog:
    return store.log


def sized(revision: int, size: int, **more: Any) -> LogEntry:  # noqa: ANN401 - fields of the change
    """An entry whose body has ``size`` bytes."""
    bare = entry(revision, padding="", **more)
    body = bare.body.replace(b'"padding": ""', b'"padding": "' + b"p" * (size - len(bare.body)) + b'"')
    return LogEntry(revision=revision, body=body, mac=sha256(body).digest())


@pytest.mark.parametrize("size", [PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 2 * PART_BYTES + 1, 17 * MIB])
def test_a_body_of_any_size_comes_back_byte_for_byte(log: ChangeLog, size: int) -> None:
    """ChangeLog 4, 9: at and beside the borders of parts, and beyond what a document holds."""
    entries = [entry(1), sized(2, size), entry(3)]
    for one in entries:
        log.append(one)
    assert len(entries[1].body) == size
    assert [*log.read(0, 2), *log.read(2, 2)] == entries
    assert list(log.find(ChangeFilter(actor="alice"), 10)) == entries[::-1]


def test_a_hundred_mebibytes_are_one_change(log: ChangeLog) -> None:
    """ChangeLog 9, 11: in the time that a caller has."""
    large = sized(1, 100 * MIB, actor="importer")
    log.append(large)
    assert log.head().mac == large.mac
    assert list(log.read(0, 1)) == [large]


def test_pages_end_early_and_never_skip(log: ChangeLog) -> None:
    """ChangeLog 12: a page is no larger than what one process can well hold; the next goes on after it."""
    entries = [sized(revision, 3 * MIB + revision) for revision in range(1, 15)]
    for one in entries:
        log.append(one)
    read: list[LogEntry] = []
    while page := log.read(len(read), 100):
        read += page
    assert read == entries


def test_a_change_that_names_thousands_is_found_by_each(log: ChangeLog) -> None:
    """ChangeLog 13: by one, by several, by those that stand in different parts; not by what isn't in it."""
    many = [assignment_edit(f"subject-{n:05d}", f"domain-{n % 7:05d}") for n in range(3 * PART_TERMS)]
    log.append(entry(1, actor="alice", edits=[assignment_edit("eve", "clinic")]))
    log.append(entry(2, actor="importer", edits=many))
    log.append(entry(3, actor="importer", edits=[assignment_edit("subject-00001", "clinic")]))
    found = {
        ChangeFilter(subject="subject-00001"): [3, 2],
        ChangeFilter(subject=f"subject-{3 * PART_TERMS - 1:05d}"): [2],
        ChangeFilter(subject="subject-00001", domains=frozenset({"domain-00003", "clinic"})): [3, 2],
        ChangeFilter(subject="subject-00001", domains=frozenset({"nowhere"})): [],
        ChangeFilter(actor="importer", subject="subject-14999", domains=frozenset({"domain-00006"})): [2],
        ChangeFilter(actor="importer", after=2): [3],
        ChangeFilter(actor="importer", before=3): [2],
        ChangeFilter(domains=frozenset(f"domain-{n:05d}" for n in range(3_000))): [2],
    }
    for wanted, revisions in found.items():
        assert [one.revision for one in log.find(wanted, 10)] == revisions
    assert [one.revision for one in log.find(ChangeFilter(actor="importer"), 1)] == [3]


def test_sweeping_takes_nothing_that_an_entry_needs(log: ChangeLog) -> None:
    """ChangeLog 14: however large it is, and as often as one likes."""
    entries = [entry(1), sized(2, 9 * MIB), entry(3), sized(4, 5 * MIB)]
    for one in entries:
        log.append(one)
    assert (log.sweep(), log.sweep()) == (0, 0)
    assert list(log.read(0, 10)) == entries


# --- MongoDB ------------------------------------------------------------------------------------------------


@pytest.fixture
def mongo(mongodb_uri: str) -> Iterator[MongoDatabase]:
    database = MongoDatabase(mongodb_uri)
    yield database
    database.close()


@pytest.fixture
def raw(mongodb_uri: str) -> Iterator[RawDatabase[Document]]:
    with raw_database(mongodb_uri) as found:
        yield found


def staged(mongo: MongoDatabase, log: ChangeLog, large: LogEntry, append: str) -> Written:
    """The parts of ``large`` as a writer has written them that was held up right before its insert."""
    written = Written(log_id=log.head().log_id, append=append, entry=large, terms=["actor:ghost", "subject:ghost"])
    stage(mongo, written)
    return written


def test_what_a_writer_staged_in_vain_is_swept(
    mongodb_uri: str, mongo: MongoDatabase, raw: RawDatabase[Document]
) -> None:
    """ChangeLog 14: as soon as another has the revision, and not before; its terms find nothing meanwhile."""
    log = store_at(mongodb_uri).log
    log.append(entry(1))
    staged(mongo, log, sized(2, 9 * MIB), "late")
    staged(mongo, log, sized(3, 9 * MIB), "early")
    assert log.sweep() == 0
    log.append(entry(2, actor="winner"))
    assert not log.find(ChangeFilter(actor="ghost"), 10)
    assert log.sweep() == 1
    assert set(raw[PARTS].distinct("append")) == {"early"}
    assert [one.revision for one in log.read(0, 10)] == [1, 2]
    log.close()


def test_a_writer_that_was_paused_for_long_still_wins_or_loses_whole(
    mongodb_uri: str, mongo: MongoDatabase, raw: RawDatabase[Document]
) -> None:
    """ChangeLog 11, 14: its parts are there when nobody else has the revision, however often it was swept."""
    log = store_at(mongodb_uri).log
    log.append(entry(1))
    large = sized(2, 9 * MIB)
    late = staged(mongo, log, large, "late")
    assert [log.sweep() for _ in range(3)] == [0, 0, 0]
    raw["policy_log"].insert_one(late.document())
    assert log.sweep() == 0
    assert list(log.read(1, 10)) == [large]
    log.close()


def test_a_sweep_that_is_cut_off_is_completed_by_the_next(
    mongodb_uri: str, mongo: MongoDatabase, raw: RawDatabase[Document]
) -> None:
    """ChangeLog 14: the part that shows the others goes last."""
    log = store_at(mongodb_uri).log
    staged(mongo, log, sized(1, 13 * MIB), "late")
    log.append(entry(1))
    raw[PARTS].delete_many({"part": {"$in": [1, 3]}})
    assert log.sweep() == 1
    assert raw[PARTS].count_documents({}) == 0
    log.close()


def test_an_entry_of_which_a_part_is_missing_is_refused(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 4, 6: never a shorter body; the operator is told which."""
    log = store_at(mongodb_uri).log
    log.append(sized(1, 9 * MIB))
    raw[PARTS].delete_one({"part": 1})
    with pytest.raises(StoreRefusedError, match="lacks a part of revision 1; restore it from a backup"):
        log.read(0, 1)
    log.close()


def test_a_large_change_that_comes_too_late_stages_nothing(mongodb_uri: str, raw: RawDatabase[Document]) -> None:
    """ChangeLog 10: what is seen to be taken costs no writes."""
    log = store_at(mongodb_uri).log
    log.append(entry(1))
    for revision in (1, 3):
        with pytest.raises(RevisionTakenError):
            log.append(sized(revision, 9 * MIB))
    assert raw[PARTS].count_documents({}) == 0
    log.close()


def test_what_is_found_is_all_there_however_large(log: ChangeLog) -> None:
    """ChangeLog 13: it has no pages of its own."""
    entries = [sized(revision, MIB) for revision in range(1, 20)]
    for one in entries:
        log.append(one)
    assert list(log.find(ChangeFilter(actor="alice"), 100)) == entries[::-1]


def test_a_page_is_bounded_in_memory(mongodb_uri: str) -> None:
    """ChangeLog 12: not all that was asked for is fetched to give a part of it."""
    log = store_at(mongodb_uri).log
    for revision in range(1, 25):
        log.append(sized(revision, 3 * MIB))
    tracemalloc.start()
    page = log.read(0, 100)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert PAGE_BYTES <= sum(len(one.body) for one in page) < PAGE_BYTES + 3 * MIB
    assert peak < 4 * PAGE_BYTES
    assert all(map(is_untouched, page))
    assert json.loads(page[0].body)["revision"] == 1
    log.close()
