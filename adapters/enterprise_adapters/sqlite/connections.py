"""Open connections that wait for the next call, and what happens to them when the process forks.

A connection serves one call at a time; as many are open as calls have been made at once, so threads that end leave
nothing behind. None crosses a fork: SQLite's locks belong to the process that took them, and a child that inherits the
library's record of them would believe that it holds what it doesn't. So all are closed before a fork, while no call
runs, and parent and child open their own afterwards.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from weakref import WeakSet

from enterprise_adapters.sqlite.opening import open_connection
from enterprise_adapters.sqlite.place import Place
from enterprise_adapters.sqlite.translation import unavailable

_FORK_WAITS_SECONDS: Final = 30.0

_every_lock: Final = threading.Lock()
_every: Final[WeakSet[Connections]] = WeakSet()


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, and the file that it was opened to."""

    connection: sqlite3.Connection
    place: Place


class Connections:
    """The connections of this process to one store."""

    def __init__(self) -> None:
        self._is_closed = False
        self._begin()
        with _every_lock:
            _every.add(self)

    def _begin(self) -> None:
        self._changed = threading.Condition()
        self._idle: list[Opened] = []
        self._running = 0
        self._is_forking = False

    @contextmanager
    def lend(self, find: Callable[[], Place]) -> Iterator[Opened]:
        """A connection for one call, to the file that ``find`` finds.

        Raises ``StoreUnavailableError`` after ``close``, and what ``find`` and ``open_connection`` raise.
        """
        self._enter()
        opened = None
        try:
            place = find()
            opened = self._take(place) or Opened(open_connection(place), place)
            yield opened
        finally:
            self._leave(opened)

    def _enter(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_forking)
            if self._is_closed:
                raise unavailable("it was closed")
            self._running += 1

    def _take(self, place: Place) -> Opened | None:
        """One that waits, if any; those to a file that was there before are closed on the way."""
        with self._changed:
            while self._idle:
                opened = self._idle.pop()
                if opened.place == place:
                    return opened
                opened.connection.close()
            return None

    def _leave(self, opened: Opened | None) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()
            if opened is None:
                return
            if self._is_closed or opened.connection.in_transaction:  # a rollback that failed: never to be used again
                opened.connection.close()
            else:
                self._idle.append(opened)

    def close(self) -> None:
        """Close all; one that is in use is closed when its call ends."""
        with self._changed:
            self._is_closed = True
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().connection.close()

    def hold_for_fork(self) -> None:
        """Let no call begin and those that run end, then close everything. The lock is held until the fork is over."""
        self._changed.acquire()
        self._is_forking = True
        self._changed.wait_for(lambda: not self._running, _FORK_WAITS_SECONDS)
        self._close_idle()

    def go_on(self) -> None:
        """The fork is over; this is the parent."""
        self._is_forking = False
        self._changed.notify_all()
        self._changed.release()

    def begin_anew(self) -> None:
        """The fork is over; this is the child, which has none of the parent's other threads and needs a new lock."""
        self._begin()


def _before_fork() -> None:
    _every_lock.acquire()
    for connections in list(_every):
        connections.hold_for_fork()


def _after_in_parent() -> None:
    for connections in list(_every):
        connections.go_on()
    _every_lock.release()


def _after_in_child() -> None:
    for connections in list(_every):
        connections.begin_anew()
    _every_lock.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
