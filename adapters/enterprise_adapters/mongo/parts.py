"""Parts of changes that are too large for one document: staged before the entry, and read with it.

A part is an orphan when the entry of its revision is another append's: no later insert of that revision can succeed.
That alone makes it one, not its age, so a writer that was paused for hours between staging and inserting loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import BULK_SECONDS, MongoDatabase
from enterprise_adapters.mongo.documents import Written, bytes_of, check_log, part_id, revision_of
from enterprise_adapters.mongo.opening import LOG
from enterprise_adapters.mongo.translation import refused

PARTS: Final = "policy_log_chunks"
_SWEPT_AT_ONCE: Final = 1_000


def stage(database: MongoDatabase, written: Written) -> None:
    """Write the parts of ``written``; each is durable before the next, and has the time of a call for itself."""
    for document in written.part_documents():
        with database.writing() as connected, suppress(DuplicateKeyError):  # the driver's own second attempt
            connected[PARTS].insert_one(document)


def body_of(database: MongoDatabase, entry: Document) -> bytes:
    """The body of the entry in the document ``entry``, from its parts if it has any.

    Raises ``StoreRefusedError`` when one is missing.
    """
    if "parts" not in entry:
        return bytes_of(entry, "body")
    return b"".join(_part(database, entry, number) for number in range(entry["parts"]))


def _part(database: MongoDatabase, entry: Document, number: int) -> bytes:
    with database.calling(BULK_SECONDS) as connected:
        found = connected[PARTS].find_one({"_id": part_id(entry["append"], number)}, {"body": 1, "log_id": 1})
    if found is None:
        raise refused(database.name, f"lacks a part of revision {revision_of(entry)}; restore it from a backup")
    check_log(found, entry["log_id"])
    return bytes_of(found, "body")


def sweep(database: MongoDatabase) -> int:
    """Remove all orphans; how many appends had left them."""
    orphans = 0
    for staged in _groups(_staged(database)):
        with database.calling() as connected:
            winners = _winners(connected, {one["revision"] for one in staged})
        for one in staged:
            if winners.get(one["revision"], one["append"]) != one["append"]:
                _remove(database, one["append"])
                orphans += 1
    return orphans


def _staged(database: MongoDatabase) -> Sequence[Document]:
    """The appends that have parts: all that their first part tells."""
    with database.writing() as connected:
        return connected[PARTS].find({"part": 0}, {"_id": 0, "revision": 1, "append": 1}).to_list()


def _groups(staged: Sequence[Document]) -> Iterator[Sequence[Document]]:
    for start in range(0, len(staged), _SWEPT_AT_ONCE):
        yield staged[start : start + _SWEPT_AT_ONCE]


def _winners(connected: Database[Document], revisions: Collection[int]) -> Mapping[int, str]:
    """Whose each of ``revisions`` is, as far as a majority has them."""
    found = connected[LOG].find({"_id": {"$in": sorted(revisions)}}, {"append": 1})
    return {revision_of(document): str(document.get("append")) for document in found}


def _remove(database: MongoDatabase, append: str) -> None:
    """The first part last: by it the others are found again when this is cut off."""
    with database.writing() as connected:
        parts = connected[PARTS]
        parts.delete_many({"_id": {"$gt": part_id(append, 0), "$lt": f"{append};"}})
        parts.delete_one({"_id": part_id(append, 0)})
