"""The export has the rules in force: brought there by passes, of which only the newest may be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import pytest

from enterprise_adapters.memory import MemoryLeases, MemoryPolicyExport
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.errors import CallerError, StoreUnavailableError
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import SECOND, Window
from enterprise_service.chores.export_comparison import compare, rows_of
from enterprise_service.chores.export_pass import next_boundary
from enterprise_service.chores.policy_export import (
    BATCH,
    FULL_SECONDS,
    LEASE,
    LEASE_SECONDS,
    LONGEST_REST_SECONDS,
    REST,
    UNSURE_SECONDS,
    PolicyExportChore,
)
from enterprise_service.ports.policy_export import Row, Rule, key_of
from tests.support.logs import Process
from tests.support.policies import allow, assignment, clinic, deny, organization, role, state_of

BASE: Sequence[Edit] = [create(organization("o1")), create(role("R@o1", allow("/a")))]


class GatedExport(MemoryPolicyExport):
    """Calls ``before_write`` first, each time that something is to be written."""

    def __init__(self) -> None:
        super().__init__()
        self.before_write: Callable[[], object] = int
        self.writes = 0
        self.asked: list[frozenset[str] | None] = []

    def rows(self, keys: frozenset[str] | None = None) -> Iterator[Row]:
        self.asked.append(keys)
        return super().rows(keys)

    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        self.before_write()
        self.writes += 1
        return super().write(number, removed, added)


@dataclass
class Works:
    """A process with its chore, on a store that others may use too."""

    process: Process = field(default_factory=Process)
    export: GatedExport = field(default_factory=GatedExport)
    leases: MemoryLeases = field(init=False)
    chore: PolicyExportChore = field(init=False)

    def __post_init__(self) -> None:
        self.leases = MemoryLeases(self.process.clock)
        self.chore = self.another()

    def another(self, process: Process | None = None) -> PolicyExportChore:
        """The chore of another process."""
        process = process or self.process
        return PolicyExportChore(process.follower, self.export, self.leases, process.clock, process.clock.elapsed)

    def run(self) -> int | None:
        return self.chore.run("me")

    def wanted(self) -> set[Rule]:
        """What has to be there now."""
        return set(rows_of(effective_rules(self.process.follower.catch_up().state, self.process.clock.now())))

    def rules(self) -> set[Rule]:
        rows = list(self.export.rows())
        assert all(row.rule is not None and row.key == key_of(row.rule) for row in rows)
        return {row.rule for row in rows if row.rule is not None}


@pytest.fixture
def works() -> Works:
    works = Works()
    works.process.make(*BASE, create(assignment("ann", "R@o1", "o1")))
    return works


def take_back(subject: str) -> Edit:
    return delete(assignment(subject, "R@o1", "o1"))


def test_before_the_first_snapshot_there_is_nothing_to_write() -> None:
    works = Works()
    assert works.run() is None
    assert works.export.status().claimed == 0


def test_the_rules_in_force_are_written(works: Works) -> None:
    assert works.run() == 1
    assert works.rules() == works.wanted() != set()
    written = works.export.status().written
    assert written is not None
    assert (written.revision, written.at) == (1, works.process.clock.now())


def test_rows_of_another_program_are_left_until_somebody_says_so(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = ("p", "alice", "data1", "read")
    works.export.write(0, (), [theirs])
    assert works.run() is None
    assert works.run() is None
    assert works.rules() == {theirs}
    assert caplog.text.count("it has rows of another program") == 1
    works.chore.refresh()
    assert works.rules() == works.wanted()
    works.process.make(take_back("ann"))
    works.process.clock.advance(LONGEST_REST_SECONDS)
    assert works.run() == 2


def test_rows_that_a_first_pass_left_are_its_own(works: Works) -> None:
    works.export.claim()
    works.export.write(1, (), [("g", "ann", "role:gone/R", "gone")])
    assert works.run() == 1
    assert works.rules() == works.wanted()


def test_a_change_is_followed_and_only_the_difference_is_written(works: Works) -> None:
    works.run()
    before = {row.key: row.handle for row in works.export.rows()}
    works.process.make(take_back("ann"), create(assignment("bob", "R@o1", "o1")))
    assert works.run() == 2
    assert works.rules() == works.wanted()
    after = {row.key: row.handle for row in works.export.rows()}
    assert len(before.items() & after.items()) == len(before) - 1
    assert works.export.writes == 2


def test_a_process_that_goes_on_looks_only_at_what_changed(works: Works) -> None:
    works.run()
    works.export.asked.clear()
    works.process.make(create(organization("o2")), create(assignment("bob", "R@o1", "o1")))
    assert works.run() == 2
    assert works.rules() == works.wanted()
    assert works.export.asked[0] == frozenset(map(key_of, works.wanted()))
    works.process.make(create(role("R@o2")), create(assignment("eve", "R@o2", "o2")))
    assert works.run() == 3
    of_o2 = {rule for rule in works.wanted() if "o2" in rule}
    assert works.export.asked[-1] == frozenset(map(key_of, of_o2))


def test_nothing_is_done_while_nothing_is_due(works: Works) -> None:
    works.run()
    works.process.clock.advance(FULL_SECONDS - 1)
    assert works.run() is None
    assert works.export.status().claimed == 1


def test_once_an_hour_everything_is_compared(works: Works) -> None:
    works.run()
    number = works.export.claim().number
    works.export.write(number, list(works.export.rows()), [("g", "eve", "role:o1/R", "o1")])
    written = works.export.status().written
    assert written is not None
    works.export.finish(number, written)
    works.process.clock.advance(FULL_SECONDS)
    assert works.run() == 1
    assert works.rules() == works.wanted()


def test_a_window_opens_and_closes_in_the_export_too(works: Works) -> None:
    now = works.process.clock.now()
    window = Window(now + 10 * SECOND, now + 20 * SECOND)
    works.process.make(create(assignment("locum", "R@o1", "o1", window=window)))
    held = {"locum": ("g", "locum", "role:o1/R", "o1")}
    seen = []
    for _ in range(30):
        works.run()
        assert works.rules() == works.wanted()
        seen.append(held["locum"] in works.rules())
        works.process.clock.advance(1)
    assert seen == [False] * 10 + [True] * 10 + [False] * 10
    assert works.export.status().claimed == 3


def test_another_log_is_written_anew(works: Works) -> None:
    works.run()
    other = Process(clock=works.process.clock)
    other.make(create(organization("o2")))
    works.process.clock.advance(LEASE_SECONDS)
    assert works.another(other).run("other") == 1
    assert works.rules() == {("g2", "o2", "platform")}


def test_a_log_that_was_put_in_the_place_of_another_is_written_anew(works: Works) -> None:
    works.run()
    other = Process(clock=works.process.clock)
    other.make(create(organization("o2")))
    works.process.follower.catch_up = other.follower.catch_up  # type: ignore[method-assign]
    works.process.follower._current = other.follower.current  # noqa: SLF001 - as after a restore
    assert works.run() == 1
    assert works.rules() == {("g2", "o2", "platform")}


def test_a_process_that_is_behind_does_not_write_an_older_policy(works: Works) -> None:
    behind = works.process.beside()
    behind.follower.catch_up()
    works.process.make(create(assignment("bob", "R@o1", "o1")))
    works.run()
    assert works.another(behind).run("behind") is None
    assert works.another(behind).refresh() == 2
    assert works.rules() == works.wanted()


def test_a_lease_that_another_holds_is_respected(works: Works) -> None:
    assert works.leases.acquire(LEASE, "other", 60)
    assert works.run() is None
    assert works.export.status().claimed == 0
    works.process.clock.advance(60)
    assert works.run() == 1


def test_the_lease_is_kept_as_long_as_the_process_lives(works: Works) -> None:
    for _ in range(5):
        works.run()
        works.process.clock.advance(LEASE_SECONDS - 1)
        assert not works.leases.acquire(LEASE, "other", 60)
    works.process.clock.advance(1)
    assert works.leases.acquire(LEASE, "other", 60)


def test_a_pass_over_everything_that_takes_long_is_followed_by_a_rest_from_such(works: Works) -> None:
    works.export.before_write = lambda: works.process.clock.advance(5)
    works.run()
    works.process.make(take_back("ann"))
    assert works.run() == 2
    works.process.make(create(assignment("bob", "R@o1", "o1")))
    works.process.clock.advance(LEASE_SECONDS)
    others = works.another()
    works.process.clock.advance(REST * 5 - 5 - LEASE_SECONDS - 1)
    assert others.run("other") is None
    works.process.clock.advance(1)
    assert others.run("other") == 3


def test_no_rest_lasts_longer_than_some_minutes(works: Works) -> None:
    works.export.before_write = lambda: works.process.clock.advance(LONGEST_REST_SECONDS)
    works.run()
    works.process.make(take_back("ann"))
    others = works.another()
    works.process.clock.advance(LEASE_SECONDS)
    works.process.clock.advance(LONGEST_REST_SECONDS - LEASE_SECONDS - 1)
    assert others.run("other") is None
    works.process.clock.advance(1)
    assert others.run("other") == 2


def test_a_pause_is_no_work(works: Works) -> None:
    """By the time that the thread has worked; the clock of the test only passes."""
    process = works.process

    def by_work() -> PolicyExportChore:
        return PolicyExportChore(process.follower, works.export, works.leases, process.clock)

    works.export.before_write = lambda: process.clock.advance(30)
    assert by_work().run("one") == 1
    process.make(take_back("ann"))
    process.clock.advance(LEASE_SECONDS)
    assert by_work().run("other") == 2


def test_a_pass_that_fails_is_followed_by_a_rest_and_made_again(works: Works) -> None:
    def fail() -> None:
        works.process.clock.advance(1)
        raise StoreUnavailableError("the store is away")

    works.export.before_write = fail
    with pytest.raises(StoreUnavailableError):
        works.run()
    works.export.before_write = int
    works.process.clock.advance(REST - 1)
    assert works.run() is None
    works.process.clock.advance(1)
    assert works.run() == 1
    assert works.rules() == works.wanted()


def test_after_a_pass_that_did_not_end_everything_is_compared_soon(works: Works) -> None:
    works.export.claim()
    works.run()
    works.process.clock.advance(UNSURE_SECONDS - 1)
    assert works.run() is None
    works.process.clock.advance(1)
    assert works.run() == 1
    works.process.clock.advance(UNSURE_SECONDS)
    assert works.run() is None
    assert works.export.asked == [None, None]


def test_a_clock_that_was_wrong_holds_nothing_up(works: Works) -> None:
    works.run()
    works.process.clock.set(works.process.clock.now() - 2 * FULL_SECONDS * SECOND)
    works.process.make(take_back("ann"))
    assert works.run() == 2


def late_writer(works: Works, meanwhile: Callable[[], object], batch: int = BATCH) -> None:
    """A process makes a pass and is paused right before it writes; ``meanwhile`` happens; it wakes up."""

    def paused() -> None:
        works.export.before_write = int
        works.process.clock.advance(LEASE_SECONDS + 1)
        meanwhile()

    works.export.before_write = paused
    process = works.process.beside()
    process.follower.catch_up()
    works.process.clock.advance(LEASE_SECONDS)
    assert works.another(process).run("late", batch) is None


def test_a_writer_that_wakes_up_late_makes_a_wrong_row_and_the_next_pass_mends_it(works: Works) -> None:
    late_writer(works, lambda: (works.process.make(take_back("ann")), works.run()))
    assert works.rules() - works.wanted() == {("g", "ann", "role:o1/R", "o1")}
    assert works.run() == 2
    assert works.rules() == works.wanted()


def test_a_writer_that_wakes_up_late_takes_a_right_row_away_and_the_next_pass_mends_it(works: Works) -> None:
    works.run()
    works.process.make(take_back("ann"))
    late_writer(works, lambda: (works.process.make(create(assignment("ann", "R@o1", "o1"))), works.run()))
    assert works.wanted() - works.rules() == {("g", "ann", "role:o1/R", "o1")}
    assert works.run() == 3
    assert works.rules() == works.wanted()


def test_a_writer_that_is_no_longer_current_writes_no_further_batch(works: Works) -> None:
    late_writer(works, works.run, batch=1)
    assert works.export.writes == 2
    assert works.rules() == works.wanted()
    assert works.export.status().doubted


def test_a_writer_whose_last_batch_comes_late_says_so(works: Works) -> None:
    late_writer(works, works.export.claim)
    assert works.export.status().doubted


# --- any changes -------------------------------------------------------------------------------------------------


def some_edit(random: Random, works: Works) -> Edit:
    """Something that may be done or not: a right with or without a window, a role, a domain, their ends."""
    state, now = works.process.follower.catch_up().state, works.process.clock.now()
    start = now + random.randrange(-20, 60) * SECOND
    window = random.choice([Window(), Window(start, start + random.randrange(1, 60) * SECOND)])
    place, subject = random.choice(["o1", "c1", "c2", "g1"]), random.choice(["ann", "bob", "eve"])
    there: list[Record] = [v.record for table in (state.assignments, state.roles, state.clinics) for v in table]
    clinics = [clinic(place, random.choice(["o1", "g1"]), status=random.choice(list(Status)))]
    held = state.clinics.get(PLATFORM, place)
    made = [
        create(assignment(subject, "R@o1", place, window=window)),
        create(role(f"S@{place}", allow("/b"), inherits=["R@o1"])),
        create(role(f"R@{place}", deny("/c"), extends="o1")),
        *(create(each) if held is None else update(held.record, each) for each in clinics),
        *(delete(each) for each in random.sample(there, min(1, len(there)))),
    ]
    return random.choice(made)


@pytest.mark.parametrize("seed", range(20))
def test_after_any_changes_at_any_time_the_export_has_the_rules_in_force(works: Works, seed: int) -> None:
    random, accepted = Random(seed), 0
    works.process.make(create(clinic("g1")), create(clinic("c1")), create(clinic("c2", "g1")))
    for _ in range(60):
        try:
            works.process.make(some_edit(random, works))
            accepted += 1
        except CallerError:
            continue
        works.process.clock.advance(random.choice([0, 0, 1, 7]))
        works.run()
        assert works.rules() == works.wanted()
    partial = [keys for keys in works.export.asked if keys is not None]
    assert min(accepted, len(partial)) > 10


# --- what differs -------------------------------------------------------------------------------------------------


RULES: Sequence[Rule] = [("g", "ann", "R", "o1"), ("g2", "o1", "platform"), ("p", "R", "o1", "/a", "*", "allow")]


def row(rule: Rule | None, key: str | None = None) -> Row:
    return Row(key=key if rule is None or key is not None else key_of(rule), rule=rule, handle=(key, 1))


def test_equal_is_equal_in_any_order() -> None:
    assert not compare(RULES, map(row, reversed(RULES)))


def test_what_differs_is_told_apart() -> None:
    ann, tree, permission = RULES
    eve: Rule = ("g", "eve", "R", "o1")
    rows = [row(ann), row(eve), row(eve, key_of(tree)), row(None, "odd"), row(None), row(ann, "by-hand")]
    found = compare(RULES, rows)
    assert found.missing == [permission]
    assert found.extra == [rows[1], *rows[3:]]
    assert found.different == [(tree, rows[2])]
    assert len(found) == 6


def test_a_row_that_comes_twice_counts_once() -> None:
    assert not compare(RULES, [row(rule) for rule in [*RULES, *RULES]])


def test_batches_have_all_that_differs_once() -> None:
    rows = [row(None, key_of(RULES[0])), *(row(("g", f"s{n}", "R", "o1")) for n in range(7))]
    found = compare(RULES, rows)
    batches = list(found.batches(3))
    assert [len(removed) for removed, _ in batches] == [3, 3, 2]
    assert sorted(rule for _, added in batches for rule in added) == sorted(RULES)


def test_no_two_rules_are_called_the_same() -> None:
    rules = [
        ("p", "a,b"),
        ("p", "a", "b"),
        ("p", 'a", "b'),
        ("p,a", "b"),
        ("p", "a", "b", ""),
        ("pa", "b"),
        ("p", "A,b"),
    ]
    assert len({key_of(rule) for rule in rules}) == len(rules)


@pytest.mark.parametrize(
    ("now", "boundary"), [(0, 10), (9, 10), (10, 15), (15, 20), (20, 40), (39, 40), (40, None), (50, None)]
)
def test_the_next_boundary_is_that_of_any_window(now: int, boundary: int | None) -> None:
    windows = {"a": Window(10, 20), "b": Window(None, 15), "c": Window(40), "d": Window()}
    given = [assignment(subject, "R@o1", "o1", window=window) for subject, window in windows.items()]
    assert next_boundary(state_of(organization(), role("R@o1"), *given), now) == boundary
