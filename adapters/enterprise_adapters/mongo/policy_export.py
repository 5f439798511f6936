"""The export for Casbin tools: ``casbin_rule`` has a document for each rule, another collection tells how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from bson.codec_options import DatetimeConversion
from pymongo import DeleteOne, InsertOne
from pymongo.collection import Collection
from pymongo.cursor import Cursor
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_service.ports.policy_export import Claim, ExportStatus, PolicyExport, Row, Rule, Written, key_of

RULES: Final = "casbin_rule"
CONTROL: Final = "casbin_rule_export"
PAGE: Final = 10_000
"""How many documents are read in one call."""

SECONDS: Final = 5.0
"""How long such a call may take, and one that writes a batch."""

_ID: Final = "export"
_NAMES: Final = ("ptype", "v0", "v1", "v2", "v3", "v4", "v5")
_OF_THE_EXPORT: Final = frozenset({"_id", "pass"})
_MOMENTS: Final = frozenset({"log_id", "revision", "at", "due_at", "rests_until"})
_DUPLICATE_KEY: Final = 11000


class MongoPolicyExport(PolicyExport):
    """In ``database``. A document's ``_id`` follows from its rule, so no rule has two; ``pass`` tells who made it.

    Nobody waits for an export: its calls may take longer than others.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    def status(self) -> ExportStatus:
        with self._database.calling() as database:
            found = database[CONTROL].find_one({"_id": _ID}) or {}
        return ExportStatus(
            claimed=found.get("pass", 0),
            finished=found.get("finished", 0),
            written=Written(**{name: found[name] for name in _MOMENTS}) if found.keys() >= _MOMENTS else None,
            doubted=found.get("doubted", False),
        )

    def claim(self) -> Claim:
        with self._database.writing() as database:
            claim = None
            while claim is None:
                claim = _claimed(database[CONTROL])
        return claim

    def is_current(self, number: int) -> bool:
        with self._database.calling() as database:
            return database[CONTROL].find_one({"_id": _ID, "pass": number}) is not None

    def rows(self, keys: frozenset[str] | None = None) -> Iterator[Row]:
        for wanted in _filters(keys):
            with self._database.calling(SECONDS) as database:
                cursor = _tolerant(database).find(wanted, batch_size=PAGE)
            while page := self._next_page(cursor):
                yield from page

    def _next_page(self, cursor: Cursor[Document]) -> Sequence[Row]:
        """Each in the time of a call of its own: how many there are is open."""
        with self._database.calling(SECONDS):
            return [_row(document) for document in islice(cursor, PAGE)]

    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        deletes = [DeleteOne(_exactly(row)) for row in removed]
        inserts = [InsertOne(_document(rule, number)) for rule in added]
        return len(removed) - self._delete(deletes) + len(added) - self._insert(inserts)

    def _delete(self, deletes: Sequence[DeleteOne]) -> int:
        if not deletes:
            return 0
        with self._database.writing(SECONDS) as database:
            return int(database[RULES].bulk_write(deletes, ordered=False).deleted_count)

    def _insert(self, inserts: Sequence[InsertOne[Document]]) -> int:
        if not inserts:
            return 0
        with self._database.writing(SECONDS) as database:
            try:
                return int(database[RULES].bulk_write(inserts, ordered=False).inserted_count)
            except BulkWriteError as error:
                if not _only_duplicates(error):
                    raise
                return int(error.details["nInserted"])

    def finish(self, number: int, written: Written) -> bool:
        noted = {name: getattr(written, name) for name in _MOMENTS}
        with self._database.writing() as database:
            done = database[CONTROL].update_one({"_id": _ID, "pass": number}, {"$set": {"finished": number, **noted}})
        return bool(done.matched_count)

    def doubt(self) -> None:
        with self._database.writing() as database:
            doubted = {"$set": {"doubted": True}, "$setOnInsert": {"pass": 0}}
            database[CONTROL].update_one({"_id": _ID}, doubted, upsert=True)


def _claimed(control: Collection[Document]) -> Claim | None:
    """A claim by comparing and setting; ``None`` when somebody else was first."""
    found = control.find_one({"_id": _ID})
    before = {"pass": 0} if found is None else found
    disturbed = bool(before.get("doubted")) or before["pass"] != before.get("finished", 0)
    claim = Claim(number=before["pass"] + 1, disturbed=disturbed)
    wanted = {"$set": {"pass": claim.number, "doubted": False}}
    try:
        done = control.update_one({"_id": _ID, "pass": before["pass"]}, wanted, upsert=found is None)
    except DuplicateKeyError:
        return None
    return claim if done.matched_count or done.upserted_id else None


def _filters(keys: frozenset[str] | None) -> Iterator[Mapping[str, Any]]:
    """Those that find the rows of ``keys``, as many at once as there are in a page; or all rows."""
    if keys is None:
        yield {}
        return
    listed = sorted(keys)
    for start in range(0, len(listed), PAGE):
        yield {"_id": {"$in": listed[start : start + PAGE]}}


def _tolerant(database: Database[Document]) -> Collection[Document]:
    """The rules, to be read even where another program has written what has no place there."""
    options = database.codec_options.with_options(
        unicode_decode_error_handler="replace", datetime_conversion=DatetimeConversion.DATETIME_AUTO
    )
    return database[RULES].with_options(codec_options=options)


def _row(document: Document) -> Row:
    key = document["_id"]
    return Row(key=key if isinstance(key, str) else None, rule=_rule(document), handle=(key, document.get("pass")))


def _rule(document: Document) -> Rule | None:
    """The rule that a Casbin tool finds in ``document``; ``None`` when a field is missing, odd or no text."""
    used = len(document.keys() - _OF_THE_EXPORT)
    values = tuple(document.get(name) for name in _NAMES[:used])
    texts = tuple(value for value in values if isinstance(value, str))
    return texts if len(texts) == used > 0 else None


def _document(rule: Rule, number: int) -> Document:
    return {"_id": key_of(rule), **dict(zip(_NAMES, rule, strict=False)), "pass": number}


def _exactly(row: Row) -> Mapping[str, Any]:
    """The document of ``row``, as long as nobody has written it again; ``$eq``, since it may hold anything."""
    key, number = row.handle
    return {"_id": {"$eq": key}, "pass": {"$eq": number}}


def _only_duplicates(error: BulkWriteError) -> bool:
    codes = {fault["code"] for fault in error.details["writeErrors"]}
    return codes == {_DUPLICATE_KEY} and not error.details["writeConcernErrors"]
