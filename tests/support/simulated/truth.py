"""The store itself, which never errs: what is in it counts, however little of it a worker gets to see."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Final

from enterprise_adapters.memory import MemoryChangeLog, MemoryCheckpoints
from enterprise_policy.state.change import Change, decode_change
from enterprise_policy.state.record import Record
from enterprise_service.ports.change_log import LogEntry, RevisionTakenError

MADE_UP: Final = ("id", "log_id")
"""The fields of a change that differ from run to run."""


class Truth:
    """The log, its checkpoints, and when each entry came to be there."""

    def __init__(self, time: Callable[[], float], told: Callable[..., None]) -> None:
        """``told`` hears of each new entry."""
        self.log = MemoryChangeLog()
        self.checkpoints = MemoryCheckpoints()
        self.changes: list[Change] = []
        self.under_way: list[LogEntry] = []
        self.away_until = 0.0
        self._time = time
        self._told = told
        self._appended_at: list[float] = []
        self._records: list[dict[tuple[str, str, str], Record]] = [{}]

    @property
    def is_away(self) -> bool:
        """Whether it answers nobody now."""
        return self._time() < self.away_until

    @property
    def revision(self) -> int:
        """The newest."""
        return len(self.changes)

    def append(self, entry: LogEntry) -> None:
        """As the port's. Raises ``RevisionTakenError``."""
        self.log.append(entry)
        self.changes.append(decode_change(entry.body))
        self._appended_at.append(self._time())
        self._told("revision", entry.revision, fingerprint(entry))

    def land(self) -> bool:
        """Let the append that was sent first and given up by its sender arrive; whether it was still in time."""
        try:
            self.append(self.under_way.pop(0))
        except RevisionTakenError:
            return False
        return True

    def revision_before(self, time: float) -> int:
        """The newest that was there before ``time``."""
        return bisect_left(self._appended_at, time)

    def records(self, revision: int) -> Sequence[Record]:
        """What the edits up to ``revision`` have left, put together as plainly as can be."""
        while len(self._records) <= revision:
            left = dict(self._records[-1])
            for edit in self.changes[len(self._records) - 1].edits:
                key = (edit.kind, edit.record.home, edit.record.id)
                if edit.after is None:
                    del left[key]
                else:
                    left[key] = edit.after
            self._records.append(left)
        return list(self._records[revision].values())


def fingerprint(entry: LogEntry) -> str:
    """Of an entry's body, without what differs from run to run."""
    fields: dict[str, Any] = json.loads(entry.body)
    told = {name: value for name, value in fields.items() if name not in MADE_UP}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
