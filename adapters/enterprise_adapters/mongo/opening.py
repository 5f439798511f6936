"""Whether a store is in a database and as this version needs it, and how one is made."""

from __future__ import annotations

import uuid
from typing import Final

from pymongo.database import Database

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_adapters.mongo.migrations.records import record
from enterprise_adapters.mongo.once import write_once
from enterprise_adapters.mongo.translation import refused, unavailable

FORMAT: Final = 1
"""Of the documents; in the meta document too."""

META: Final = "policy_meta"
LOG: Final = "policy_log"
_ID: Final = "log"

LOST: Final = "it has lost the identity of its log"
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
    if not all(step.is_in_place(database) for step in STEPS):
        raise refused(database.name, "lacks an index that this version needs; run `enterprise-service migrate up`")


def log_id_of(database: Database[Document]) -> str:
    """The identity of the log that is there now. Raises ``StoreUnavailableError`` when there is none."""
    meta = _meta(database)
    if meta is None:
        raise unavailable(LOST)
    return str(meta["log_id"])


def _meta(database: Database[Document]) -> Document | None:
    return database[META].find_one({"_id": _ID})
