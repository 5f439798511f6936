"""Writes a checkpoint when the log has grown enough since the last."""

from __future__ import annotations

from typing import Final

from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.follow.checkpointing import seal
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.leases import Leases

EVERY: Final = 10_000
"""Changes between two checkpoints."""

LEASE: Final = "checkpoint"
LEASE_SECONDS: Final = 60.0


class CheckpointChore:
    """Call ``run`` now and then. Two processes that write the same checkpoint write the same bytes."""

    def __init__(self, follower: Follower, checkpoints: Checkpoints, leases: Leases, keyring: Keyring) -> None:
        """Nothing is read yet."""
        self._follower = follower
        self._checkpoints = checkpoints
        self._leases = leases
        self._keyring = keyring
        self._newest: int | None = None

    def run(self, holder: str, every: int = EVERY) -> int | None:
        """Write a checkpoint if one is due and nobody else is at it; its revision, or ``None``.

        ``holder`` names this process in the lease. Raises ``StoreUnavailableError``.
        """
        snapshot = self._follower.current
        if snapshot is None or not self._is_due(snapshot.state, every):
            return None
        if not self._leases.acquire(LEASE, holder, LEASE_SECONDS):
            return None
        try:
            self._checkpoints.write(seal(snapshot.state, self._keyring))
        finally:
            self._leases.release(LEASE, holder)
        self._newest = snapshot.revision
        return snapshot.revision

    def _is_due(self, state: PolicyState, every: int) -> bool:
        """Looks into the store only when the last known checkpoint is old enough."""
        if self._newest is not None and state.revision - self._newest < every:
            return False
        found = self._checkpoints.newest(state.log_id, at_most=state.revision)
        self._newest = 0 if found is None else found.revision
        return state.revision - self._newest >= every
