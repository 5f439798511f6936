"""A process only ever moves on, and gets to what it missed by itself."""

from __future__ import annotations

import time
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from enterprise_adapters.memory import MemoryChangeLog
from enterprise_policy.errors import RevisionNotReachedError, StoreUnavailableError
from enterprise_policy.state.edits import create
from tests.support.logs import Process, TroubledLog, append, away, flipped
from tests.support.policies import organization


class AtTheStoresMercy(RuleBasedStateMachine):
    """A follower, a writer beside it, and a store that does what it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.process = Process()
        self.own = self.process.log.inner
        self.highest = 0

    @rule()
    def somebody_writes(self) -> None:
        append(self.own, create(organization(f"o{self.own.head().revision + 1}")))

    @rule(at_least=st.none() | st.integers(1, 6))
    def it_polls(self, at_least: int | None) -> None:
        with suppress(StoreUnavailableError, RevisionNotReachedError):
            snapshot = self.process.follower.catch_up(at_least)
            assert snapshot is self.process.follower.current
            assert snapshot.revision >= (at_least or 0)

    @rule()
    def the_store_goes_away(self) -> None:
        self.process.log.before = away()

    @rule(lost=st.integers(1, 3))
    def the_log_is_cut(self, lost: int) -> None:
        self.process.log.shown = max(self.own.head().revision - lost, 0)

    @rule(place=st.integers(0, 100))
    def an_entry_is_spoilt(self, place: int) -> None:
        self.process.log.tamper = lambda entry: flipped(entry, place)

    @rule()
    def another_log_is_put_in_its_place(self) -> None:
        self.process.log.inner = MemoryChangeLog()
        append(self.process.log.inner, create(organization("stranger")))

    @rule()
    def all_is_mended(self) -> None:
        sound = TroubledLog(self.own)
        log = self.process.log
        log.inner, log.before, log.tamper, log.shown = self.own, sound.before, sound.tamper, None

    @invariant()
    def it_never_goes_back(self) -> None:
        current = self.process.follower.current
        if current is None or current.state.log_id != self.own.head().log_id:
            # Begun on another log: there it stays, and never mixes the two.
            assert current is None or not current.revision or set(current.shards) == {"platform", "stranger"}
            return
        assert current.revision >= self.highest
        self.highest = current.revision
        assert set(current.shards) == {"platform", *(f"o{number + 1}" for number in range(self.highest))}


def test_revision_never_goes_back() -> None:
    run_state_machine_as_test(AtTheStoresMercy)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
@settings(max_examples=10)
def test_lost_hint_is_repaired(bursts: list[int]) -> None:
    process = Process()
    process.follower.start(interval=0.002)
    try:
        for burst in bursts:
            for _ in range(burst):
                head = process.log.inner.head().revision
                append(process.log.inner, create(organization(f"o{head + 1}")))
            assert reaches(process, sum(bursts[:1]))
        assert reaches(process, sum(bursts))
    finally:
        process.follower.stop()


def reaches(process: Process, revision: int, seconds: float = 10.0) -> bool:
    """Whether the process has ``revision`` in time, with nobody telling it that it exists."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        current = process.follower.current
        if current is not None and current.revision >= revision:
            return True
        time.sleep(0.001)
    return False
