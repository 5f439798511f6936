"""Whether the newest snapshot is fresh enough to answer from."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import PolicyUnavailableError, RevisionNotReachedError
from enterprise_service.follow.follower import Follower


class Fresh(Struct, frozen=True, gc=False):
    """The newest snapshot, and for how many milliseconds at most it may not have been the newest."""

    snapshot: Snapshot
    staleness_ms: float


class Freshness:
    """A policy is fresh while it was confirmed to be the newest at most ``max_staleness`` seconds ago."""

    def __init__(self, follower: Follower, max_staleness: float) -> None:
        self._follower = follower
        self._max_staleness = max_staleness

    def newest(self) -> Fresh:
        """The newest snapshot. Raises ``PolicyUnavailableError`` when there is none that is fresh."""
        staleness = self._follower.staleness()  # read first: the snapshot is then at least as new as this says
        snapshot = self._follower.current
        if snapshot is None:
            raise PolicyUnavailableError("no policy has been read yet")
        if staleness > self._max_staleness:
            raise PolicyUnavailableError("the policy was last known to be the newest too long ago")
        return Fresh(snapshot, staleness * 1000)

    def at_least(self, revision: int, check: Callable[[Snapshot], None]) -> Fresh:
        """The newest snapshot, at ``revision`` or later, once ``check`` has nothing against it.

        What ``check`` raises comes before there being no such revision. Raises that, the errors of ``newest``, and
        those of ``Follower.catch_up``.
        """
        fresh = self.newest()
        if revision > fresh.snapshot.revision:
            try:
                self._follower.catch_up(revision)
            except RevisionNotReachedError:
                check(self.newest().snapshot)
                raise
            fresh = self.newest()
        check(fresh.snapshot)
        return fresh
