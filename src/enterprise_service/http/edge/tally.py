"""What one process has answered, counted in plain numbers, cheaply enough for every question."""

from __future__ import annotations

from bisect import bisect_left
from http import HTTPStatus
from typing import Final

from enterprise_service.http.edge.answers import Answer

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds in seconds of the buckets of a duration; one more bucket takes the rest."""


class Durations:
    """How many requests took how long; ``total`` is in seconds."""

    __slots__ = ("counts", "total")

    def __init__(self, counts: list[int] | None = None, total: float = 0.0) -> None:
        self.counts = counts or [0] * (len(BUCKETS) + 1)
        self.total = total

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Tally:
    """The answers to one path. One thread adds to it; others may read, and see numbers that only grow."""

    __slots__ = ("allowed", "by_status", "denied", "failed", "route")

    def __init__(self, route: str) -> None:
        self.route = route
        self.by_status: dict[int, Durations] = {}
        self.allowed = 0
        self.denied = 0
        self.failed = 0

    def add(self, answer: Answer, seconds: float) -> None:
        """One more answer, found in ``seconds``; one that isn't 200 is a question that got no decision."""
        durations = self.by_status.get(answer.status)
        if durations is None:
            durations = self.by_status[answer.status] = Durations()
        durations.add(seconds)
        self.allowed += answer.allowed
        self.denied += answer.denied
        self.failed += answer.status != HTTPStatus.OK
