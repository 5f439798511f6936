"""Sees that nobody is refused for what this process hasn't read yet, whoever else sends whatever.

A credential that isn't known here may have been made elsewhere a moment ago. So the log is read on before it is
refused: by one thread for all, and after it was read in vain not again within a second. Who comes in that second waits
for what the process reads anyway. All together may wait for so long and no longer, or strangers could keep every thread
waiting.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Final

from enterprise_policy.errors import StoreUnavailableError, UnavailableError
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.clock import Clock

VAIN_SECONDS: Final = 1.0
"""For so long after the log was read in vain, or couldn't be read, it isn't read for a stranger again."""

READ_SECONDS: Final = 2.0
"""How long a call waits for another that reads."""

STEP_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 2.0
"""What all calls together may wait; when it is used up, it comes back by ``RECOVERY`` of the time that passes."""
RECOVERY: Final = 0.1


class SecondLook:
    """See the module. Any thread may call it."""

    def __init__(self, follower: Follower, clock: Clock, sleep: Callable[[float], None]) -> None:
        """``sleep`` lets seconds pass."""
        self._follower = follower
        self._clock = clock
        self._sleep = sleep
        self._patience = _Patience(clock)
        self._reading = threading.Lock()
        self._vain_at = -math.inf
        self._trouble: str | None = None

    def is_due(self) -> bool:
        """Whether ``take`` would do anything.

        Raises ``StoreUnavailableError`` when the log couldn't be read just now.
        """
        return not self._was_in_vain() or self._patience.is_left()

    def take(self) -> bool:
        """Wait until what was written before this call has been read, or no patience is left.

        Whether this call read the log itself; that counts as in vain until ``was_worth_it`` is called. Raises
        ``UnavailableError`` when it couldn't be read.
        """
        arrived = self._clock.elapsed()
        while not (has_read := self._read_unless_in_vain()):
            is_newer = self._follower.staleness() <= self._clock.elapsed() - arrived
            if is_newer or not self._patience.spend(STEP_SECONDS):
                break
            self._sleep(STEP_SECONDS)
        return has_read

    def was_worth_it(self) -> None:
        """What was looked for was found: the next stranger is looked for at once."""
        self._vain_at = -math.inf

    def _was_in_vain(self) -> bool:
        """Whether the log was read in vain just now. Raises ``StoreUnavailableError`` when it couldn't be."""
        if self._clock.elapsed() - self._vain_at >= VAIN_SECONDS:
            return False
        if self._trouble is not None:
            raise StoreUnavailableError(self._trouble)
        return True

    def _read_unless_in_vain(self) -> bool:
        if self._was_in_vain():
            return False
        if not self._reading.acquire(timeout=READ_SECONDS):
            raise StoreUnavailableError("the newest revision could not be read in time")
        try:
            return not self._was_in_vain() and self._read()
        finally:
            self._reading.release()

    def _read(self) -> bool:
        started = self._clock.elapsed()
        try:
            self._follower.catch_up()
        except UnavailableError as error:
            self._trouble, self._vain_at = str(error), started
            raise
        self._trouble, self._vain_at = None, started
        return True


class _Patience:
    """Seconds that may be spent; they come back slowly."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left = PATIENCE_SECONDS
        self._counted_at = clock.elapsed()

    def is_left(self) -> bool:
        return self.spend(0.0)

    def spend(self, seconds: float) -> bool:
        """Whether there were any left."""
        with self._lock:
            now = self._clock.elapsed()
            self._left = min(PATIENCE_SECONDS, self._left + RECOVERY * (now - self._counted_at))
            self._counted_at = now
            if self._left < STEP_SECONDS:
                return False
            self._left -= seconds
            return True
