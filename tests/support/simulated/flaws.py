"""Workers with a bug each, to see that a simulation finds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import ConflictError, EnterpriseError, StoreUnavailableError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_service.administer.commit import Commit, Committed, Request
from enterprise_service.administer.scene import Author
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.follow.freshness import Freshness
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry, RevisionTakenError
from enterprise_service.ports.clock import Clock
from tests.support.logs import MODEL_READ
from tests.support.policies import KEYRING
from tests.support.simulated.worker import MAX_STALENESS, Announce, Answer, Build, Desk, Parts, assembled, sound

# --- followers ------------------------------------------------------------------------------------------


class GoesBack(Follower):
    """Shows the revision that a hint names, be it an old one."""

    _shown: Snapshot | None = None
    _kept: Mapping[int, Snapshot] = {}

    @property
    def current(self) -> Snapshot | None:
        """The one that was hinted at, until more is read."""
        return self._shown or super().current

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """As it should be, and keep what was found."""
        self._shown = None
        snapshot = super().catch_up(at_least, seconds)
        self._kept = {**self._kept, snapshot.revision: snapshot}
        return snapshot

    def hint(self, revision: int | None) -> None:
        """Believe it."""
        self._shown = self._kept.get(revision or 0)


class NamesTheNext(Follower):
    """Names a new revision before its rules are compiled."""

    _before: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The state of the newest revision with the rules of the one before."""
        newest = super().current
        return newest if newest is None or self._before is None else replace(self._before, state=newest.state)

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """As it should be, and keep what was there before."""
        self._before = super().current
        return super().catch_up(at_least, seconds)


class ConfirmsLate(Follower):
    """Counts its age from the end of a reading, as if nothing were written while it reads."""

    _confirmed: float = -math.inf

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """As it should be, and look at the clock after it."""
        snapshot = super().catch_up(at_least, seconds)
        self._confirmed = self._clock.elapsed()
        return snapshot

    def staleness(self) -> float:
        """Since the end of the last reading."""
        return self._clock.elapsed() - self._confirmed


class ConfirmedByHints(ConfirmsLate):
    """Takes a hint of what it has for news that there is nothing newer."""

    def hint(self, revision: int | None) -> None:
        """Believe it."""
        current = self.current
        if current is not None and revision is not None and revision <= current.revision:
            self._confirmed = self._clock.elapsed()


class ConfirmedByErrors(ConfirmsLate):
    """Goes on with what it has when the store is away, as if it had asked."""

    def catch_up(self, at_least: int | None = None, seconds: float = 2.0) -> Snapshot:
        """Without an error, if there is a snapshot."""
        try:
            return super().catch_up(at_least, seconds)
        except StoreUnavailableError:
            current = self.current
            if current is None:
                raise
            self._confirmed = self._clock.elapsed()
            return current


class _Credulous(Keyring):
    """Verifies no checkpoint."""

    def verify(self, purpose: Purpose, mac: bytes, *parts: bytes) -> bool:
        """Whatever it is."""
        return purpose is Purpose.CHECKPOINT or super().verify(purpose, mac, *parts)


def _following(kind: type[Follower], keyring: Keyring = KEYRING) -> Build:
    def build(store: Store, clock: Clock, announce: Announce) -> Parts:
        follower = kind(store, keyring, clock, MODEL_READ)
        return assembled(follower, Commit(follower, store.log, KEYRING, clock, announce), clock)

    return build


# --- writers --------------------------------------------------------------------------------------------


class _OwnWay(ChangeLog):
    """The log as a writer with a bug uses it; all but the bug is as it should be."""

    def __init__(self, log: ChangeLog) -> None:
        """Nothing was appended yet."""
        self.log = log

    def head(self) -> Head:
        """As it is."""
        return self.log.head()

    def append(self, entry: LogEntry) -> None:
        """As it should be."""
        self.log.append(entry)

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """As it is."""
        return self.log.read(after, limit)

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        """As it is."""
        return self.log.find(wanted, limit)

    def sweep(self) -> int:
        """As it should be."""
        return self.log.sweep()

    def close(self) -> None:
        """Nothing is held."""


class TrustsTheUnknown(_OwnWay):
    """Takes an append whose outcome isn't known for one that was made."""

    def append(self, entry: LogEntry) -> None:
        """Without an error."""
        with suppress(StoreUnavailableError):
            super().append(entry)


class RetriesBlindly(_OwnWay):
    """Tries again without looking whether it was made."""

    _is_blind = False

    def append(self, entry: LogEntry) -> None:
        """Any error is taken for another writer who was first."""
        try:
            super().append(entry)
        except (StoreUnavailableError, RevisionTakenError) as error:
            self._is_blind = True
            raise RevisionTakenError("somebody was first") from error

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """What was appended isn't looked for."""
        if self._is_blind:
            self._is_blind = False
            return ()
        return super().read(after, limit)


class TakesAnothersForItsOwn(_OwnWay):
    """Finds its revision in the log after an error, and doesn't look whose it is."""

    _tried: LogEntry | None = None

    def append(self, entry: LogEntry) -> None:
        """As it should be, and keep in mind what failed."""
        try:
            super().append(entry)
        except (StoreUnavailableError, RevisionTakenError):
            self._tried = entry
            raise

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """Whatever has the revision of what failed is that."""
        found, tried, self._tried = super().read(after, limit), self._tried, None
        return [tried] if found and tried is not None else found


def _by(kind: Callable[[ChangeLog], ChangeLog]) -> Build:
    def build(store: Store, clock: Clock, announce: Announce) -> Parts:
        follower = Follower(store, KEYRING, clock, MODEL_READ)
        return assembled(follower, Commit(follower, kind(store.log), KEYRING, clock, announce), clock)

    return build


class RefusesTheUnknown(Commit):
    """Says that nothing was written when it doesn't know."""

    def __call__(self, author: Author, request: Request) -> Committed:
        """As it should be, but for what is unknown."""
        try:
            return super().__call__(author, request)
        except StoreUnavailableError as error:
            raise ConflictError("nothing was written") from error


class ForgetsKeys(Commit):
    """Makes a request again that was made."""

    def __call__(self, author: Author, request: Request) -> Committed:
        """As if it had no key."""
        return super().__call__(author, replace(request, idempotency=None))


def _writing(kind: type[Commit]) -> Build:
    def build(store: Store, clock: Clock, announce: Announce) -> Parts:
        follower = Follower(store, KEYRING, clock, MODEL_READ)
        return assembled(follower, kind(follower, store.log, KEYRING, clock, announce), clock)

    return build


# --- desks ----------------------------------------------------------------------------------------------


class AllowsOnErrors(Desk):
    """Lets everybody in when it can't say."""

    def answer(self, asked: Question, at_least: int | None) -> Answer:
        """Without an error."""
        try:
            return super().answer(asked, at_least)
        except EnterpriseError:
            return Answer(allowed=True, revision=0, staleness=0.0, at=self.clock.now())


class IgnoresDemands(Desk):
    """Answers from what is there, whatever revision is demanded."""

    def answer(self, asked: Question, at_least: int | None) -> Answer:
        """From what is there."""
        return super().answer(asked, None)


class SwapsTenants(Desk):
    """Takes one clinic for another."""

    def answer(self, asked: Question, at_least: int | None) -> Answer:
        """For the other."""
        swapped = {"c1": "c2", "c2": "c1"}
        return super().answer(asked._replace(domain=swapped.get(asked.domain, asked.domain)), at_least)


class HasAStoppedClock(Desk):
    """Decides by the time of its start."""

    def __init__(self, freshness: Freshness, clock: Clock) -> None:
        """Look at the clock once."""
        super().__init__(freshness, clock)
        self._started = clock.now()

    def answer(self, asked: Question, at_least: int | None) -> Answer:
        """As of then."""
        answer = super().answer(asked, at_least)
        snapshot = self.freshness.newest().snapshot
        return replace(answer, allowed=decide(snapshot, asked, self._started))


def _answering(kind: Callable[[Freshness, Clock], Desk], max_staleness: float = MAX_STALENESS) -> Build:
    def build(store: Store, clock: Clock, announce: Announce) -> Parts:
        parts = sound(store, clock, announce)
        return replace(parts, desk=kind(Freshness(parts.follower, max_staleness), clock))

    return build


FLAWS: Final[Mapping[str, Build]] = {
    "goes back": _following(GoesBack),
    "names the next revision": _following(NamesTheNext),
    "confirms late": _following(ConfirmsLate),
    "is confirmed by hints": _following(ConfirmedByHints),
    "is confirmed by errors": _following(ConfirmedByErrors),
    "believes forged checkpoints": _following(Follower, _Credulous([b"a secret of the tests"])),
    "trusts the unknown": _by(TrustsTheUnknown),
    "refuses the unknown": _writing(RefusesTheUnknown),
    "retries blindly": _by(RetriesBlindly),
    "takes another's for its own": _by(TakesAnothersForItsOwn),
    "forgets keys": _writing(ForgetsKeys),
    "allows on errors": _answering(AllowsOnErrors),
    "ignores demands": _answering(IgnoresDemands),
    "swaps tenants": _answering(SwapsTenants),
    "has a stopped clock": _answering(HasAStoppedClock),
    "serves what is too old": _answering(Desk, math.inf),
}
"""Each bug, and workers that have it."""
