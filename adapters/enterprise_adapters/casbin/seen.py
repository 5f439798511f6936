"""Up to which revision a program's enforcer has what the policy says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from enterprise_service.ports.policy_writer import Written


class Seen:
    """Kept by the adapter, asked by the watcher. Any thread may call any method."""

    def __init__(self) -> None:
        """Nothing has been loaded. ``due`` is set when the watcher has a reason to look."""
        self.due = threading.Event()
        self._lock = threading.RLock()
        self._revision = 0
        self._newest = 0
        self._doubts = 0

    @property
    def revision(self) -> int:
        """All changes up to this one are in the enforcer; 0 when that isn't known of any."""
        return self._revision

    @property
    def newest(self) -> int:
        """The newest revision that the enforcer has met: loaded, or made."""
        return self._newest

    @property
    def doubts(self) -> int:
        """How often there was doubt of what the enforcer has."""
        return self._doubts

    @contextmanager
    def steady(self) -> Iterator[None]:
        """No change is being made by the enforcer meanwhile: each is in the log and here, or in neither."""
        with self._lock:
            yield

    def loaded(self, revision: int) -> None:
        """The enforcer has been given the policy of ``revision``."""
        with self._lock:
            self._revision = revision
            self._newest = max(self._newest, revision)

    def loaded_too(self, revision: int) -> None:
        """It has been given a part more, of ``revision``; what it had may be older than that."""
        self.loaded(min(self._revision, revision))

    def wrote(self, written: Written) -> None:
        """The enforcer has made a change; if others made some before it, the enforcer lacks those."""
        with self._lock:
            if written.made and written.revision == self._revision + 1:
                self._revision = written.revision
            self._newest = max(self._newest, written.revision)

    def doubt(self) -> None:
        """A change was refused that the enforcer may have made in its memory already."""
        with self._lock:
            self._revision = 0
            self._doubts += 1
        self.due.set()
