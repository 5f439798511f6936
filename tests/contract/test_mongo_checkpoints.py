"""Checkpoints of which a part is missing, was left behind, or is somebody else's; and leases among machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pymongo.database import Database as RawDatabase

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoCheckpoints, MongoDatabase, MongoLeases
from enterprise_adapters.mongo.checkpoints import CHUNK_BYTES
from enterprise_policy.values.windows import SECOND
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.mongo_stores import Document, raw_database

CHUNKS = "policy_checkpoint_chunks"


@pytest.fixture
def mongo(mongodb_uri: str) -> Iterator[MongoDatabase]:
    with closing(MongoDatabase(mongodb_uri)) as database:
        yield database


@pytest.fixture
def checkpoints(mongo: MongoDatabase) -> MongoCheckpoints:
    return MongoCheckpoints(mongo)


@pytest.fixture
def raw(mongodb_uri: str) -> Iterator[RawDatabase[Document]]:
    with raw_database(mongodb_uri) as found:
        yield found


def checkpoint(revision: int, byte: bytes = b"c", chunks: int = 2) -> Checkpoint:
    content = byte * (CHUNK_BYTES * chunks - 1)
    return Checkpoint(log_id="log", revision=revision, chain=b"c" * 32, content=content, mac=b"m" * 32)


def test_one_that_lacks_a_chunk_is_passed_over_for_the_one_before(
    checkpoints: MongoCheckpoints, raw: RawDatabase[Document], caplog: pytest.LogCaptureFixture
) -> None:
    """Checkpoints 1: never half of one, and the log tells."""
    for revision in (1, 2):
        checkpoints.write(checkpoint(revision))
    raw[CHUNKS].delete_one({"_id": {"$regex": "^log/2/.*/0$"}})
    assert checkpoints.newest("log") == checkpoint(1)
    assert "the checkpoint at revision 2 lacks a part and isn't used" in caplog.text
    raw[CHUNKS].delete_many({})
    assert checkpoints.newest("log") is None


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_writer_that_died_leaves_nothing_to_read_and_nothing_in_the_way(
    checkpoints: MongoCheckpoints, raw: RawDatabase[Document], written: int
) -> None:
    """Checkpoints 1, 6: after each chunk, and before the header; the next writer completes it."""
    checkpoints.write(checkpoint(1))
    whole = list(raw[CHUNKS].find().sort("_id", 1))
    raw["policy_checkpoints"].delete_many({})
    raw[CHUNKS].delete_many({"_id": {"$in": [chunk["_id"] for chunk in whole[written:]]}})
    assert checkpoints.newest("log") is None
    checkpoints.write(checkpoint(1))
    assert checkpoints.newest("log") == checkpoint(1)
    assert list(raw[CHUNKS].find().sort("_id", 1)) == whole


def test_who_was_late_with_other_bytes_takes_his_chunks_away(
    checkpoints: MongoCheckpoints, raw: RawDatabase[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints 6: and none of those that the winner's header names."""
    write_chunks = MongoCheckpoints._write_chunks  # noqa: SLF001 - another writer comes in right here

    def overtaken(self: MongoCheckpoints, late: Checkpoint) -> None:
        write_chunks(self, late)
        monkeypatch.undo()
        self.write(checkpoint(1, b"w"))

    monkeypatch.setattr(MongoCheckpoints, "_write_chunks", overtaken)
    checkpoints.write(checkpoint(1, b"l", chunks=3))
    assert checkpoints.newest("log") == checkpoint(1, b"w")
    assert raw[CHUNKS].count_documents({}) == 2


def test_clocks_that_differ_a_little_steal_no_lease(mongo: MongoDatabase) -> None:
    """Leases 1, 2: holders are on several machines; a clock that was stepped back by an hour still ends one."""
    ours, theirs = ManualClock(), ManualClock()
    theirs.set(ours.now() - 30 * SECOND)
    assert MongoLeases(mongo, ours).acquire("chore", "first", 300.0)
    assert not MongoLeases(mongo, theirs).acquire("chore", "second", 300.0)
    theirs.set(ours.now() - 3600 * SECOND)
    assert MongoLeases(mongo, theirs).acquire("chore", "second", 300.0)
