"""Messages between processes that a revision exists: a help to be quick, and nothing more."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

Heard: TypeAlias = Callable[[int | None], None]
"""Called with the revision that a hint names; with ``None`` when hints may have been missed."""

LARGEST_REVISION: Final = 2**53 - 1
"""A hint names none beyond: the largest number that every reader of JSON understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintsHealth:
    """Whether hints arrive now; ``trouble`` is a public sentence when they don't.

    ``lag_seconds`` is how long the last hint that was heard of this process's own sending took, ``None`` before the
    first.
    """

    trouble: str | None = None
    lag_seconds: float | None = None


class Hints(ABC):
    """Sends and hears hints. Whoever hears one looks into the log: a hint may be lost, repeated, late or forged.

    1. What one process publishes all others that listen hear soon, as long as the carrier works.
    2. A process doesn't hear its own hints.
    3. No method raises for trouble with the carrier; none but ``close`` waits for it, and that for 3 s at most.
    4. When hints may have been missed (at the start, after the carrier was away) ``None`` is heard.
    5. What isn't a hint (garbage, another service's message, a number that is no revision) is passed over.
    6. Any thread may call any method.
    """

    @abstractmethod
    def publish(self, revision: int) -> None:
        """Tell the others that ``revision`` exists. 7. Of several that wait to be sent only the highest has to go.

        Nothing happens after ``close``.
        """

    @abstractmethod
    def listen(self, heard: Heard) -> None:
        """Call ``heard`` for each hint from now on, in a thread that isn't the caller's to choose.

        ``heard`` has to come back at once; what it raises is logged. 8. May be called once: raises ``RuntimeError``
        the second time, and after ``close``.
        """

    @abstractmethod
    def health(self) -> HintsHealth:
        """How it is now. 9. Trouble shows within three heartbeats, also when the carrier only falls silent."""

    @abstractmethod
    def close(self) -> None:
        """End the threads and give back what is held; nothing is heard any more. 10. May be called twice.

        What waits to be published goes first, if the carrier works.
        """
