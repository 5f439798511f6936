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
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.follow.checkpointing import newest_state
from enterprise_service.follow.reading import read_on
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.clock import Clock

JITTER: Final = 0.2
"""Polls are spread by this part of the interval, so that processes don't ask all at once."""

OWN_FAULT: Final = "the store's changes could not be applied"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What the follower reads from."""

    log: ChangeLog
    checkpoints: Checkpoints


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
        self._stopping = threading.Event()
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

    def staleness(self) -> float:
        """Seconds since ``current`` was last confirmed to be the newest; infinite before the first time."""
        return self._clock.elapsed() - self._confirmed_at

    # --- catching up ---------------------------------------------------------------------------------

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """The snapshot of the log's head as it stood at the call, or later; one reader at a time, for all who wait.

        Raises ``RevisionNotReachedError`` when the head is below ``at_least``, ``PolicyUnavailableError`` when
        ``seconds`` don't suffice, ``StoreUnavailableError`` when the store can't be asked or isn't trusted.
        """
        needed = self._begun + 1
        if not self._reading.acquire(timeout=seconds):
            raise PolicyUnavailableError("the newest revision could not be read in time")
        try:
            snapshot = self._current if self._done >= needed else None
            snapshot = snapshot or self._read()
        finally:
            self._reading.release()
        if at_least is not None and snapshot.revision < at_least:
            detail = f"revision {at_least} doesn't exist yet; the newest is {snapshot.revision}"
            raise RevisionNotReachedError(detail)
        return snapshot

    def _read(self) -> Snapshot:
        self._begun += 1
        number, started = self._begun, self._clock.elapsed()
        try:
            snapshot = self._advance()
        except EnterpriseError as error:
            self._note(str(error))
            if isinstance(error, StoreUnavailableError):
                raise
            raise StoreUnavailableError(str(error)) from error
        self._current = snapshot
        self._confirmed_at = started
        self._done = number
        self._note(None)
        return snapshot

    def _advance(self) -> Snapshot:
        current = self._current
        before = self._beginning() if current is None else current.state
        progress = read_on(self._store.log, before, self._keyring, keep_changes=current is not None)
        self._check_model(progress.state)
        if current is None:
            return build(progress.state)
        if not progress.changes:
            return current
        return advance(current, progress.state, progress.changes)

    def _beginning(self) -> PolicyState:
        return newest_state(self._store.checkpoints, self._keyring, self._store.log.head().log_id)

    def _check_model(self, state: PolicyState) -> None:
        if state.model_digest not in (None, self._model.digest):
            raise ModelRefusedError("the store's policy is decided by another model file than this process has")

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
        """Catch up once, then go on every ``interval`` seconds in a thread.

        A store that can't be read doesn't keep the thread from starting: it tries again.
        """
        self._poll()
        self._thread = threading.Thread(target=self._run, args=(interval,), name="follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, interval: float) -> None:
        spread = random.Random()  # noqa: S311 (spreads polls, guards nothing)
        while not self._stopping.wait(interval * spread.uniform(1 - JITTER, 1 + JITTER)):
            self._poll()

    def _poll(self) -> None:
        try:
            self.catch_up()
        except EnterpriseError:
            _log.debug("not caught up", exc_info=True)
        except Exception:  # noqa: BLE001 (the thread must live on; staleness tells what it could not do)
            if self._fault != OWN_FAULT:
                _log.exception("the follower met a fault of its own")
            self._fault = OWN_FAULT
