"""Every adapter of the store's ports, for suites that run on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from enterprise_adapters.memory import ManualClock, MemoryChangeLog, MemoryCheckpoints, MemoryLeases
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints, SqliteLeases
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.leases import Leases


@dataclass(frozen=True, slots=True)
class TriedStore:
    """The parts of one store; its leases go by ``clock``."""

    log: ChangeLog
    checkpoints: Checkpoints
    leases: Leases
    clock: ManualClock

    def close(self) -> None:
        """Give back what is held."""
        self.log.close()
        self.checkpoints.close()


def memory_store(_folder: Path) -> TriedStore:
    """A new store in memory."""
    clock = ManualClock()
    return TriedStore(MemoryChangeLog(), MemoryCheckpoints(), MemoryLeases(clock), clock)


def sqlite_store(folder: Path) -> TriedStore:
    """The store in a file of ``folder``, made if it isn't there."""
    clock = ManualClock()
    database = Database(sqlite_path(folder))
    return TriedStore(SqliteChangeLog(database), SqliteCheckpoints(database), SqliteLeases(database, clock), clock)


def sqlite_path(folder: Path) -> Path:
    """Where ``sqlite_store`` has its file."""
    return folder / "enterprise.db"


OpenStore: TypeAlias = Callable[[Path], TriedStore]

STORES: Final[Mapping[str, OpenStore]] = {"memory": memory_store, "sqlite": sqlite_store}


class NewStores:
    """Makes as many new stores of one adapter as a test wants, and closes them in the end."""

    def __init__(self, open_store: OpenStore, folder: Path) -> None:
        """``folder`` is where each gets a folder of its own."""
        self._open_store = open_store
        self._folder = folder
        self._made = 0
        self._closing = ExitStack()

    def __call__(self) -> TriedStore:
        """One more."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        store = self._open_store(folder)
        self._closing.callback(store.close)
        return store

    def close(self) -> None:
        """Close all."""
        self._closing.close()
