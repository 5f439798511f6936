"""A state as a copy on this machine's disk, and back: for a start while the store is away."""

from __future__ import annotations

import logging
from typing import Final

from enterprise_policy.decide.compile import build
from enterprise_policy.errors import ChainBrokenError, UnavailableError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.follow.checkpointing import seal, unseal
from enterprise_service.follow.follower import Begun
from enterprise_service.ports.checkpoints import Checkpoint
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.local_copy import Copy, LocalCopy

AHEAD_SECONDS: Final = 5.0
"""So far the wall clock may have stepped back since a copy was confirmed; beyond that its age isn't known."""

_log = logging.getLogger(__name__)


def seal_copy(state: PolicyState, keyring: Keyring, confirmed_at: Instant) -> Copy:
    """``state`` as a copy; it was known to be the newest at ``confirmed_at``."""
    return confirmed(seal(state, keyring), keyring, confirmed_at)


def confirmed(checkpoint: Checkpoint, keyring: Keyring, at: Instant) -> Copy:
    """A copy of ``checkpoint``, whose revision was known to be the newest at ``at``."""
    return Copy(checkpoint=checkpoint, confirmed_at=at, mac=keyring.sign(Purpose.LOCAL_COPY, *_parts(checkpoint, at)))


def begin_from(local_copy: LocalCopy, keyring: Keyring, clock: Clock) -> Begun | None:
    """What the copy on this machine holds; ``None``, and a line in the log, when there is none that can be trusted."""
    try:
        copy = local_copy.read()
        return None if copy is None else _opened(copy, keyring, clock)
    except (ChainBrokenError, UnavailableError) as error:
        _log.warning("the copy on this machine isn't used: %s", error)
    return None


def _opened(copy: Copy, keyring: Keyring, clock: Clock) -> Begun:
    """Raises ``ChainBrokenError`` when ``copy`` doesn't verify, or its age can't be known."""
    checkpoint, revision = copy.checkpoint, copy.checkpoint.revision
    if not keyring.verify(Purpose.LOCAL_COPY, copy.mac, *_parts(checkpoint, copy.confirmed_at)):
        raise ChainBrokenError(f"the time of the copy of revision {revision} doesn't verify", revision=revision)
    age = (clock.now() - copy.confirmed_at) / SECOND
    confirmed_at = clock.elapsed() - max(age, 0.0)  # a moment, not an age: a large copy takes its time to be read
    if age < -AHEAD_SECONDS:
        raise ChainBrokenError(f"the copy of revision {revision} is from the future", revision=revision)
    return Begun(build(unseal(checkpoint, keyring)), confirmed_at)


def _parts(checkpoint: Checkpoint, confirmed_at: Instant) -> tuple[bytes, ...]:
    return checkpoint.mac, str(confirmed_at).encode()
