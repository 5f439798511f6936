"""Which steps were applied, and when."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.migrations.step import Step
from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.ports.migrations import Migration

_RECORDS: Final = "policy_migrations"


def record(database: Database[Document], step: Step) -> None:
    """Note by the server's clock that ``step`` is applied; nothing changes when that was noted before."""
    unknown = {"_id": step.number, "applied_at": {"$exists": False}}
    noted = {"$set": {"name": step.name}, "$currentDate": {"applied_at": True}}
    with suppress(DuplicateKeyError):
        database[_RECORDS].update_one(unknown, noted, upsert=True)


def strike(database: Database[Document], number: int) -> None:
    """Note that the step ``number`` is taken back."""
    database[_RECORDS].delete_one({"_id": number})


def recorded(database: Database[Document]) -> Mapping[int, Migration]:
    """What was noted, by number; steps of newer versions among it."""
    return {
        found["_id"]: Migration(
            number=int(found["_id"]), name=str(found["name"]), applied_at=_instant(found["applied_at"])
        )
        for found in database[_RECORDS].find({})
    }


def _instant(at: datetime) -> Instant:
    """The driver gives times without a zone, in UTC."""
    return calendar.timegm(at.timetuple()) * SECOND + at.microsecond
