"""The only writer of the log.

    catch up to the head -> credential at this state -> same Idempotency-Key? the first answer -> authority -> If-Match
    -> edits -> invariants -> what may be granted -> dry run? answer -> append -> lost the race? again

Everything is judged at the very state that the change is appended to, so a revoked administrator can't write on an old
one, and two edits can't together break an invariant. Writers of one process queue; between processes the log decides.

A proposal gives its edits one by one, and finds in the scene the state that the last one led to. It may ask for
authority itself, so that a caller who may not do a thing learns nothing else of it; each edit is asked for again when
it is admitted, so none gets by.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import uuid4

from enterprise_policy.errors import (
    ConflictError,
    IdempotencyMismatchError,
    StoreRefusedError,
    StoreUnavailableError,
    TooLargeError,
)
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Change, Idempotency, decode_change, encode_change
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.escalation import check_grants
from enterprise_service.administer.rights import Unbounded
from enterprise_service.administer.scene import Author, Expected, Scene, Terms, scene_of
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.change_log import ChangeLog, LogEntry, RevisionTakenError
from enterprise_service.ports.clock import Clock

ATTEMPTS: Final = 100
"""How often a change is judged anew after others were first, before the writer is told to come back."""

QUEUE_SECONDS: Final = 10.0
"""How long a writer waits for those before it."""

FIRST_PAUSE_SECONDS: Final = 0.002
LONGEST_PAUSE_SECONDS: Final = 0.05
"""How long a writer that lost the race stays out of the next ones, at most: else all lose most of them."""

JUDGE_SECONDS: Final = 5.0
"""How long a tenant's change may take to judge, give or take an edit: all other writers wait for it."""

Proposal: TypeAlias = Callable[[Scene], Iterable[Edit]]
"""A use case: the edits that it wants in a scene. It may be called more than once."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A proposal and what goes with it.

    ``reason`` is the author's, ``idempotency`` his ``Idempotency-Key``, ``expected`` his ``If-Match``; with ``dry_run``
    nothing is written. ``bundle`` is the one whose files are loaded, ``reverts`` the revision that is undone.
    """

    propose: Proposal
    reason: str | None = None
    idempotency: Idempotency | None = None
    expected: Expected | None = None
    dry_run: bool = False
    bundle: str | None = None
    reverts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What came of a request.

    ``state`` is the one that it led to, or would lead to; ``edits`` are those of the request. ``change`` is the one
    that was made, by this request or, when ``replayed``, by the same one before; ``None`` when nothing was to be done,
    or it was only tried.
    """

    state: PolicyState
    edits: tuple[Edit, ...] = ()
    change: Change | None = None
    replayed: bool = False

    @property
    def revision(self) -> int:
        """The one that was made, or the present one when nothing was."""
        return self.state.revision if self.change is None else self.change.revision

    @property
    def made(self) -> bool:
        """Whether this request made a change."""
        return self.change is not None and not self.replayed


class Commit:
    """See the module. Any thread may call it."""

    def __init__(
        self,
        follower: Follower,
        log: ChangeLog,
        keyring: Keyring,
        clock: Clock,
        announce: Callable[[int], None] | None = None,
    ) -> None:
        """Nothing is written yet. ``announce`` tells other processes of a revision; it neither raises nor waits."""
        self._announce = announce
        self._follower = follower
        self._log = log
        self._keyring = keyring
        self._clock = clock
        self._queue = threading.Lock()
        self._chance = random.Random()  # noqa: S311 (spreads attempts, guards nothing)
        self._failures = 0

    def __call__(self, author: Author, request: Request) -> Committed:
        """Make one change of what ``request`` proposes, or none of it.

        Raises the ``CallerError`` of whatever refuses it, ``StoreUnavailableError`` when it isn't known to be durable,
        ``ConflictError`` when others were faster ``ATTEMPTS`` times. Who waited while the writer before couldn't reach
        the store doesn't find that out once more: while a store hangs nobody waits for it one after the other.
        """
        failures = self._failures
        if not self._queue.acquire(timeout=QUEUE_SECONDS):
            raise StoreUnavailableError("too many writers are waiting; nothing was written")
        try:
            if self._failures != failures:
                raise StoreUnavailableError("the policy store couldn't be used just now; nothing was written")
            return self._counting_failures(author, request)
        finally:
            self._queue.release()

    def _counting_failures(self, author: Author, request: Request) -> Committed:
        try:
            return self._until_made(author, request)
        except StoreUnavailableError:
            self._failures += 1
            raise

    def _until_made(self, author: Author, request: Request) -> Committed:
        for attempt in range(ATTEMPTS):
            committed = self._try(author, request)
            if committed is not None:
                return committed
            time.sleep(self._chance.uniform(0, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)))
        raise ConflictError("others changed the policy too often meanwhile; try again")

    def _try(self, author: Author, request: Request) -> Committed | None:
        """One attempt at the present head; ``None`` when somebody else was first."""
        state = self._follower.catch_up().state
        now = self._clock.now()
        terms = Terms(expected=request.expected, bundle=request.bundle, reverts=request.reverts)
        scene = scene_of(state, now, author, terms)
        replayed = self._replay(state, author, request.idempotency)
        if replayed is not None:
            return replayed
        edits = judge(scene, self._in_time(request.propose, scene))
        if request.dry_run or not edits:
            return Committed(state=scene.state, edits=edits)
        change = _change(state, author, request, edits, now)
        mac = self._append(state, change)
        if mac is None:
            return None
        if self._announce is not None:
            self._announce(change.revision)
        self._follow(change, mac)
        return Committed(state=scene.state, edits=edits, change=change)

    def _in_time(self, propose: Proposal, scene: Scene) -> Proposal:
        """``propose``, cut off when the judging of its edits takes too long; the program's own may take its time."""
        if isinstance(scene.rights, Unbounded):
            return propose
        until = self._clock.elapsed() + JUDGE_SECONDS

        def proposed(scene: Scene) -> Iterator[Edit]:
            for edit in propose(scene):
                if self._clock.elapsed() > until:
                    raise TooLargeError("the change takes too long to judge; make it in parts")
                yield edit

        return proposed

    def _replay(self, state: PolicyState, author: Author, idempotency: Idempotency | None) -> Committed | None:
        found = None if idempotency is None else state.remembered.find(author.actor, idempotency.key)
        if found is None or idempotency is None:
            return None
        if found.digest != idempotency.digest:
            raise IdempotencyMismatchError("the `Idempotency-Key` was used with another request")
        (entry,) = self._log.read(found.revision - 1, 1)
        change = decode_change(entry.body)
        return Committed(state=state, edits=change.edits, change=change, replayed=True)

    def _append(self, state: PolicyState, change: Change) -> bytes | None:
        """The mac of the entry, which is durable now; ``None`` when somebody else was first."""
        body = encode_change(change)
        entry = LogEntry(revision=change.revision, body=body, mac=self._keyring.link(state.position, body))
        try:
            self._log.append(entry)
        except RevisionTakenError:
            if not self._is_there(entry):
                return None
        except (StoreUnavailableError, StoreRefusedError) as error:
            if not self._is_there(entry):
                raise StoreUnavailableError(str(error)) from error
        _log.info("revision %d appended", change.revision, extra={"revision": change.revision, "mac": entry.mac.hex()})
        return entry.mac

    def _is_there(self, entry: LogEntry) -> bool:
        """Whether the log has this very entry: an append whose answer was lost may have gone through.

        Bodies are compared, not read: another's may be of a newer format. A change's id makes its body its own.
        """
        found = self._log.read(entry.revision - 1, 1)
        return bool(found) and found[0].body == entry.body

    def _follow(self, change: Change, mac: bytes) -> None:
        """Be current before answering; the change is durable even if that fails."""
        if not self._follower.go_on(change, mac):
            _log.warning("revision %d is durable but not followed yet", change.revision)


def judge(scene: Scene, propose: Proposal) -> tuple[Edit, ...]:
    """The edits that ``propose`` gives in ``scene``, each admitted in order, the whole within what may be granted.

    Raises a ``CallerError`` for the first that isn't.
    """
    for edit in propose(scene):
        scene.admit(edit)
    check_grants(scene)
    return tuple(step.edit for step in scene.steps)


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
        bundle=request.bundle,
        edits=edits,
    )
