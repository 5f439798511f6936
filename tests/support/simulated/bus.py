"""Hints on their way between workers: lost, doubled, late, out of order, and some that nobody sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

LOST: Final = 0.3
TWICE: Final = 0.2
FORGED_AHEAD: Final = 40


class LossyBus:
    """Keeps hints until the simulation has one arrive, whichever that is."""

    def __init__(self, rng: Random, faults: Counter[str]) -> None:
        """Empty; what is done to hints is counted in ``faults``."""
        self._rng = rng
        self._faults = faults
        self._under_way: list[tuple[int, int | None]] = []

    def publish(self, revision: int, receivers: Sequence[int]) -> None:
        """Send ``revision`` to each of ``receivers``, with luck."""
        for receiver in receivers:
            fate = self._rng.random()
            copies = 0 if fate < LOST else 2 if fate < LOST + TWICE else 1
            self._under_way.extend([(receiver, revision)] * copies)
            if copies != 1:
                self._faults["hints lost" if copies == 0 else "hints doubled"] += 1

    def forge(self, receiver: int, newest: int) -> None:
        """Send a revision that nobody published: old, of the future, or a call to look."""
        forged = self._rng.choice((None, self._rng.randint(1, newest + FORGED_AHEAD)))
        self._under_way.append((receiver, forged))
        self._faults["hints forged"] += 1

    def take(self) -> tuple[int, int | None] | None:
        """One that arrives now, not the oldest for preference; ``None`` when none is under way."""
        if not self._under_way:
            return None
        place = self._rng.randrange(len(self._under_way))
        if place:
            self._faults["hints out of order"] += 1
        return self._under_way.pop(place)
