"""One process stays current, whatever the store does."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.model import Model
from enterprise_policy.errors import PolicyUnavailableError, RevisionNotReachedError, StoreUnavailableError
from enterprise_policy.state.change import decode_change
from enterprise_policy.state.edits import create
from enterprise_policy.state.model_pin import ModelPin
from enterprise_service.follow import reading
from tests.support.logs import Process, TroubledLog, append, away, flipped
from tests.support.policies import organization


def write(process: Process, count: int = 1) -> int:
    """Somebody else makes ``count`` changes; the revision of the last."""
    for _ in range(count):
        head = process.log.inner.head().revision
        append(process.log.inner, create(organization(f"o{head + 1}")))
    return process.log.inner.head().revision


def revision(process: Process) -> int | None:
    current = process.follower.current
    return None if current is None else current.revision


def test_nothing_is_known_before_the_first_reading() -> None:
    process = Process()
    write(process)
    assert revision(process) is None
    assert process.follower.staleness() == math.inf
    assert process.follower.fault is None
    assert not process.follower.alive
    assert process.log.calls == []


def test_catching_up_publishes_the_head() -> None:
    process = Process()
    write(process, 3)
    snapshot = process.follower.catch_up()
    assert snapshot is process.follower.current
    assert snapshot.revision == 3
    assert snapshot == build(snapshot.state)
    assert process.follower.staleness() == 0


def test_an_empty_log_is_a_policy_too() -> None:
    process = Process()
    assert process.follower.catch_up().revision == 0


def test_a_head_that_has_not_moved_keeps_the_snapshot_and_is_fresh_again() -> None:
    process = Process()
    write(process)
    first = process.follower.catch_up()
    process.clock.advance(7)
    assert process.follower.staleness() == 7
    assert process.follower.catch_up() is first
    assert process.follower.staleness() == 0


def test_staleness_counts_from_before_the_reading() -> None:
    process = Process()
    process.log.before = lambda _name: process.clock.advance(3)
    process.follower.catch_up()
    assert process.follower.staleness() == process.log.calls.count("head") * 3 + process.log.calls.count("read") * 3


def test_a_wall_clock_that_steps_does_not_make_fresh_or_stale() -> None:
    process = Process()
    process.follower.catch_up()
    process.clock.advance(5)
    process.clock.set(0)
    assert process.follower.staleness() == 5


# --- what is demanded -------------------------------------------------------------------------------


def test_a_revision_that_is_there_is_reached() -> None:
    process = Process()
    process.follower.catch_up()
    assert process.follower.catch_up(at_least=write(process)).revision == 1


def test_a_revision_beyond_the_head_is_refused_at_once() -> None:
    process = Process()
    write(process, 2)
    with pytest.raises(RevisionNotReachedError, match=r"^revision 3 doesn't exist yet; the newest is 2$"):
        process.follower.catch_up(at_least=3)
    assert revision(process) == 2
    assert process.follower.fault is None


def test_a_store_that_is_away_can_not_be_asked() -> None:
    process = Process()
    write(process)
    process.follower.catch_up()
    process.log.before = away()
    write(process)
    process.clock.advance(9)
    for at_least in (None, 1, 5):
        with pytest.raises(StoreUnavailableError, match="the store is away"):
            process.follower.catch_up(at_least=at_least)
    assert revision(process) == 1
    assert process.follower.staleness() == 9
    assert process.follower.fault == "the store is away"
    process.log.before = Process().log.before
    assert process.follower.catch_up().revision == 2
    assert process.follower.fault is None


# --- one reader at a time -----------------------------------------------------------------------------


class Held:
    """Holds the first reading of a process until it is released."""

    def __init__(self, process: Process, name: str = "head") -> None:
        self.name = name
        self.reached, self.released = threading.Event(), threading.Event()
        process.log.after = self

    def __call__(self, name: str) -> None:
        if name == self.name and not self.reached.is_set():
            self.reached.set()
            assert self.released.wait(10)


def test_all_who_wait_share_one_reading() -> None:
    process = Process()
    write(process)
    process.follower.catch_up()
    process.log.calls.clear()
    held = Held(process)
    called = threading.Barrier(20, timeout=10)

    def wait() -> int:
        called.wait()
        return process.follower.catch_up(seconds=10).revision

    with ThreadPoolExecutor(20) as threads:
        first = threads.submit(process.follower.catch_up)
        assert held.reached.wait(10)
        newest = write(process)
        waiting = [threads.submit(wait) for _ in range(19)]
        called.wait()
        time.sleep(0.05)
        held.released.set()
        assert first.result().revision in {1, newest}
        assert {each.result() for each in waiting} == {newest}
    # Two, but for a thread that was too slow to be among those who waited.
    assert process.log.calls.count("head") <= 5


def test_who_calls_after_a_write_never_gets_a_reading_begun_before_it() -> None:
    process = Process()
    process.follower.catch_up()
    held = Held(process)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(process.follower.catch_up)
        assert held.reached.wait(10)
        write(process)
        late = threads.submit(process.follower.catch_up)
        held.released.set()
        assert early.result().revision in {0, 1}
        assert late.result().revision == 1


def test_a_reading_that_takes_too_long_is_not_waited_for() -> None:
    process = Process()
    process.follower.catch_up()
    held = Held(process)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(process.follower.catch_up)
        assert held.reached.wait(10)
        with pytest.raises(PolicyUnavailableError, match="could not be read in time"):
            process.follower.catch_up(seconds=0.01)
        held.released.set()
        assert slow.result().revision == 0
    assert process.follower.catch_up().revision == 0


def test_who_waited_for_a_reading_that_failed_is_told_so_and_the_next_one_reads_again() -> None:
    process = Process()
    process.follower.catch_up()
    held = Held(process)
    refusals = iter([away()])

    def refuse_once(name: str) -> None:
        if name == "read":
            next(refusals, lambda _name: None)(name)

    process.log.before = refuse_once
    with ThreadPoolExecutor(2) as threads:
        write(process)
        failing = threads.submit(process.follower.catch_up)
        assert held.reached.wait(10)
        write(process)
        waiting = threads.submit(process.follower.catch_up)
        held.released.set()
        for reader in (failing, waiting):
            with pytest.raises(StoreUnavailableError):
                reader.result()
    assert process.log.calls.count("head") == 3  # two of them at the start
    assert process.follower.catch_up().revision == 2


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many changes are read at once."""
    monkeypatch.setattr(reading, "PAGE", 5)
    return 5


def test_a_burst_is_published_a_page_at_a_time_and_is_fresh_only_at_its_end(page: int) -> None:
    process = Process()
    process.follower.catch_up()
    write(process, page * 2 + 1)
    process.clock.advance(7.0)
    seen: list[tuple[int | None, float]] = []

    def note(name: str) -> None:
        if name == "read":
            seen.append((revision(process), process.follower.staleness()))

    process.log.after = note
    assert process.follower.catch_up().revision == page * 2 + 1
    assert seen == [(0, 7.0), (page, 7.0), (page * 2, 7.0)]
    assert process.follower.staleness() == 0


def test_a_burst_that_breaks_off_is_kept_as_far_as_it_came(page: int) -> None:
    process = Process()
    process.follower.catch_up()
    write(process, page + 1)
    readings = iter(range(10))

    def break_off(name: str) -> None:
        if name == "read" and next(readings) == 1:
            away()(name)

    process.log.before = break_off
    with pytest.raises(StoreUnavailableError):
        process.follower.catch_up()
    assert revision(process) == page
    assert process.follower.fault is not None
    assert process.follower.catch_up().revision == page + 1


def test_a_change_of_this_process_is_published_without_the_store_and_confirms_nothing() -> None:
    process = Process()
    process.follower.catch_up()
    (entry,) = (write(process), process.log.inner.read(0, 1))[1]
    process.clock.advance(3.0)
    process.log.before = away()
    assert process.follower.go_on(decode_change(entry.body), entry.mac)
    assert process.follower.go_on(decode_change(entry.body), entry.mac)  # again, as after another has published it
    assert (revision(process), process.follower.staleness()) == (1, 3.0)
    assert process.follower.current == build(Process(log=TroubledLog(process.log.inner)).follower.catch_up().state)


def test_a_change_that_does_not_come_next_is_not_published() -> None:
    process = Process()
    process.follower.catch_up()
    write(process, 2)
    entry = process.log.inner.read(1, 1)[0]
    assert not process.follower.go_on(decode_change(entry.body), entry.mac)
    assert not Process().follower.go_on(decode_change(entry.body), entry.mac)
    assert revision(process) == 0


def test_who_is_reading_keeps_a_change_waiting_for_a_time_only() -> None:
    process = Process()
    process.follower.catch_up()
    held = Held(process)
    with ThreadPoolExecutor(1) as threads:
        write(process)
        reading = threads.submit(process.follower.catch_up)
        assert held.reached.wait(10)
        entry = process.log.inner.read(0, 1)[0]
        assert not process.follower.go_on(decode_change(entry.body), entry.mac, seconds=0.05)
        held.released.set()
        assert reading.result().revision == 1


# --- hints -----------------------------------------------------------------------------------------------


@pytest.fixture
def idle() -> Iterator[Process]:
    """A process that polls too seldom for any test to see."""
    process = Process()
    process.follower.start(3_600)
    yield process
    process.follower.stop()


def until(is_so: Callable[[], bool]) -> bool:
    give_up_at = time.monotonic() + 10
    while not is_so() and time.monotonic() < give_up_at:
        time.sleep(0.005)
    return is_so()


@pytest.mark.parametrize("hinted", [1, None, 2**53])
def test_a_hint_has_the_log_looked_at(idle: Process, hinted: int | None) -> None:
    write(idle)
    idle.follower.hint(hinted)
    assert until(lambda: revision(idle) == 1)


@pytest.mark.parametrize("hinted", [0, 1, 2])
def test_a_hint_of_what_is_known_costs_nothing(idle: Process, hinted: int) -> None:
    write(idle, 2)
    idle.follower.catch_up()
    asked = len(idle.log.calls)
    idle.follower.hint(hinted)
    time.sleep(0.05)
    assert len(idle.log.calls) == asked


def test_forged_hints_do_not_keep_the_store_busy(idle: Process) -> None:
    asked = idle.log.calls.count("head")
    give_up_at = time.monotonic() + 1.0
    while time.monotonic() < give_up_at:
        idle.follower.hint(2**53)
        time.sleep(0.001)
    assert 2 <= idle.log.calls.count("head") - asked <= 7
    write(idle)
    idle.follower.hint(1)
    assert until(lambda: revision(idle) == 1)


# --- a policy that was made anew ---------------------------------------------------------------------------


def test_a_snapshot_that_is_not_what_the_log_says_is_replaced_and_goes_on_from_there() -> None:
    process = Process()
    write(process, 3)
    process.follower.catch_up()
    rebuilt = build(process.follower.catch_up().state)
    write(process, 2)
    process.follower.catch_up()
    process.follower.replace(rebuilt)
    assert revision(process) == 5
    assert process.follower.divergences == 1
    assert process.follower.current == build(process.follower.catch_up().state)


def test_a_process_begins_with_a_snapshot_from_elsewhere_only_while_it_has_none() -> None:
    process = Process()
    write(process, 3)
    other = Process(log=process.log, clock=process.clock)
    assert other.follower.begun() is None
    other.follower.catch_up()
    process.clock.advance(12.5)
    begun = other.follower.begun()
    assert begun is not None
    assert process.follower.begin_with(begun)
    assert (revision(process), process.follower.staleness()) == (3, 12.5)
    write(process)
    process.follower.catch_up()
    assert not process.follower.begin_with(begun)
    assert (revision(process), process.follower.staleness()) == (4, 0.0)


# --- what does not verify --------------------------------------------------------------------------------


def test_a_spoilt_entry_is_not_applied_and_the_last_good_snapshot_stays() -> None:
    process = Process()
    write(process, 2)
    good = process.follower.catch_up()
    write(process, 2)
    process.log.tamper = lambda entry: flipped(entry, 3) if entry.revision == 4 else entry
    process.clock.advance(4)
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="revision 4 of the log doesn't verify"):
            process.follower.catch_up()
        assert process.follower.current is good
    assert process.follower.staleness() == 4
    process.log.tamper = Process().log.tamper
    assert process.follower.catch_up().revision == 4


def test_a_log_that_was_cut_is_not_followed_back() -> None:
    process = Process()
    write(process, 3)
    good = process.follower.catch_up()
    process.log.shown = 2
    with pytest.raises(StoreUnavailableError, match="the log ends at revision 2, before revision 3, which was read"):
        process.follower.catch_up()
    assert process.follower.current is good


def test_another_log_is_not_followed() -> None:
    process, other = Process(), Process()
    write(process)
    good = process.follower.catch_up()
    write(other, 5)
    process.log.inner = other.log.inner
    with pytest.raises(StoreUnavailableError, match="the store holds log"):
        process.follower.catch_up()
    assert process.follower.current is good


def test_a_store_decided_by_another_model_is_refused() -> None:
    process = Process(model=Model("", "mine"))
    append(process.log.inner, create(ModelPin(digest="another")))
    with pytest.raises(StoreUnavailableError, match="decided by another model file"):
        process.follower.catch_up()
    assert revision(process) is None
    assert process.follower.fault is not None


def test_a_store_decided_by_this_model_is_followed() -> None:
    process = Process()
    append(process.log.inner, create(ModelPin(digest=process.model.digest)))
    assert process.follower.catch_up().revision == 1


def test_a_long_log_is_read_page_by_page() -> None:
    process = Process()
    state = process.follower.catch_up().state
    process.make(*(create(organization(f"a{n}")) for n in range(3)))
    for number in range(520):
        process.make(create(organization(f"b{number}")))
    fresh = process.beside()
    assert fresh.follower.catch_up().revision == 521
    assert fresh.log.calls.count("read") == 2
    assert state.revision == 0
