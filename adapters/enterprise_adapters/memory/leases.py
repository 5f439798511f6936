"""Leases among the threads of one process."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.leases import Leases


@dataclass(frozen=True, slots=True)
class _Lease:
    holder: str
    taken_at: Instant
    ends_at: Instant

    def keeps_out(self, holder: str, now: Instant) -> bool:
        # A wall clock that was stepped back must not stretch a lease: one from the future is over.
        return self.holder != holder and self.taken_at <= now < self.ends_at


class MemoryLeases(Leases):
    """Judges by the wall clock of ``clock``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, _Lease] = {}
        self._lock = threading.Lock()

    def acquire(self, name: str, holder: str, seconds: float) -> bool:
        with self._lock:
            now = self._clock.now()
            held = self._held.get(name)
            if held is not None and held.keeps_out(holder, now):
                return False
            self._held[name] = _Lease(holder, now, now + round(seconds * SECOND))
            return True

    def release(self, name: str, holder: str) -> None:
        with self._lock:
            held = self._held.get(name)
            if held is not None and held.holder == holder:
                del self._held[name]
