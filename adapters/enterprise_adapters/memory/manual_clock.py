"""A clock that stands still until it is moved."""

from __future__ import annotations

import threading
from typing import Final

from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.ports.clock import Clock

_START: Final[Instant] = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z


class ManualClock(Clock):
    """Moved by whoever tries what happens later, or what a step of the wall clock does."""

    def __init__(self, now: Instant = _START) -> None:
        self._now = now
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> Instant:
        with self._lock:
            return self._now

    def elapsed(self) -> float:
        with self._lock:
            return self._elapsed

    def set(self, now: Instant) -> None:
        """Step the wall clock to ``now``, forward or back; no time passes."""
        with self._lock:
            self._now = now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass on both clocks. Raises ``ValueError`` when they are negative."""
        if seconds < 0:
            raise ValueError("time that has passed never gets less")
        with self._lock:
            self._now += round(seconds * SECOND)
            self._elapsed += seconds
