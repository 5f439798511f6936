"""The log of changes: the only truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One change as it is stored.

    ``revision`` starts at 1. ``body`` is the canonical JSON of the change (``state/change.py``), ``mac`` the
    32 bytes of the chain over it and the entry before (``state/chain.py``). The log stores both untouched.
    """

    revision: int
    body: bytes
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a log stands: its identity, its newest revision (0 when empty) and that entry's mac (``b""``)."""

    log_id: str
    revision: int
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFilter:
    """Which changes to find: each field that is given must hold.

    ``actor`` is who made it; ``subject`` one whom an edit names; ``domains`` those of which an edit must touch at
    least one; ``after`` and ``before`` are revisions, both exclusive.
    """

    actor: str | None = None
    subject: str | None = None
    domains: frozenset[str] | None = None
    after: int = 0
    before: int | None = None


class RevisionTakenError(Exception):
    """Somebody else has appended the revision first. Read on and try again."""


class ChangeLog(ABC):
    """A totally ordered, gapless, append-only list of entries, shared by threads and processes.

    1. Revisions are 1, 2, 3 and so on, without a gap.
    2. Among any number of writers that append the same revision at once exactly one wins.
    3. What was acknowledged survives ``kill -9`` of every process and a restart of the store.
    4. Reads see a prefix of the log, whole entries, exactly as appended, while others write.
    5. ``head().log_id`` was made with the log and never changes while the log lives.
    6. Every driver error leaves as ``StoreUnavailableError`` (try later) or ``StoreRefusedError`` (operator).
    7. One instance may be used by many threads at once.
    """

    @abstractmethod
    def head(self) -> Head:
        """The newest entry that was acknowledged before the call.

        8. Never older than an ``append`` that returned before this call began, in any process.
        """

    @abstractmethod
    def append(self, entry: LogEntry) -> None:
        """Make ``entry`` the newest.

        9. Returns only when the entry is durable.
        10. Raises ``RevisionTakenError`` when ``entry.revision`` exists or would leave a gap; nothing is written.
        11. After any other error either the whole entry is there or nothing of it, and a read tells which.
        """

    @abstractmethod
    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """At most ``limit`` entries with a revision above ``after``, ascending.

        12. Empty when there are none. Never skips one.
        """

    @abstractmethod
    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        """At most ``limit`` entries that ``wanted`` holds for, newest first.

        13. Complete: an entry left out doesn't match, or lies below the last one returned.
        """

    @abstractmethod
    def sweep(self) -> int:
        """Take away what appends that came to nothing have left behind; how many such appends.

        14. Nothing that an entry needs goes, nor what an append that may still succeed needs.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what is held. 15. May be called twice."""
