"""Time, as two separate things: what o'clock it is, and how much of it has passed."""

from __future__ import annotations

from abc import ABC, abstractmethod

from enterprise_policy.values.windows import Instant


class Clock(ABC):
    """1. Both methods may be called from any thread."""

    @abstractmethod
    def now(self) -> Instant:
        """The wall clock, in microseconds since 1970 in UTC. 2. It may step back."""

    @abstractmethod
    def elapsed(self) -> float:
        """Seconds since some fixed moment.

        3. Never goes back. 4. Counts the time that the machine or the process was suspended, where the
        system has such a clock.
        """
