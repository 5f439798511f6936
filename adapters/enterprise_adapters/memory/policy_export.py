"""The export for Casbin tools in a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

from enterprise_service.ports.policy_export import Claim, ExportStatus, PolicyExport, Row, Rule, Written, key_of


class MemoryPolicyExport(PolicyExport):
    """Shared by the threads of one process; each instance is a store of its own."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Rule, int]] = {}
        self._status = ExportStatus()
        self._lock = threading.Lock()

    def status(self) -> ExportStatus:
        return self._status

    def claim(self) -> Claim:
        with self._lock:
            before = self._status
            self._status = replace(before, claimed=before.claimed + 1, doubted=False)
        return Claim(number=before.claimed + 1, disturbed=before.doubted or before.claimed != before.finished)

    def is_current(self, number: int) -> bool:
        return self._status.claimed == number

    def rows(self, keys: frozenset[str] | None = None) -> Iterator[Row]:
        with self._lock:
            kept = [item for item in self._rows.items() if keys is None or item[0] in keys]
        return (Row(key=key, rule=rule, handle=(key, number)) for key, (rule, number) in kept)

    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        with self._lock:
            taken_away = [self._take_away(row) for row in removed]
            made = [self._make(rule, number) for rule in added]
        return taken_away.count(False) + made.count(False)

    def _take_away(self, row: Row) -> bool:
        kept = None if row.key is None else self._rows.get(row.key)
        if row.key is None or kept is None or row.handle != (row.key, kept[1]):
            return False
        del self._rows[row.key]
        return True

    def _make(self, rule: Rule, number: int) -> bool:
        made = (rule, number)
        return self._rows.setdefault(key_of(rule), made) is made

    def finish(self, number: int, written: Written) -> bool:
        with self._lock:
            if self._status.claimed != number:
                return False
            self._status = replace(self._status, finished=number, written=written)
            return True

    def doubt(self) -> None:
        with self._lock:
            self._status = replace(self._status, doubted=True)
