"""Up to which revision a program's enforcer has what the policy says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from enterprise_service.ports.change_log import Head
from enterprise_service.ports.policy_writer import RulesAt, Written

UNKNOWN: Final = -1
"""In the place of a revision: below that of any log, an empty one too."""


class Seen:
    """Kept by the adapter, asked by the watcher. Any thread may call any method."""

    def __init__(self) -> None:
        """Nothing has been loaded. ``due`` is set when the watcher has a reason to look."""
        self.due = threading.Event()
        self._lock = threading.RLock()
        self._log_id: str | None = None
        self._revision = UNKNOWN
        self._newest = 0
        self._doubts = 0

    @property
    def revision(self) -> int:
        """All changes up to this one are in the enforcer; ``UNKNOWN`` when that isn't known of any."""
        return self._revision

    @property
    def newest(self) -> int:
        """The newest revision that was met: loaded, made, or found by the watcher."""
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

    def loaded(self, found: RulesAt) -> None:
        """The enforcer has been given what was ``found``."""
        with self._lock:
            self._log_id, self._revision = found.log_id, found.revision
            self._newest = max(self._newest, found.revision)

    def loaded_too(self, found: RulesAt) -> None:
        """It has been given a part more; what it had may be older than that."""
        with self._lock:
            before = self._revision
            self.loaded(found)
            self._revision = min(before, found.revision)

    def wrote(self, written: Written) -> None:
        """The enforcer has made a change; if others made some before it, the enforcer lacks those."""
        with self._lock:
            if written.made and written.revision == self._revision + 1:
                self._revision = written.revision
            self._newest = max(self._newest, written.revision)

    def doubt(self) -> None:
        """A change was refused that the enforcer may have made in its memory already."""
        self._doubt()
        self.due.set()

    def met(self, head: Head) -> str | None:
        """Take note of where the log stands; if that doesn't go on from what was met before, how, for people.

        Then there is doubt of all that the enforcer has, and what comes next is compared with ``head``.
        """
        with self._lock:
            broken = self._broken_by(head)
            if broken is not None:
                self._newest = head.revision
                self._doubt()
            self._log_id, self._newest = head.log_id, max(self._newest, head.revision)
        return broken

    def _broken_by(self, head: Head) -> str | None:
        if self._log_id not in (None, head.log_id):
            return f"log `{head.log_id}` has taken the place of log `{self._log_id}`"
        if head.revision < self._newest:
            return f"the log ends at revision {head.revision}, before revision {self._newest}, which was there"
        return None

    def _doubt(self) -> None:
        with self._lock:
            self._revision = UNKNOWN
            self._doubts += 1
