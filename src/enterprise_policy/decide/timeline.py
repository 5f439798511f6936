"""What is in force together at some time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

from enterprise_policy.values.windows import Instant, Window

T = TypeVar("T", bound=Hashable)


def combinations_from(given: Iterable[tuple[Window, T]], now: Instant) -> dict[frozenset[T], Instant]:
    """Each set of what is current together at some time from ``now`` on, with its first instant, in that order.

    One sweep over the bounds of the windows: between two of them nothing changes.
    """
    steps: dict[Instant, list[tuple[T, int]]] = {now: []}
    for window, what in given:
        if not window.ended(now):
            starts_at = now if window.starts_at is None else max(now, window.starts_at)
            steps.setdefault(starts_at, []).append((what, 1))
            if window.ends_at is not None:
                steps.setdefault(window.ends_at, []).append((what, -1))
    counts: Counter[T] = Counter()
    found: dict[frozenset[T], Instant] = {}
    for at in sorted(steps):
        for what, step in steps[at]:
            counts[what] += step
        counts = +counts
        found.setdefault(frozenset(counts), at)
    return found
