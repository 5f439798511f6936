"""A worker: the real parts that follow, commit and decide, stepped by the simulation instead of by their threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.commit import Commit
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.follow.freshness import Fresh, Freshness
from enterprise_service.ports.clock import Clock
from tests.support.enterprise import StillClock
from tests.support.logs import MODEL_READ
from tests.support.policies import KEYRING

MAX_STALENESS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decision, as a caller gets it, and what o'clock it was for the worker."""

    allowed: bool
    revision: int
    staleness: float
    at: Instant


class Desk:
    """Answers questions from the newest snapshot, if it is fresh."""

    def __init__(self, freshness: Freshness, clock: Clock) -> None:
        """The parts that it asks."""
        self.freshness = freshness
        self.clock = clock

    def answer(self, asked: Question, at_least: int | None) -> Answer:
        """The decision at revision ``at_least`` or later. Raises what ``Freshness`` does."""
        fresh = self._fresh(at_least)
        now = self.clock.now()
        allowed = decide(fresh.snapshot, asked, now)
        staleness = fresh.staleness_ms / 1000
        return Answer(allowed=allowed, revision=fresh.snapshot.revision, staleness=staleness, at=now)

    def _fresh(self, at_least: int | None) -> Fresh:
        return self.freshness.newest() if at_least is None else self.freshness.at_least(at_least, _no_objection)


def _no_objection(_snapshot: Snapshot) -> None:
    """Any snapshot will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a worker consists of."""

    follower: Follower
    commit: Commit
    desk: Desk


Announce: TypeAlias = Callable[[int], None]

Build: TypeAlias = Callable[[Store, Clock, Announce], Parts]
"""Makes a worker that reads a store, goes by a clock and tells others of its revisions."""


def sound(store: Store, clock: Clock, announce: Announce) -> Parts:
    """The parts as they are in the program."""
    follower = Follower(store, KEYRING, clock, MODEL_READ)
    return assembled(follower, Commit(follower, store.log, KEYRING, clock, announce), clock)


def assembled(follower: Follower, commit: Commit, clock: Clock) -> Parts:
    """A worker of these two."""
    return Parts(follower=follower, commit=commit, desk=Desk(Freshness(follower, MAX_STALENESS), clock))


@dataclass(slots=True, kw_only=True)
class Worker:
    """One life of a worker, from its start to its end.

    ``highest`` is the newest revision that it has shown; ``troubles`` how often the store has failed it.
    """

    number: int
    life: int
    clock: StillClock
    store: Store
    parts: Parts
    polls_at: float
    stopped_until: float = 0.0
    is_busy: bool = False
    highest: int = 0
    troubles: int = 0

    def __str__(self) -> str:
        """Which one, and which of its lives."""
        return f"w{self.number}.{self.life}"
