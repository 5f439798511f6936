"""The watcher: what tells programs of each other's changes, and what is never missed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from enterprise_adapters.memory import HintBus
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_service.ports.hints import Heard, Hints, HintsHealth
from tests.casbin.callbacks import SOON, Called
from tests.support.casbin_programs import Program, filled
from tests.support.logs import Process, away
from tests.support.policies import allow, assignment, clinic, organization, role

READ = ["role:o1/dentist", "o1", "/charts/:id", "read", "allow"]
PRINT = ["role:o1/dentist", "o1", "/charts/:id", "print", "allow"]


@pytest.fixture
def process() -> Process:
    return filled(
        Process(),
        *BUILT_IN_ROLES,
        organization("o1"),
        clinic("c1"),
        role("dentist@o1", allow("/charts/:id", "read")),
        assignment("lee", "dentist@o1", "c1"),
    )


class ToldHints(Hints):
    """Hints whose carrier is the test."""

    def __init__(self) -> None:
        self.published: list[int] = []
        self.hear: Heard = print

    def publish(self, revision: int) -> None:
        self.published.append(revision)

    def listen(self, heard: Heard) -> None:
        self.hear = heard

    def health(self) -> HintsHealth:
        return HintsHealth()

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def watching(program: Program, called: Called) -> Iterator[None]:
    program.watcher.set_update_callback(called)
    program.enforcer.set_watcher(program.watcher)
    try:
        yield
    finally:
        program.watcher.close()


def reloading(program: Program) -> Called:
    return Called(lambda _revision: program.reload())


def test_a_change_of_one_program_reaches_the_other_by_a_hint(process: Process) -> None:
    bus = HintBus()
    one, other = Program(process, hints=bus.hints()), Program(process.beside(), hints=bus.hints())
    mine, others = Called(), reloading(other)
    with watching(one, mine), watching(other, others):
        one.enforcer.add_policy(*PRINT)
        assert others.next() == "2"
        assert mine.is_left_alone()
        for program in (one, other):
            assert program.allows("lee c1 /charts/1 print")
            assert program.service_allows("lee c1 /charts/1 print")


def test_a_change_of_the_service_reaches_a_program_without_any_hint(process: Process) -> None:
    program = Program(process.beside(), poll_seconds=0.05)
    called = reloading(program)
    with watching(program, called):
        Program(process).enforcer.remove_policy(*READ)
        assert called.next() == "2"
        assert called.is_left_alone()
        assert not program.allows("lee c1 /charts/1 read")


def test_own_changes_do_not_come_back(process: Process) -> None:
    program = Program(process, poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        for number in range(20):
            program.enforcer.add_policy(*PRINT[:3], f"act-{number}", "allow")
        assert called.is_left_alone()
    assert process.log.head().revision == 21


def test_a_change_of_another_between_own_ones_is_not_missed(process: Process) -> None:
    hints = ToldHints()
    program = Program(process, hints=hints)
    called = reloading(program)
    with watching(program, called):
        Program(process.beside()).enforcer.add_policy(*PRINT)
        program.enforcer.add_grouping_policy("kim", "role:o1/dentist", "c1")
        hints.hear(None)
        assert called.next() == "3"
        assert program.enforcer.has_policy(*PRINT)


@pytest.mark.parametrize("hint", [None, 1, 2, 10**15])
def test_no_hint_is_believed(process: Process, hint: int | None) -> None:
    hints = ToldHints()
    program = Program(process, hints=hints)
    called = Called()
    with watching(program, called):
        for _ in range(3):
            hints.hear(hint)
        assert called.is_left_alone()


def test_a_callback_that_loads_nothing_is_told_of_each_revision_once(process: Process) -> None:
    program = Program(process.beside(), poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        for revision in ("2", "3"):
            Program(process).enforcer.add_policy(*PRINT[:3], revision, "allow")
            assert called.next() == revision
            assert called.is_left_alone()


def test_a_callback_that_fails_is_called_again(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    program = Program(process.beside(), poll_seconds=0.05)
    failures = iter([RuntimeError("first"), RuntimeError("second")])

    def callback(_revision: str) -> None:
        for error in failures:
            raise error
        program.reload()

    called = Called(callback)
    with watching(program, called):
        Program(process).enforcer.add_policy(*PRINT)
        assert [called.next() for _ in range(3)] == ["2", "2", "2"]
        assert called.is_left_alone()
    assert [record.message for record in caplog.records].count("the callback for a changed policy failed") == 2


def test_a_store_that_is_away_is_asked_again(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    beside = process.beside()
    program = Program(beside, poll_seconds=0.05)
    asked = threading.Event()

    def refuse(name: str) -> None:
        asked.set()
        away()(name)

    beside.log.before = refuse
    called = reloading(program)
    with watching(program, called):
        Program(process).enforcer.add_policy(*PRINT)
        assert asked.wait(SOON)
        assert called.is_left_alone()
        beside.log.before = len
        assert called.next() == "2"
    assert any("not known whether the policy has changed" in record.message for record in caplog.records)


def test_a_refused_removal_is_mended_by_loading_again(process: Process) -> None:
    program = Program(process)
    called = reloading(program)
    with watching(program, called):
        process.log.before = away("append")
        with pytest.raises(Exception, match="the store is away"):
            program.enforcer.remove_policy(*READ)
        assert called.next() == "1"
        assert called.is_left_alone()
        assert program.enforcer.has_policy(*READ)


def test_an_update_by_filter_that_was_refused_is_mended_though_pycasbin_says_nothing(process: Process) -> None:
    program = Program(process)
    called = reloading(program)
    with watching(program, called):
        program.enforcer.update_filtered_policies([["dentist", *READ[1:]]], 0, "role:o1/dentist")
        assert called.next() == "1"
        assert called.is_left_alone()
        assert program.enforcer.get_filtered_policy(0, "role:o1/dentist") == [READ]


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelname == "WARNING" and "log" in record.message]


def test_another_log_in_the_place_of_the_one_that_was_loaded_is_told_once(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    for grown in (0, 1, 5):
        caplog.clear()
        beside = process.beside()
        program = Program(beside, poll_seconds=0.01)
        called = Called()
        with watching(program, called):
            other = Process()
            for number in range(grown):
                filled(other, organization(f"o{number}"))
            beside.log.inner = other.log.inner
            assert called.next() == str(grown)
            assert called.is_left_alone()
            (told,) = warnings_of(caplog)
            assert f"`{other.log.head().log_id}`" in told
            assert f"`{process.log.head().log_id}`" in told
            filled(other, organization("another"))
            assert called.next() == str(grown + 1)
            assert len(warnings_of(caplog)) == 1


def test_a_log_that_was_cut_is_told_once_for_each_cut(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    beside = process.beside()
    Program(process).enforcer.add_policy(*PRINT)
    program = Program(beside, poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        for shown in (1, 0):
            beside.log.shown = shown
            assert called.next() == str(shown)
            assert called.is_left_alone()
        assert [("ends at revision 1" in told, "ends at revision 0" in told) for told in warnings_of(caplog)] == [
            (True, False),
            (False, True),
        ]


def test_a_cut_behind_what_was_loaded_is_warned_of_too(process: Process, caplog: pytest.LogCaptureFixture) -> None:
    beside = process.beside()
    program = Program(beside, poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        for number in range(2):
            Program(process).enforcer.add_policy(*PRINT[:3], f"act-{number}", "allow")
            assert called.next() == str(2 + number)
        beside.log.shown = 2
        assert called.next() == "2"
        assert called.is_left_alone()
        assert len(warnings_of(caplog)) == 1


def test_what_grows_on_a_log_that_was_cut_is_not_taken_for_what_was_loaded(process: Process) -> None:
    beside = process.beside()
    Program(process).enforcer.add_policy(*PRINT)
    program = Program(beside, poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        beside.log.shown = 1
        assert called.next() == "1"
        beside.log.shown = None
        assert called.next() == "2"


def test_a_callback_that_can_load_nothing_from_another_log_is_called_again(process: Process) -> None:
    """What the program reads its store with stays with the log that it began with: it has to open the store anew."""
    beside = process.beside()
    program = Program(beside, poll_seconds=0.01)
    called = reloading(program)
    with watching(program, called):
        beside.log.inner = filled(Process(), organization("o1")).log.inner
        assert [called.next(), called.next()] == ["1", "1"]


FORMS: dict[str, Callable[[Any], object]] = {
    "update": lambda w: w.update(),
    "a list": lambda w: w.update_for_add_policy("p", "p", READ),
    "value by value": lambda w: w.update_for_add_policy("p", "p", *READ),
    "a list of lists": lambda w: w.update_for_add_policies("p", "p", [READ, PRINT]),
    "lists": lambda w: w.update_for_remove_policies("p", "p", READ, PRINT),
    "in no interface": lambda w: w.update_for_add_policies_ex("p", "p", [READ]),
    "unheard of": lambda w: w.update_for_whatever_comes(1, 2, three=[]),
    "removed": lambda w: w.update_for_remove_policy("p", "p", READ),
    "filtered": lambda w: w.update_for_remove_filtered_policy("p", "p", 0, "x"),
    "saved": lambda w: w.update_for_save_policy(None),
    "updated": lambda w: w.update_for_update_policy(READ, PRINT),
    "many updated": lambda w: w.update_for_update_policies([READ], [PRINT]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_that_something_has_changed(process: Process, form: str) -> None:
    hints = ToldHints()
    program = Program(process, hints=hints)
    FORMS[form](program.watcher)
    assert hints.published == [1]


def test_what_pycasbin_does_not_ask_for_is_not_there(process: Process) -> None:
    watcher = Program(process).watcher
    assert not hasattr(watcher, "start_watch")
    assert callable(getattr(watcher, "update_for_anything", None))


def test_a_hint_carries_the_revision_that_was_made(process: Process) -> None:
    hints = ToldHints()
    program = Program(process, hints=hints)
    program.enforcer.set_watcher(program.watcher)
    program.enforcer.add_policy(*PRINT)
    program.enforcer.update_policy(PRINT, [*PRINT[:4], "deny"])
    program.enforcer.remove_filtered_policy(0, "role:o1/dentist")
    assert hints.published == [2, 3, 4]


def test_after_closing_nothing_is_called_and_no_thread_is_left(process: Process) -> None:
    hints = ToldHints()
    program = Program(process.beside(), hints=hints, poll_seconds=0.01)
    called = Called()
    with watching(program, called):
        pass
    Program(process).enforcer.add_policy(*PRINT)
    hints.hear(2)
    assert called.is_left_alone()
    program.watcher.close()
    program.watcher.set_update_callback(called)
    assert called.is_left_alone()
    assert not [thread for thread in threading.enumerate() if thread.name == "casbin watcher"]


def test_a_callback_may_close_its_watcher(process: Process) -> None:
    program = Program(process.beside(), poll_seconds=0.01)
    called = Called(lambda _revision: program.watcher.close())
    program.watcher.set_update_callback(called)
    Program(process).enforcer.add_policy(*PRINT)
    assert called.next() == "2"
    assert called.is_left_alone()


def test_nothing_runs_before_a_callback_is_set(process: Process) -> None:
    threads = threading.active_count()
    program = Program(process)
    program.enforcer.set_watcher(program.watcher)
    program.enforcer.add_policy(*PRINT)
    assert threading.active_count() == threads
    program.watcher.close()
