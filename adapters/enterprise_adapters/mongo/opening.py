"""Whether a store is in a database and as this version needs it, and how one is made."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Final

from pymongo.database import Database
from pymongo.errors import PyMongoError

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.documents import is_of, replaced
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_adapters.mongo.migrations.records import record
from enterprise_adapters.mongo.once import write_once
from enterprise_adapters.mongo.translation import refused, unavailable
from enterprise_policy.errors import StoreRefusedError

FORMAT: Final = 1
"""Of the documents; in the meta document too."""

META: Final = "policy_meta"
LOG: Final = "policy_log"
_ID: Final = "log"

LOST: Final = "it has lost the identity of its log"
LOST_LOG: Final = "has lost its log; restore it from a backup"
MIXED: Final = f"has entries of another log than `{META}` names; restore both from one backup"
NO_STORE: Final = (
    "doesn't exist; start the service once or run `enterprise-service migrate up` to make it, or name another database"
)


def is_there(database: Database[Document]) -> bool:
    """Whether a store is in ``database``. Raises ``StoreUnavailableError`` when it has lost its identity."""
    if _meta(database) is not None:
        return True
    if database[LOG].find_one({}, {"_id": 1}) is not None:
        raise unavailable(LOST)
    return False


def make_store(database: Database[Document]) -> None:
    """Indexes first, the identity last: a store is there only when all of it is. Any number may do it at once."""
    for step in STEPS:
        step.up(database)
        record(database, step)
    write_once(database[META], _ID, {"log_id": uuid.uuid4().hex, "format": FORMAT})


def check_store(database: Database[Document]) -> None:
    """See that the store is as this version needs it.

    Raises ``StoreRefusedError`` when it isn't, ``StoreUnavailableError`` when it has gone.
    """
    meta = _meta(database)
    if meta is None:
        raise unavailable(LOST)
    if meta["format"] != FORMAT:
        raise refused(database.name, f"has format {meta['format']}, this version knows {FORMAT}; use a newer one")
    _refuse_lost(database, meta)
    if not all(step.is_in_place(database) for step in STEPS):
        raise refused(database.name, "lacks an index that this version needs; run `enterprise-service migrate up`")


def check_log_is_there(database: Database[Document]) -> None:
    """See that a log that had begun still has its beginning. Raises ``StoreRefusedError`` when it doesn't."""
    meta = _meta(database)
    if meta is not None:
        _refuse_lost(database, meta)


def note_beginning(database: Database[Document]) -> None:
    """Keep in mind that the log has begun, once it has: only then can its loss be told from a store that is new.

    Nothing is raised, since nobody waits for it: who opens the store next and may write does it too.
    """
    with suppress(PyMongoError):
        meta = _meta(database)
        if meta is not None and not meta.get("begun") and _has_begun(database, meta):
            database[META].update_one({"_id": _ID, "log_id": meta["log_id"]}, {"$set": {"begun": True}})


def log_id_of(database: Database[Document]) -> str:
    """The identity of the log that is there now. Raises ``StoreUnavailableError`` when there is none."""
    meta = _meta(database)
    if meta is None:
        raise unavailable(LOST)
    return str(meta["log_id"])


def check_identity(database: Database[Document], log_id: str) -> None:
    """See that the log ``log_id`` is there, for who found nothing of it.

    Raises ``StoreUnavailableError`` when another one is, or none, ``StoreRefusedError`` when the entries are another's.
    """
    if log_id_of(database) != log_id:
        raise replaced()
    first = _first(database)
    if first is not None and not is_of(first, log_id):
        raise refused(database.name, MIXED)


def stray(name: str, revision: int) -> StoreRefusedError:
    """The error for an entry that a writer of another log, which was in the database ``name`` before, has left."""
    what = f"has an entry of another log at revision {revision}"
    return refused(name, f"{what}; stop all that write to it, then delete that document from `{LOG}`")


def _refuse_lost(database: Database[Document], meta: Document) -> None:
    """``meta`` was read first: who noted in it that the log has begun had seen the first entry."""
    if meta.get("begun") and not _has_begun(database, meta):
        raise refused(database.name, LOST_LOG)


def _has_begun(database: Database[Document], meta: Document) -> bool:
    first = _first(database)
    return first is not None and is_of(first, meta["log_id"])


def _first(database: Database[Document]) -> Document | None:
    return database[LOG].find_one({"_id": 1}, {"log_id": 1})


def _meta(database: Database[Document]) -> Document | None:
    return database[META].find_one({"_id": _ID})
