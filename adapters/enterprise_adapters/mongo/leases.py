"""Leases as documents, one for each name."""

from __future__ import annotations

from typing import Final

from pymongo.errors import DuplicateKeyError

from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_policy.values.windows import SECOND
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.leases import Leases

SKEW: Final = 60 * SECOND
"""By so much the clocks of two machines may differ before one takes the other's lease for one from the future."""

_COLLECTION: Final = "policy_leases"


class MongoLeases(Leases):
    """In ``database``. The wall clock of ``clock`` judges: holders on several machines have to have theirs right."""

    def __init__(self, database: MongoDatabase, clock: Clock, *, before_store: bool = False) -> None:
        """With ``before_store`` also in a database in which no store is made yet."""
        self._writing = database.preparing if before_store else database.writing
        self._clock = clock

    def acquire(self, name: str, holder: str, seconds: float) -> bool:
        now = self._clock.now()
        # A wall clock that was stepped back must not stretch a lease: one from the future is over.
        is_free = [{"holder": holder}, {"taken_at": {"$gt": now + SKEW}}, {"ends_at": {"$lte": now}}]
        taken = {"holder": holder, "taken_at": now, "ends_at": now + round(seconds * SECOND)}
        with self._writing() as database:
            try:
                database[_COLLECTION].update_one({"_id": name, "$or": is_free}, {"$set": taken}, upsert=True)
            except DuplicateKeyError:  # the lease is there and not free, so none could be made
                return False
        return True

    def release(self, name: str, holder: str) -> None:
        with self._writing() as database:
            database[_COLLECTION].delete_one({"_id": name, "holder": holder})
