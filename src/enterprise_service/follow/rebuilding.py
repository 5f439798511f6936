"""A snapshot from nothing but the store: to see the past, and to check what was made change by change."""

from __future__ import annotations

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import ChainBrokenError, RevisionNotReachedError, StoreUnavailableError
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.follow.checkpointing import newest_state
from enterprise_service.follow.follower import Store
from enterprise_service.follow.reading import PAGE, step
from enterprise_service.ports.change_log import ChangeLog


def rebuild(store: Store, keyring: Keyring, log_id: str, revision: int) -> Snapshot:
    """The snapshot of ``revision`` of the log ``log_id``, from the newest checkpoint at or below it and the log since.

    Raises ``RevisionNotReachedError`` when there is no such revision, ``StoreUnavailableError`` when the store can't be
    asked or isn't trusted.
    """
    try:
        begun = newest_state(store.checkpoints, keyring, log_id, revision)
        return build(_read(store.log, begun, revision, keyring))
    except ChainBrokenError as error:
        raise StoreUnavailableError(str(error)) from error


def is_same(one: Snapshot, other: Snapshot) -> bool:
    """Whether two snapshots are of the same policy, record by record, and would decide alike, table by table."""
    return one == other and encode_state(one.state) == encode_state(other.state)


def _read(log: ChangeLog, state: PolicyState, revision: int, keyring: Keyring) -> PolicyState:
    while state.revision < revision:
        entries = log.read(state.revision, min(PAGE, revision - state.revision))
        if not entries:
            detail = f"revision {revision} doesn't exist; the newest is {state.revision}"
            raise RevisionNotReachedError(detail)
        state = step(state, entries, keyring).state
    return state
