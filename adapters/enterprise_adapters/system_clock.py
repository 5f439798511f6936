"""The clocks of this machine."""

from __future__ import annotations

import time
from typing import Final

from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.ports.clock import Clock

STEP_BACK: Final = 300 * SECOND
"""So far the wall clock may be set back without being followed."""

# Linux has a clock of its own that goes on while the machine sleeps; macOS's monotonic clock does.
_PASSING: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock(Clock):
    """What o'clock the system says it is, and the time since it was started.

    When the system's clock is set back a little, this one waits until it has caught up: what has ended for this process
    doesn't begin again. One that is set back by more was wrong before, and is followed.
    """

    def __init__(self) -> None:
        self._latest: Instant = 0

    def now(self) -> Instant:
        now = time.time_ns() // 1_000
        if now < self._latest <= now + STEP_BACK:
            return self._latest
        self._latest = now  # another thread's may be later by what passes between two lines
        return now

    def elapsed(self) -> float:
        return time.clock_gettime(_PASSING)
