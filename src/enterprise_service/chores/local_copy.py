"""Keeps the copy on this machine's disk, for a start while the store is away."""

from __future__ import annotations

import math
from typing import Final

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.chain import Keyring
from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.follow.checkpointing import verifies
from enterprise_service.follow.follower import Follower
from enterprise_service.follow.local_copies import confirmed, seal_copy
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.local_copy import Copy, LocalCopy

CONFIRM_SECONDS: Final = 5.0
"""How often it is kept that the copy is still the newest."""

WRITE_SECONDS: Final = 60.0
"""A policy that changes is written at most so often."""

SHARE: Final = 20.0
"""Writing takes at most this part of the time: a large policy is written less often."""


class LocalCopyChore:
    """Call ``run`` every ``CONFIRM_SECONDS``. Processes of one machine share the copy."""

    def __init__(self, follower: Follower, local_copy: LocalCopy, keyring: Keyring, clock: Clock) -> None:
        """Nothing is read yet."""
        self._follower = follower
        self._local_copy = local_copy
        self._keyring = keyring
        self._clock = clock
        self._kept: Copy | None = None
        self._next_at = -math.inf

    def run(self) -> None:
        """Keep the present policy, or that the one that is kept is still the newest.

        Raises ``StoreUnavailableError`` when the disk can't be written.
        """
        now = self._clock.now()
        staleness = self._follower.staleness()  # in this order: the snapshot is then at least as new as the two say
        snapshot = self._follower.current
        if snapshot is None or math.isinf(staleness):
            return
        at = now - math.ceil(staleness * SECOND)
        if not self._confirm(snapshot, at) and self._clock.elapsed() >= self._next_at:
            self._write(snapshot, at)

    def _confirm(self, snapshot: Snapshot, at: Instant) -> bool:
        kept = self._kept
        if kept is None or kept.checkpoint.chain != snapshot.state.position.chain:
            return False
        if at > kept.confirmed_at:
            self._kept = confirmed(kept.checkpoint, self._keyring, at)
            self._local_copy.confirm(self._kept)
        return True

    def _write(self, snapshot: Snapshot, at: Instant) -> None:
        begun = self._clock.elapsed()
        self._kept = self._kept_by_another(snapshot) or self._written(snapshot, at)
        ended = self._clock.elapsed()
        self._next_at = ended + max(WRITE_SECONDS, SHARE * (ended - begun))

    def _kept_by_another(self, snapshot: Snapshot) -> Copy | None:
        found = self._local_copy.read()
        position = snapshot.state.position
        if found is None or (found.checkpoint.log_id, found.checkpoint.chain) != (position.log_id, position.chain):
            return None
        return found if verifies(found.checkpoint, self._keyring) else None

    def _written(self, snapshot: Snapshot, at: Instant) -> Copy:
        copy = seal_copy(snapshot.state, self._keyring, at)
        self._local_copy.write(copy)
        return copy
