"""Steps up and down, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pymongo.database import Database

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_adapters.mongo.leases import MongoLeases
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_adapters.mongo.migrations.records import record, recorded, strike
from enterprise_adapters.mongo.migrations.step import Step
from enterprise_adapters.mongo.opening import check_log_is_there
from enterprise_adapters.mongo.translation import unavailable
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.migrations import Migration, Migrations

LEASE: Final = "migrations"
LEASE_SECONDS: Final = 60.0
STEP_SECONDS: Final = 50.0
"""How long a step may take: less than its lease."""


class MongoMigrations(Migrations):
    """On ``database``. A database without a store is made one by ``up``."""

    def __init__(self, database: MongoDatabase, clock: Clock) -> None:
        self._database = database
        self._leases = MongoLeases(database, clock, before_store=True)

    def status(self) -> Sequence[Migration]:
        with self._database.connected() as database:
            return _status(database)

    def up(self, holder: str) -> Sequence[Migration]:
        """See the port. A step whose indexes were taken away since it was applied counts as pending too."""
        applied = []
        with self._alone(holder):
            with self._database.preparing() as database:
                check_log_is_there(database)  # no indexes for an empty log in the place of one that was lost
            for step in STEPS:
                self._renew(holder)
                with self._database.preparing(STEP_SECONDS) as database:
                    if not _is_applied(database, step):
                        step.up(database)
                        record(database, step)
                        applied.append(recorded(database)[step.number])
            self._database.open()
        return tuple(applied)

    def down(self, holder: str, to: int) -> Sequence[Migration]:
        """See the port. Steps that only a newer version knows stay: it takes them back itself."""
        taken_back = []
        with self._alone(holder):
            for step in reversed(STEPS[max(to, 0) :]):
                self._renew(holder)
                with self._database.preparing(STEP_SECONDS) as database:
                    was_applied = step.number in recorded(database)
                    step.down(database)  # also what an ``up`` that was cut off has left
                    strike(database, step.number)
                if was_applied:
                    taken_back.append(Migration(number=step.number, name=step.name))
        return tuple(taken_back)

    @contextmanager
    def _alone(self, holder: str) -> Iterator[None]:
        self._renew(holder)
        try:
            yield
        finally:
            self._leases.release(LEASE, holder)

    def _renew(self, holder: str) -> None:
        if not self._leases.acquire(LEASE, holder, LEASE_SECONDS):
            raise unavailable("another process is changing it; try again when it has ended")


def _is_applied(database: Database[Document], step: Step) -> bool:
    return step.number in recorded(database) and step.is_in_place(database)


def _status(database: Database[Document]) -> tuple[Migration, ...]:
    noted = recorded(database)
    pending = {step.number: Migration(number=step.number, name=step.name) for step in STEPS}
    gone = {step.number for step in STEPS if not step.is_in_place(database)}
    shown = {**pending, **{number: one for number, one in noted.items() if number not in gone}}
    return tuple(shown[number] for number in sorted(shown))
