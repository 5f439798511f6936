"""The log of changes as a list."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry, RevisionTakenError
from enterprise_service.ports.change_terms import Term, TermKind, read_change, terms_of


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry with what it can be found by."""

    entry: LogEntry
    terms: frozenset[Term]

    def holds_for(self, wanted: ChangeFilter) -> bool:
        domains = {Term(TermKind.DOMAIN, domain) for domain in wanted.domains or ()}
        return (
            (wanted.actor is None or Term(TermKind.ACTOR, wanted.actor) in self.terms)
            and (wanted.subject is None or Term(TermKind.SUBJECT, wanted.subject) in self.terms)
            and (wanted.domains is None or not self.terms.isdisjoint(domains))
            and wanted.after < self.entry.revision
            and (wanted.before is None or self.entry.revision < wanted.before)
        )


class MemoryChangeLog(ChangeLog):
    """Shared by the threads of one process; each instance is a log of its own."""

    def __init__(self) -> None:
        self._log_id = uuid.uuid4().hex
        self._kept: list[_Kept] = []
        self._lock = threading.Lock()

    def head(self) -> Head:
        with self._lock:
            newest = self._kept[-1].entry if self._kept else LogEntry(revision=0, body=b"", mac=b"")
        return Head(log_id=self._log_id, revision=newest.revision, mac=newest.mac)

    def append(self, entry: LogEntry) -> None:
        """See the port.

        Raises ``ValueError``, for a fault of the program, when the body is no JSON object or has a name that nobody
        could find it by.
        """
        kept = _Kept(entry, terms_of(read_change(entry.body)))
        with self._lock:
            if entry.revision != len(self._kept) + 1:
                raise RevisionTakenError(f"the newest revision is {len(self._kept)}, not {entry.revision - 1}")
            self._kept.append(kept)

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        first = max(after, 0)
        with self._lock:
            kept = self._kept[first : first + max(limit, 0)]
        return tuple(one.entry for one in kept)

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        with self._lock:
            kept = tuple(self._kept)
        found = (one.entry for one in reversed(kept) if one.holds_for(wanted))
        return tuple(islice(found, min(max(limit, 0), len(kept))))

    def sweep(self) -> int:
        """See the port: an append here leaves nothing behind."""
        return 0

    def close(self) -> None:
        """Nothing is held."""
