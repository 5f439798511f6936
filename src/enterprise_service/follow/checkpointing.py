"""A state as a sealed checkpoint, and back."""

from __future__ import annotations

import logging

from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_policy.state.checkpoint import decode_state, encode_state
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints

_log = logging.getLogger(__name__)


def seal(state: PolicyState, keyring: Keyring) -> Checkpoint:
    """``state`` as a checkpoint, under a mac over all of it."""
    position, content = state.position, encode_state(state)
    return Checkpoint(
        log_id=position.log_id,
        revision=position.revision,
        chain=position.chain,
        content=content,
        mac=keyring.sign(Purpose.CHECKPOINT, *_parts(position.log_id, position.revision, position.chain, content)),
    )


def unseal(checkpoint: Checkpoint, keyring: Keyring) -> PolicyState:
    """The state in ``checkpoint``. Raises ``ChainBrokenError`` when it doesn't verify or can't be understood."""
    if not verifies(checkpoint, keyring):
        detail = f"the checkpoint at revision {checkpoint.revision} doesn't verify"
        raise ChainBrokenError(detail, revision=checkpoint.revision)
    try:
        return decode_state(checkpoint.content)
    except ValueError as error:
        detail = f"the checkpoint at revision {checkpoint.revision} can't be understood: {error}"
        raise ChainBrokenError(detail, revision=checkpoint.revision) from error


def verifies(checkpoint: Checkpoint, keyring: Keyring) -> bool:
    """Whether ``checkpoint`` was sealed under a secret of ``keyring``, and is as it was then."""
    parts = _parts(checkpoint.log_id, checkpoint.revision, checkpoint.chain, checkpoint.content)
    return keyring.verify(Purpose.CHECKPOINT, checkpoint.mac, *parts)


def newest_state(checkpoints: Checkpoints, keyring: Keyring, log_id: str, at_most: int | None = None) -> PolicyState:
    """The state of the newest checkpoint, at or below revision ``at_most``, that verifies; else the empty one."""
    checkpoint = checkpoints.newest(log_id, at_most)
    while checkpoint is not None:
        try:
            return unseal(checkpoint, keyring)
        except ChainBrokenError as error:
            _log.warning("checkpoint not used: %s", error)
        checkpoint = checkpoints.newest(log_id, at_most=checkpoint.revision - 1)
    return empty_state(log_id)


def _parts(log_id: str, revision: int, chain: bytes, content: bytes) -> tuple[bytes, ...]:
    return log_id.encode(), str(revision).encode(), chain, content
