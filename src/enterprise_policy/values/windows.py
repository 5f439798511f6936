"""Moments and windows of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z."""

SECOND: Final[Instant] = 1_000_000
DAY: Final[Instant] = 86_400 * SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_RFC3339: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]((?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(?:[Zz]|[+-]00:00)"
)


def parse_instant(text: str) -> Instant:
    """The moment that ``text`` names, by RFC 3339 in UTC, to the microsecond.

    Raises ``ValueError`` with the reason in words.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        reason = "must be a time in UTC such as `2026-01-31T08:00:00Z`"
        raise ValueError(reason)
    day, clock, fraction = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError as error:
        reason = f"is no time of the calendar: {error}"
        raise ValueError(reason) from error
    return (moment - _EPOCH) // _MICROSECOND + int((fraction or ".0")[1:].ljust(6, "0"))


def format_instant(instant: Instant) -> str:
    """``instant`` as RFC 3339 in UTC, with a fraction only where it has one."""
    moment = _EPOCH + timedelta(microseconds=instant)
    timespec = "microseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


@dataclass(frozen=True, slots=True)
class Window:
    """The time from ``starts_at`` on and before ``ends_at``; ``None`` is without a bound.

    Raises ``ValueError`` when it would hold no moment.
    """

    starts_at: Instant | None = None
    ends_at: Instant | None = None

    def __post_init__(self) -> None:
        """Refuse an empty window."""
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            reason = "must be after `starts_at`"
            raise ValueError(reason)

    def contains(self, now: Instant) -> bool:
        """Whether ``now`` lies in it."""
        return (self.starts_at is None or self.starts_at <= now) and not self.ended(now)

    def ended(self, now: Instant) -> bool:
        """Whether it is over at ``now``."""
        return self.ends_at is not None and self.ends_at <= now

    def covers(self, other: Window) -> bool:
        """Whether every moment of ``other`` lies in it."""
        begins = self.starts_at is None or (other.starts_at is not None and self.starts_at <= other.starts_at)
        ends = self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)
        return begins and ends

    def overlaps(self, other: Window) -> bool:
        """Whether some moment lies in both."""
        return _before(self.starts_at, other.ends_at) and _before(other.starts_at, self.ends_at)


ALWAYS: Final = Window()


def _before(start: Instant | None, end: Instant | None) -> bool:
    return start is None or end is None or start < end
