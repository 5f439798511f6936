"""What the thread that sends and the thread that hears have in common."""

from __future__ import annotations

import random
from typing import Final
from uuid import uuid4

from enterprise_adapters.redis.address import Address
from enterprise_adapters.redis.condition import Beats, Condition

_PATIENCE: Final = 3  # so many heartbeats of silence are trouble
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 4.0  # so that hints go on within 5 s of the carrier's return


class Line:
    """One process's end of the channel. It is made after the fork: two processes must not have the same ``me``."""

    def __init__(self, address: Address, channel: str, heartbeat_seconds: float) -> None:
        """Nothing is connected."""
        self.address = address
        self.channel = channel
        self.heartbeat_seconds = heartbeat_seconds
        self.patience_seconds = _PATIENCE * heartbeat_seconds
        self.condition = Condition(self.patience_seconds, address.masked)
        self.beats = Beats()
        self.me = uuid4().hex

    def backoff(self) -> Backoff:
        """The waits of one thread."""
        return Backoff(min(_LONGEST_WAIT, self.heartbeat_seconds))


class Backoff:
    """How long to wait before the next try: longer each time, and spread, so that not all processes try at once."""

    def __init__(self, longest: float) -> None:
        """No wait is longer than ``longest``."""
        self._longest = longest
        self._spread = random.Random()  # noqa: S311 (spreads tries, guards nothing)
        self.reset()

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._next = min(_FIRST_WAIT, self._longest)

    def next(self) -> float:
        """The seconds to wait now."""
        seconds = self._next * self._spread.uniform(0.5, 1.0)
        self._next = min(2 * self._next, self._longest)
        return seconds
