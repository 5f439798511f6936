"""The store's file: transactions on it, one writer at a time, and what happens when it is replaced."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enterprise_adapters.sqlite.connections import Connections
from enterprise_adapters.sqlite.opening import BUSY_SECONDS
from enterprise_adapters.sqlite.place import Place, look, make_file
from enterprise_adapters.sqlite.transaction import Begin, transaction
from enterprise_adapters.sqlite.translation import refused, translated, unavailable


class Database:
    """One file, shared by the log, the checkpoints and the leases of a store, by threads and by processes.

    Nothing is opened or made before the first call. Without ``make`` a file that isn't there is a fault: a process
    that starts later must not put an empty store in the place of one that is away. With ``read_only`` nothing is ever
    made or written: for a user who may only read the file. Calls raise ``StoreUnavailableError`` or
    ``StoreRefusedError``, and nothing of SQLite's.
    """

    def __init__(self, path: Path, *, read_only: bool = False, make: bool = True) -> None:
        """``path`` is where the file is or is to be made; it stays the same when the process changes its folder."""
        self._path = path.absolute()
        self._read_only = read_only
        self._make = make and not read_only
        self._connections = Connections()
        self._known: Place | None = None
        self._looking = threading.Lock()
        self._turn = threading.Lock()

    @contextmanager
    def reading(self, *, whichever_file: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the store.

        When another file has taken the path since the last call, it is taken as the store if ``whichever_file``, else
        the call raises ``StoreUnavailableError``: what was read before doesn't go together with what is there now.
        """
        find = self._find_whichever if whichever_file else self._find_known
        with translated(self._path), self._connections.lend(find) as opened:
            try:
                with transaction(opened.connection, Begin.READING):
                    yield opened.connection
            finally:
                self._refuse_change(opened.place)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose writes are durable together when the block ends, or taken back when it raises."""
        with (
            translated(self._path),
            self._connections.lend(self._find_known) as opened,
            self._my_turn(),
            transaction(opened.connection, Begin.WRITING),
        ):
            yield opened.connection

    def close(self) -> None:
        """Close the file for all who share it; calls after that raise ``StoreUnavailableError``. May be repeated."""
        with translated(self._path):
            self._connections.close()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Writers of this process queue here: SQLite lets the lucky one go first, and may let one wait too long."""
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise unavailable("others are writing to it")
        try:
            yield
        finally:
            self._turn.release()

    def _find_known(self) -> Place:
        with self._looking:
            if self._known is None:
                self._known = self._look_first()
            place = look(self._path, read_only=self._read_only)
            if not place.is_same_file(self._known):
                raise unavailable("its file was replaced")
            return place

    def _find_whichever(self) -> Place:
        with self._looking:
            first = self._known is None
            self._known = self._look_first() if first else look(self._path, read_only=self._read_only)
            return self._known

    def _look_first(self) -> Place:
        """Only now may a file be made: one that goes later is a fault, and not to be replaced by an empty one."""
        if self._make:
            make_file(self._path)
        elif not self._path.exists():
            raise refused(self._path, "doesn't exist; start the service once to make it, or name another path")
        return look(self._path, read_only=self._read_only)

    def _refuse_change(self, place: Place) -> None:
        if place.still is not None and look(self._path, read_only=True) != place:
            raise unavailable("it was changed while it was read")
