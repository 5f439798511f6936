"""The clocks of this machine."""

from __future__ import annotations

import time
from typing import Final

from enterprise_policy.values.windows import Instant
from enterprise_service.ports.clock import Clock

# Linux has a clock of its own that goes on while the machine sleeps; macOS's monotonic clock does.
_PASSING: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock(Clock):
    """What o'clock the system says it is, and the time since it was started."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000

    def elapsed(self) -> float:
        return time.clock_gettime(_PASSING)
