"""Keeps one process current, and gives every question its snapshot."""

from __future__ import annotations

import logging
import math
import random
import threading
from dataclasses import dataclass
from typing import Final

from enterprise_policy.decide.compile import advance, build
from enterprise_policy.decide.model import Model
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import (
    EnterpriseError,
    ModelRefusedError,
    PolicyUnavailableError,
    RevisionNotReachedError,
    StoreUnavailableError,
)
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Change
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.follow.checkpointing import newest_state
from enterprise_service.follow.reading import read_on, steps
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.clock import Clock

JITTER: Final = 0.4
"""A poll comes up to this part of the interval early, so that processes don't ask all at once."""

VAIN_SECONDS: Final = 0.2
"""After a hint that led to nothing new the thread rests for so long: whoever forges hints can't keep the store busy."""

OWN_FAULT: Final = "the store's changes could not be applied"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the follower reads from."""

    log: ChangeLog
    checkpoints: Checkpoints


@dataclass(frozen=True, slots=True)
class Begun:
    """A snapshot to begin with, and when it was last known to be the newest, by the clock that only passes."""

    snapshot: Snapshot
    confirmed_at: float


class Follower:
    """Reads the log after its own head, folds, compiles and publishes.

    Any thread may call any method. ``current`` never goes backwards: a state is only ever folded on.
    """

    def __init__(self, store: Store, keyring: Keyring, clock: Clock, model: Model) -> None:
        """Nothing is read and no thread started yet."""
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._model = model
        self._current: Snapshot | None = None
        self._confirmed_at = -math.inf
        self._fault: str | None = None
        self._reading = threading.Lock()
        self._begun = 0
        self._done = 0
        self._failures = 0
        self._divergences = 0
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> Snapshot | None:
        """The newest snapshot; ``None`` before the first."""
        return self._current

    @property
    def fault(self) -> str | None:
        """Why the store can't be read or isn't trusted now, as a public sentence; ``None`` when all is well."""
        return self._fault

    @property
    def alive(self) -> bool:
        """Whether the thread that keeps this process current runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def divergences(self) -> int:
        """How often ``replace`` was needed."""
        return self._divergences

    def staleness(self) -> float:
        """Seconds since ``current`` was last confirmed to be the newest; infinite before the first time."""
        return self._clock.elapsed() - self._confirmed_at

    # --- catching up ---------------------------------------------------------------------------------

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """The snapshot of the log's head as it stood at the call, or later; one reader at a time, for all who wait.

        Raises ``RevisionNotReachedError`` when the head is below ``at_least``, ``PolicyUnavailableError`` when
        ``seconds`` don't suffice, ``StoreUnavailableError`` when the store can't be asked or isn't trusted: also when
        another reader found that out while this one waited, so that callers don't wait for it one after the other.
        """
        needed, failures = self._begun + 1, self._failures
        if not self._reading.acquire(timeout=seconds):
            raise PolicyUnavailableError("the newest revision could not be read in time")
        try:
            snapshot = self._newest_since(needed, failures) or self._read()
        finally:
            self._reading.release()
        if at_least is not None and snapshot.revision < at_least:
            detail = f"revision {at_least} doesn't exist yet; the newest is {snapshot.revision}"
            raise RevisionNotReachedError(detail)
        return snapshot

    def _newest_since(self, needed: int, failures: int) -> Snapshot | None:
        """What another reader has found for a caller who came when ``needed`` was the next reading."""
        if self._done >= needed:
            return self._current
        if self._failures != failures:
            raise StoreUnavailableError(self._fault or "the store could not be read")
        return None

    def _read(self) -> Snapshot:
        self._begun += 1
        number, started = self._begun, self._clock.elapsed()
        try:
            snapshot = self._advance()
        except EnterpriseError as error:
            self._failures += 1
            self._note(str(error))
            if isinstance(error, StoreUnavailableError):
                raise
            raise StoreUnavailableError(str(error)) from error
        self._confirmed_at = started
        self._done = number
        self._note(None)
        return snapshot

    def _advance(self) -> Snapshot:
        """Publish the newest snapshot; of many changes a page at a time: decisions needn't wait for the last."""
        current = self._current
        if current is None:
            current = self._publish(build(self._checked(self._from_store())))
        else:
            for progress in steps(self._store.log, current.state, self._keyring):
                current = self._publish(advance(current, self._checked(progress.state), progress.changes))
        return current

    def _publish(self, snapshot: Snapshot) -> Snapshot:
        self._current = snapshot
        return snapshot

    def _from_store(self) -> PolicyState:
        log = self._store.log
        return read_on(log, newest_state(self._store.checkpoints, self._keyring, log.head().log_id), self._keyring)

    def _checked(self, state: PolicyState) -> PolicyState:
        if state.model_digest not in (None, self._model.digest):
            raise ModelRefusedError("the store's policy is decided by another model file than this process has")
        return state

    def go_on(self, change: Change, mac: bytes, seconds: float = 2.0) -> bool:
        """Publish ``change``, whose entry has ``mac`` and is known to be durable, without reading it back.

        Whether it is published now, by this call or another; ``False`` when it doesn't come right after the snapshot in
        use, or ``seconds`` don't suffice. How fresh the policy is stays as it was: nobody has looked at the head.
        """
        if not self._reading.acquire(timeout=seconds):
            return False
        try:
            current = self._current
            if current is None or current.revision < change.revision - 1:
                return False
            if current.revision < change.revision:
                self._publish(advance(current, self._checked(apply_change(current.state, change, mac)), (change,)))
            return True
        finally:
            self._reading.release()

    def begin_with(self, begun: Begun) -> bool:
        """Decide by what another process had, unless there is a snapshot; whether it was taken.

        Raises ``ModelRefusedError``.
        """
        self._checked(begun.snapshot.state)
        with self._reading:
            if self._current is not None:
                return False
            self._publish(begun.snapshot)
            self._confirmed_at = begun.confirmed_at
            return True

    def begun(self) -> Begun | None:
        """What another process of this machine may begin with; ``None`` before there is anything."""
        confirmed_at = self._confirmed_at  # read first: the snapshot is then at least as new as this says
        current = self._current
        return None if current is None else Begun(current, confirmed_at)

    def replace(self, rebuilt: Snapshot) -> None:
        """Go on from ``rebuilt``, since the snapshot in use turned out not to be what the log says.

        Raises ``StoreUnavailableError`` when the changes since can't be read, ``ChainBrokenError`` as ``steps`` does.
        """
        with self._reading:
            for progress in steps(self._store.log, rebuilt.state, self._keyring):
                rebuilt = advance(rebuilt, self._checked(progress.state), progress.changes)
            self._divergences += 1
            self._publish(rebuilt)

    def _note(self, fault: str | None) -> None:
        """Log a fault when it begins, changes or ends, not each time it is met."""
        if fault != self._fault:
            if fault is None:
                _log.info("the store is read again")
            else:
                _log.error("the store can't be followed: %s", fault)
        self._fault = fault

    # --- the thread ----------------------------------------------------------------------------------

    def start(self, interval: float) -> None:
        """Catch up once, then go on every ``interval`` seconds, and at each hint, in a thread.

        A store that can't be read doesn't keep the thread from starting: it tries again.
        """
        self._poll()
        self._thread = threading.Thread(target=self._run, args=(interval,), name="follower", daemon=True)
        self._thread.start()

    def hint(self, revision: int | None) -> None:
        """Have the thread look now: somebody says that ``revision`` exists; ``None``: that something may be new."""
        current = self._current
        if revision is None or current is None or revision > current.revision:
            self._wake.set()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, interval: float) -> None:
        spread = random.Random()  # noqa: S311 (spreads polls, guards nothing)
        while not self._stopping.is_set():
            hinted = self._wake.wait(interval * spread.uniform(1 - JITTER, 1))
            self._wake.clear()
            if not self._stopping.is_set() and not self._poll() and hinted:
                self._stopping.wait(VAIN_SECONDS)

    def _poll(self) -> bool:
        """Whether there was anything new."""
        before = self._current
        try:
            self.catch_up()
        except EnterpriseError:
            _log.debug("not caught up", exc_info=True)
        except Exception:  # noqa: BLE001 (the thread must live on; staleness tells what it could not do)
            if self._fault != OWN_FAULT:
                _log.exception("the follower met a fault of its own")
            self._fault = OWN_FAULT
        return self._current is not before
