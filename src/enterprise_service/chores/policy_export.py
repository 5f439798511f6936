"""Keeps the export for other Casbin tools at the rules in force.

A pass compares and writes what differs: of everything, or of what changed since this process's pass before. It may be
paused in the middle, and write after another process has begun a later pass: such a row may be wrong for a while, and
no condition that a store can check on one row would always keep it out. So whoever finds that its pass is no longer
the newest says that the export is doubted, and the next pass mends it. Nothing is decided by the export meanwhile.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from typing import Final

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.chores.export_comparison import Batch
from enterprise_service.chores.export_pass import Left, Look, look_after
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.leases import Leases
from enterprise_service.ports.policy_export import Claim, ExportStatus, PolicyExport

LOOK_SECONDS: Final = 5.0
"""How often a process looks whether a pass is due."""

FULL_SECONDS: Final = 3_600
"""So long after everything was compared it is compared again, whatever has happened."""

UNSURE_SECONDS: Final = 60
"""The same, after a pass that others may have disturbed: their last writes have arrived by then."""

REST: Final = 20
LONGEST_REST_SECONDS: Final = 300.0
"""A pass is followed by so many times its own work without another of its kind, but not for longer than that."""

BATCH: Final = 2_000
"""How many rows are taken away, and how many made, at once."""

NOT_OURS: Final = (
    "the export for Casbin tools isn't written: it has rows of another program; keep them elsewhere, then let "
    "`enterprise-service verify export --heal` take them away"
)

LEASE: Final = "policy export"
LEASE_SECONDS: Final = 60.0


_log = logging.getLogger(__name__)


class PolicyExportChore:
    """Call ``run`` now and then. Of all processes that do one keeps the lease, and makes the passes."""

    def __init__(
        self,
        follower: Follower,
        export: PolicyExport,
        leases: Leases,
        clock: Clock,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        """Nothing is read yet. ``worked`` gives the seconds that this thread has worked: a pause is no work."""
        self._worked = worked
        self._follower = follower
        self._export = export
        self._leases = leases
        self._clock = clock
        self._rests_until = -math.inf
        self._left: Left | None = None

    def run(self, holder: str, batch: int = BATCH) -> int | None:
        """Make a pass if this process has the lease and one is due; the revision that it wrote, or ``None``.

        ``holder`` names this process in the lease; at most ``batch`` rows are written at once. Raises
        ``StoreUnavailableError`` or ``StoreRefusedError``.
        """
        snapshot = self._follower.current
        if snapshot is None or not self._leases.acquire(LEASE, holder, LEASE_SECONDS):
            return None
        if self._clock.elapsed() < self._rests_until or not self._is_due(snapshot):
            return None
        return self._timed_pass(lambda: self._leases.acquire(LEASE, holder, LEASE_SECONDS), batch)

    def refresh(self, batch: int = BATCH) -> int | None:
        """Make a pass now, whoever has the lease, for one who waits for it; ``None`` when a later one has begun.

        Raises what ``run`` raises.
        """
        return self._timed_pass(lambda: True, batch)

    def _is_anothers(self, status: ExportStatus) -> bool:
        """Whether the export was there before its first pass: an enterprise may have kept its rules there till now."""
        if status.claimed or next(iter(self._export.rows()), None) is None:
            return False
        self._rests_until = self._clock.elapsed() + LONGEST_REST_SECONDS
        _log.error("%s", NOT_OURS)
        return True

    def _is_due(self, snapshot: Snapshot) -> bool:
        status, now = self._export.status(), self._clock.now()
        if self._is_anothers(status):
            return False
        if self._left is not None and self._left.is_there(status, now):
            return self._left.state.position != snapshot.state.position
        return is_due(status, snapshot, now)

    def _timed_pass(self, renew: Callable[[], object], batch: int) -> int | None:
        before, self._left = self._left, None
        started = self._worked()
        try:
            self._left = self._pass(before, renew, batch)
        finally:
            if self._left is None:
                self._rests_until = self._clock.elapsed() + self._rest_since(started)
        return None if self._left is None else self._left.state.revision

    def _pass(self, before: Left | None, renew: Callable[[], object], batch: int) -> Left | None:
        started = self._worked()
        claim = self._export.claim()
        # Only now: a pass with a higher number has to know what those before it knew.
        state = self._follower.catch_up().state
        look = look_after(before, claim, state, self._clock.now())
        others = self._write(claim.number, renew, look.differences(self._export).batches(batch))
        if others is not None:
            left = self._left_by(look, claim, started, unsure=claim.disturbed or others > 0)
            if self._export.finish(claim.number, left.written()):
                return left
        self._export.doubt()
        return None

    def _rest_since(self, started: float) -> float:
        return min(LONGEST_REST_SECONDS, REST * (self._worked() - started))

    def _write(self, number: int, renew: Callable[[], object], batches: Iterable[Batch]) -> int | None:
        """Write as long as the pass is current; how many of the rows others have written meanwhile, or ``None``."""
        others = 0
        for removed, added in batches:
            renew()
            if not self._export.is_current(number):
                return None
            others += self._export.write(number, removed, added)
        return others

    def _left_by(self, look: Look, claim: Claim, started: float, *, unsure: bool) -> Left:
        """What the pass has left; one that didn't look at everything puts nothing off."""
        rest = self._rest_since(started)
        due_at = look.at + FULL_SECONDS * SECOND if look.left is None else look.left.due_at
        soon = look.at + UNSURE_SECONDS * SECOND if unsure else due_at
        return Left(
            number=claim.number,
            state=look.state,
            at=look.at,
            due_at=min(due_at, soon, look.boundary() or due_at),
            rests_until=self._clock.now() + round(rest * SECOND) if look.left is None else look.left.rests_until,
        )


def is_due(status: ExportStatus, snapshot: Snapshot, now: Instant) -> bool:
    """Whether a process that knows no more of the export than it tells has to make a pass now."""
    written = status.written
    if written is None or now + UNSURE_SECONDS * SECOND < written.at:  # its clock was wrong, and so are its moments
        return True
    if now < written.rests_until:
        return False
    newer = written.log_id != snapshot.state.log_id or written.revision < snapshot.revision
    return newer or status.doubted or status.finished != status.claimed or written.due_at <= now
