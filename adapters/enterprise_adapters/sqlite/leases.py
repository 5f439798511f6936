"""Leases as a table."""

from __future__ import annotations

from typing import Final

from enterprise_adapters.sqlite.database import Database
from enterprise_policy.values.windows import SECOND
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.leases import Leases

# A wall clock that was stepped back must not stretch a lease: one from the future is over.
_ACQUIRE: Final = """
INSERT INTO leases (name, holder, taken_at, ends_at) VALUES (:name, :holder, :now, :ends_at)
ON CONFLICT (name) DO UPDATE SET holder = :holder, taken_at = :now, ends_at = :ends_at
WHERE holder = :holder OR taken_at > :now OR ends_at <= :now
"""

_RELEASE: Final = "DELETE FROM leases WHERE name = ? AND holder = ?"


class SqliteLeases(Leases):
    """In ``database``. The wall clock of ``clock`` judges: all holders are processes of one machine."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def acquire(self, name: str, holder: str, seconds: float) -> bool:
        with self._database.writing() as connection:
            now = self._clock.now()
            wanted = {"name": name, "holder": holder, "now": now, "ends_at": now + round(seconds * SECOND)}
            return connection.execute(_ACQUIRE, wanted).rowcount == 1

    def release(self, name: str, holder: str) -> None:
        with self._database.writing() as connection:
            connection.execute(_RELEASE, (name, holder))
