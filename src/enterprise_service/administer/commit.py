"""The only writer of the log.

    catch up to the head -> same Idempotency-Key? the first answer -> edits -> invariants -> dry run? answer -> append
    -> lost the race? again

Everything is judged at the very state that the change is appended to, so two edits can't together break an invariant.
Writers of one process queue; between processes the log decides.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import uuid4

from enterprise_policy.errors import (
    ConflictError,
    IdempotencyMismatchError,
    StoreUnavailableError,
    UnavailableError,
)
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Change, Idempotency, encode_change
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Instant
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.change_log import ChangeLog, LogEntry, RevisionTakenError
from enterprise_service.ports.clock import Clock

ATTEMPTS: Final = 100
"""How often a change is judged anew after others were first, before the writer is told to come back."""

Proposal: TypeAlias = Callable[[PolicyState, Instant], Sequence[Edit]]
"""A use case: the edits that it wants at a state and a moment. It may be called more than once."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who changes something: the subject, what it was recognised by, and the request."""

    actor: str
    credential: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A proposal and what goes with it: the author's reason, his ``Idempotency-Key``, and whether it is only tried."""

    propose: Proposal
    reason: str | None = None
    idempotency: Idempotency | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What came of a request.

    ``revision`` is the one that was made, or the present one when nothing was; ``replayed`` says that the same request
    made it before.
    """

    revision: int
    edits: tuple[Edit, ...] = ()
    made: bool = False
    replayed: bool = False


class Commit:
    """See the module. Any thread may call it."""

    def __init__(self, follower: Follower, log: ChangeLog, keyring: Keyring, clock: Clock) -> None:
        """Nothing is written yet."""
        self._follower = follower
        self._log = log
        self._keyring = keyring
        self._clock = clock
        self._queue = threading.Lock()

    def __call__(self, author: Author, request: Request) -> Committed:
        """Make one change of what ``request`` proposes, or none of it.

        Raises the ``CallerError`` of whatever refuses it, ``StoreUnavailableError`` when it isn't known to be durable,
        ``ConflictError`` when others were faster ``ATTEMPTS`` times.
        """
        with self._queue:
            for _ in range(ATTEMPTS):
                committed = self._try(author, request)
                if committed is not None:
                    return committed
        raise ConflictError("others changed the policy too often meanwhile; try again")

    def _try(self, author: Author, request: Request) -> Committed | None:
        """One attempt at the present head; ``None`` when somebody else was first."""
        state = self._follower.catch_up().state
        replayed = _replay(state, author, request.idempotency)
        if replayed is not None:
            return replayed
        now = self._clock.now()
        edits = tuple(request.propose(state, now))
        judge(state, edits, now)
        if request.dry_run or not edits:
            return Committed(revision=state.revision, edits=edits)
        change = _change(state, author, request, edits, now)
        if not self._append(state, change):
            return None
        self._follow(change)
        return Committed(revision=change.revision, edits=edits, made=True)

    def _append(self, state: PolicyState, change: Change) -> bool:
        body = encode_change(change)
        entry = LogEntry(revision=change.revision, body=body, mac=self._keyring.link(state.position, body))
        try:
            self._log.append(entry)
        except RevisionTakenError:
            return self._is_there(entry)
        except StoreUnavailableError:
            if not self._is_there(entry):
                raise
        _log.info("revision %d appended", change.revision, extra={"revision": change.revision, "mac": entry.mac.hex()})
        return True

    def _is_there(self, entry: LogEntry) -> bool:
        """Whether the log has this very entry: an append whose answer was lost may have gone through.

        Bodies are compared, not read: another's may be of a newer format. A change's id makes its body its own.
        """
        found = self._log.read(entry.revision - 1, 1)
        return bool(found) and found[0].body == entry.body

    def _follow(self, change: Change) -> None:
        """Be current before answering; the change is durable even if that fails."""
        try:
            self._follower.catch_up(at_least=change.revision)
        except UnavailableError as error:
            _log.warning("revision %d is durable but not followed yet: %s", change.revision, error)


def judge(state: PolicyState, edits: Sequence[Edit], now: Instant) -> PolicyState:
    """The state after ``edits``, each admitted in order. Raises a ``CallerError`` for the first that isn't."""
    for edit in edits:
        state = admit(state, edit, now)
    return state


def _replay(state: PolicyState, author: Author, idempotency: Idempotency | None) -> Committed | None:
    if idempotency is None:
        return None
    found = state.remembered.find(author.actor, idempotency.key)
    if found is None:
        return None
    if found.digest != idempotency.digest:
        raise IdempotencyMismatchError("the `Idempotency-Key` was used with another request")
    return Committed(revision=found.revision, replayed=True)


def _change(state: PolicyState, author: Author, request: Request, edits: tuple[Edit, ...], now: Instant) -> Change:
    return Change(
        log_id=state.log_id,
        revision=state.revision + 1,
        id=uuid4().hex,
        at=now,
        actor=author.actor,
        credential=author.credential,
        request_id=author.request_id,
        reason=request.reason,
        idempotency=request.idempotency,
        edits=edits,
    )
