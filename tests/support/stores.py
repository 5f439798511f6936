"""Every adapter of the store's ports, for suites that run on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from enterprise_adapters.memory import ManualClock, MemoryChangeLog, MemoryCheckpoints, MemoryKeyUse, MemoryLeases
from enterprise_adapters.mongo import MongoChangeLog, MongoCheckpoints, MongoDatabase, MongoKeyUse, MongoLeases
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints, SqliteKeyUse, SqliteLeases
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.key_use import KeyUse
from enterprise_service.ports.leases import Leases
from tests.support.servers.shared import drop_database, with_database


@dataclass(frozen=True, slots=True)
class TriedStore:
    """The parts of one store; its leases go by ``clock``."""

    log: ChangeLog
    checkpoints: Checkpoints
    leases: Leases
    key_use: KeyUse
    clock: ManualClock

    def close(self) -> None:
        """Give back what is held."""
        self.log.close()
        self.checkpoints.close()


def memory_store(_folder: Path) -> TriedStore:
    """A new store in memory."""
    clock = ManualClock()
    return TriedStore(MemoryChangeLog(), MemoryCheckpoints(), MemoryLeases(clock), MemoryKeyUse(), clock)


def sqlite_store(folder: Path) -> TriedStore:
    """The store in a file of ``folder``, made if it isn't there."""
    return store_at(str(sqlite_path(folder)))


def sqlite_path(folder: Path) -> Path:
    """Where ``sqlite_store`` has its file."""
    return folder / "enterprise.db"


def mongo_store(database: MongoDatabase, clock: Clock, manual: ManualClock) -> TriedStore:
    """The store in ``database``."""
    return TriedStore(
        MongoChangeLog(database),
        MongoCheckpoints(database),
        MongoLeases(database, clock),
        MongoKeyUse(database),
        manual,
    )


def store_at(where: str, leases_clock: Clock | None = None) -> TriedStore:
    """The store in a file of SQLite or at a MongoDB URI, made if it isn't there; processes can share it.

    Its leases go by ``leases_clock`` if that is given.
    """
    manual = ManualClock()
    clock = leases_clock or manual
    if where.startswith("mongodb"):
        return mongo_store(MongoDatabase(where), clock, manual)
    file = Database(Path(where))
    return TriedStore(
        SqliteChangeLog(file), SqliteCheckpoints(file), SqliteLeases(file, clock), SqliteKeyUse(file), manual
    )


OpenStore: TypeAlias = Callable[[Path], TriedStore]

STORES: Final[Mapping[str, OpenStore]] = {"memory": memory_store, "sqlite": sqlite_store}
"""Those that need no more than a folder."""

NumberedStore: TypeAlias = Callable[[int], AbstractContextManager[TriedStore]]
"""Each number is another new store, which goes with the end of its block."""


def stores_in_folders(open_store: OpenStore, folder: Path) -> NumberedStore:
    """Stores with a folder each, below ``folder``."""

    @contextmanager
    def numbered(number: int) -> Iterator[TriedStore]:
        own = folder / str(number)
        own.mkdir()
        store = open_store(own)
        yield store
        store.close()

    return numbered


def stores_in_databases(uri: str) -> NumberedStore:
    """Stores with a database each, on the server at ``uri``; that of ``uri`` itself is not used."""
    name = uri.partition("?")[0].rpartition("/")[2]

    @contextmanager
    def numbered(number: int) -> Iterator[TriedStore]:
        own = with_database(uri, f"{name}_{number}")
        store = store_at(own)
        yield store
        store.close()
        drop_database(own)

    return numbered


class NewStores:
    """Makes as many new stores of one adapter as a test wants, and closes them in the end."""

    def __init__(self, numbered: NumberedStore) -> None:
        """``numbered`` makes each."""
        self._numbered = numbered
        self._made = 0
        self._closing = ExitStack()

    def __call__(self) -> TriedStore:
        """One more."""
        self._made += 1
        return self._closing.enter_context(self._numbered(self._made))

    def close(self) -> None:
        """Close all."""
        self._closing.close()
