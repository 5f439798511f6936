"""The store's database: calls with a limit of time, and what happens when it isn't there or another took its place."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakSet

import pymongo
from pymongo.database import Database

from enterprise_adapters.mongo.client import DEFAULT_NAME, Document, policy_database
from enterprise_adapters.mongo.opening import NO_STORE, check_store, is_there, make_store, note_beginning
from enterprise_adapters.mongo.translation import refused, translated, unavailable
from enterprise_service.ports.store_events import StoreEvents

CALL_SECONDS: Final = 2.0
"""How long a call may take, whatever the server does."""

BULK_SECONDS: Final = 5.0
"""The same for one that moves much: as much as 4 MiB are carried at 1 MB/s within it."""

_MAKE_SECONDS: Final = 20.0

_every: Final[WeakSet[MongoDatabase]] = WeakSet()


class MongoDatabase:
    """One database, shared by the log, the checkpoints and the leases of a store, by threads and by processes.

    No client is made before the first call, and none is used across a fork: parent and child have their own. With
    ``make`` and ``writes`` the first call makes a store that isn't there; afterwards one that has gone is a fault, and
    none is made in its place. Without ``writes`` nothing is ever made or written: for a user who may only read. Calls
    raise ``StoreUnavailableError`` or ``StoreRefusedError``, and nothing of the driver's.
    """

    def __init__(
        self,
        uri: str,
        *,
        writes: bool = True,
        make: bool = True,
        events: StoreEvents | None = None,
        seconds: float = CALL_SECONDS,
    ) -> None:
        """``uri`` names servers, user, TLS and database (else `enterprise`); a call takes at most ``seconds``."""
        self._uri = uri
        self._writes = writes
        self._make = make and writes
        self._events = events
        self._seconds = seconds
        self._is_closed = False
        self._inherited: list[Database[Document]] = []
        self._database: Database[Document] | None = None
        self._begin()
        _every.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._is_open = False

    @property
    def name(self) -> str:
        """The database's name; nothing else of the URI may be shown."""
        database = self._database
        return DEFAULT_NAME if database is None else database.name

    @contextmanager
    def calling(self, seconds: float | None = None) -> Iterator[Database[Document]]:
        """The database of a store that is there and as this version needs it, for one call of at most ``seconds``."""
        self.open()
        with self.connected(seconds) as database:
            yield database

    @contextmanager
    def writing(self, seconds: float | None = None) -> Iterator[Database[Document]]:
        """The same for a call that writes. Raises ``StoreRefusedError`` when this process may only read."""
        self._refuse_readers()
        with self.calling(seconds) as database:
            yield database

    @contextmanager
    def preparing(self, seconds: float | None = None) -> Iterator[Database[Document]]:
        """The database for a call that writes, whether there is a store in it or not."""
        self._refuse_readers()
        with self.connected(seconds) as database:
            yield database

    @contextmanager
    def connected(self, seconds: float | None = None) -> Iterator[Database[Document]]:
        """The database for a call that reads, whether there is a store in it or not."""
        database = self._connect()
        with translated(database.name), pymongo.timeout(self._seconds if seconds is None else seconds):
            yield database

    def open(self) -> None:
        """Look, once in the life of the process, whether the store is there and as it has to be; else make it."""
        if self._is_open:
            return
        if not self._opening.acquire(timeout=self._seconds):
            raise unavailable("it isn't opened yet")
        try:
            self._open()
        finally:
            self._opening.release()

    def _open(self) -> None:
        with self.connected() as database:
            is_missing = not is_there(database)
            if is_missing and not self._make:
                raise refused(database.name, NO_STORE)
        if is_missing:
            with self.connected(_MAKE_SECONDS) as database:
                make_store(database)
        with self.connected() as database:
            check_store(database)
        if self._writes:
            with self.connected() as database:
                note_beginning(database)
        self._make = False
        self._is_open = True

    def close(self) -> None:
        """Close it for all who share it; calls after that raise ``StoreUnavailableError``. May be repeated."""
        with self._lock:
            database, self._is_closed = self._database, True
        if database is not None:
            database.client.close()

    def _connect(self) -> Database[Document]:
        with self._lock:
            if self._is_closed:
                raise unavailable("it was closed")
            if self._database is None:
                self._database = policy_database(self._uri, self._events, self._seconds)
            return self._database

    def _refuse_readers(self) -> None:
        if not self._writes:
            raise refused(self.name, "is only read by this process")

    def begin_anew(self) -> None:
        """The fork is over; this is the child. The parent's client is kept as it is: its sockets are the parent's."""
        if self._database is not None:
            self._inherited.append(self._database)
            self._database = None
        self._begin()


def _after_in_child() -> None:
    for database in list(_every):
        database.begin_anew()


os.register_at_fork(after_in_child=_after_in_child)
