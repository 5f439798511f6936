"""Saving a model: what its enforcer has changed since it was loaded is made, and nothing of anybody else is undone."""

from __future__ import annotations

import copy
from typing import Any

import casbin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_adapters.casbin import Adapter, register
from enterprise_policy.errors import ConflictError, InvalidRequestError
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.values.windows import Window
from enterprise_service.ports.policy_writer import Rule
from tests.support.casbin_programs import MODEL_FILE, Program, filled, lines, policy_of, rule, rules
from tests.support.logs import Process
from tests.support.policies import allow, assignment, clinic, organization, role

NOW = 1_000
READ = "p role:o1/dentist o1 /charts/:id read allow"
WRITE = "p role:o1/dentist o1 /charts/:id write allow"
SECRET = "p role:o1/dentist o1 /charts/9 read deny"
LEE, KIM, NINA = (f"g {name} role:o1/dentist c1" for name in ("lee", "kim", "nina"))


@pytest.fixture
def process() -> Process:
    found = Process()
    found.clock.set(NOW)
    return filled(
        found,
        *BUILT_IN_ROLES,
        organization("o1"),
        clinic("c1"),
        clinic("c2"),
        role("dentist@o1", allow("/charts/:id", "read")),
        assignment("lee", "dentist@o1", "c1"),
        assignment("kim", "dentist@o1", "c1"),
    )


@pytest.fixture
def program(process: Process) -> Program:
    """One that keeps its changes to itself until it saves."""
    found = Program(process)
    found.enforcer.enable_auto_save(auto_save=False)
    return found


def others(process: Process, removed: tuple[str, ...] = (), added: tuple[str, ...] = ()) -> None:
    """Another program makes a change meanwhile."""
    policy_of(process.beside()).change(rules(*removed), rules(*added))


def put(program: Program, line: str) -> None:
    """The program's enforcer adds a rule."""
    kind, *values = line.split()
    assert getattr(program.enforcer, "add_policy" if kind == "p" else "add_grouping_policy")(*values)


def take(program: Program, line: str) -> None:
    """The program's enforcer removes a rule."""
    kind, *values = line.split()
    assert getattr(program.enforcer, "remove_policy" if kind == "p" else "remove_grouping_policy")(*values)


def test_what_was_revoked_meanwhile_is_not_given_back(process: Process, program: Program) -> None:
    others(process, removed=(KIM,))
    put(program, WRITE)
    program.enforcer.save_policy()
    assert WRITE in lines(program.policy)
    assert KIM not in lines(program.policy)


def test_what_others_have_written_meanwhile_stays(process: Process, program: Program) -> None:
    others(process, added=(SECRET, NINA))
    take(program, LEE)
    program.enforcer.save_policy()
    assert {SECRET, NINA} <= set(lines(program.policy))
    assert LEE not in lines(program.policy)


def test_all_that_is_saved_is_one_change(process: Process, program: Program) -> None:
    others(process, removed=(KIM,), added=(SECRET,))
    for line in (WRITE, NINA):
        put(program, line)
    take(program, LEE)
    program.enforcer.save_policy()
    assert process.log.head().revision == 3


def test_what_is_refused_in_one_rule_is_not_saved_at_all(process: Process, program: Program) -> None:
    take(program, LEE)
    put(program, "g eve dentist c1")
    with pytest.raises(InvalidRequestError, match="role must be written"):
        program.enforcer.save_policy()
    assert process.log.head().revision == 1


def test_a_save_that_was_refused_is_made_once_nothing_stands_against_it(program: Program) -> None:
    take(program, LEE)
    put(program, "g eve dentist c1")
    with pytest.raises(InvalidRequestError):
        program.enforcer.save_policy()
    take(program, "g eve dentist c1")
    program.enforcer.save_policy()
    assert LEE not in lines(program.policy)


def test_a_window_that_has_ended_meanwhile_stays_ended(process: Process) -> None:
    filled(process, assignment("locum", "dentist@o1", "c1", window=Window(None, NOW + 10)))
    program = Program(process)
    process.clock.set(NOW + 20)
    program.enforcer.enable_auto_save(auto_save=False)
    put(program, WRITE)
    program.enforcer.save_policy()
    state = process.follower.catch_up().state
    assert [each.window for each in state.assignments_of("locum", "c1")] == [Window(None, NOW + 10)]


def test_a_window_that_has_begun_meanwhile_stays(process: Process) -> None:
    filled(process, assignment("locum", "dentist@o1", "c1", window=Window(NOW + 10)))
    program = Program(process)
    process.clock.set(NOW + 20)
    program.enforcer.save_policy()
    assert "g locum role:o1/dentist c1" in lines(program.policy)


def test_what_both_have_done_is_done(process: Process, program: Program) -> None:
    others(process, removed=(LEE,), added=(WRITE,))
    take(program, LEE)
    put(program, WRITE)
    program.enforcer.save_policy()
    assert process.log.head().revision == 2


def test_an_own_write_that_somebody_took_back_is_not_made_again(process: Process, program: Program) -> None:
    program.enforcer.enable_auto_save(auto_save=True)
    put(program, NINA)
    take(program, KIM)
    others(process, removed=(NINA,), added=(KIM,))
    program.enforcer.save_policy()
    assert KIM in lines(program.policy)
    assert NINA not in lines(program.policy)


def test_what_was_saved_and_taken_back_is_not_saved_again(process: Process, program: Program) -> None:
    put(program, NINA)
    program.enforcer.save_policy()
    others(process, removed=(NINA,))
    program.enforcer.save_policy()
    assert NINA not in lines(program.policy)


def test_a_rule_that_was_replaced_is_not_brought_back(process: Process, program: Program) -> None:
    program.enforcer.enable_auto_save(auto_save=True)
    program.enforcer.update_policy(READ.split()[1:], WRITE.split()[1:])
    others(process, removed=(WRITE,), added=(READ,))
    program.enforcer.save_policy()
    assert READ in lines(program.policy)
    assert WRITE not in lines(program.policy)


def test_what_a_filter_has_replaced_is_not_replaced_again(process: Process, program: Program) -> None:
    program.enforcer.enable_auto_save(auto_save=True)
    program.enforcer.update_filtered_policies([WRITE.split()[1:]], 0, "role:o1/dentist")
    others(process, removed=(WRITE,), added=(READ,))
    program.enforcer.save_policy()
    assert READ in lines(program.policy)
    assert WRITE not in lines(program.policy)


def test_what_was_gone_when_the_model_was_loaded_again_was_not_removed_by_it(
    process: Process, program: Program
) -> None:
    others(process, removed=(KIM,))
    program.reload()
    others(process, added=(KIM,))
    program.enforcer.save_policy()
    assert KIM in lines(program.policy)


def test_what_a_filter_removed_of_others_is_not_brought_back_either(process: Process, program: Program) -> None:
    """pycasbin stops taking rules out of its memory at the first that it doesn't have."""
    program.enforcer.enable_auto_save(auto_save=True)
    others(process, added=(SECRET,))
    assert program.enforcer.update_filtered_policies([WRITE.split()[1:]], 0, "role:o1/dentist")
    program.enforcer.save_policy()
    assert [line for line in lines(program.policy) if line.startswith("p ")] == [WRITE]


# --- several models ---------------------------------------------------------------------------------------------------


def second(adapter: Adapter) -> Any:  # noqa: ANN401 - an enforcer
    enforcer = casbin.Enforcer(MODEL_FILE, adapter)
    register(enforcer)
    return enforcer


def test_a_model_whose_place_another_has_taken_is_not_saved(process: Process, program: Program) -> None:
    put(program, WRITE)
    others(process, removed=(KIM,))
    newer = second(program.adapter)
    with pytest.raises(ConflictError, match="loaded again"):
        program.enforcer.save_policy()
    assert WRITE not in lines(program.policy)
    newer.save_policy()
    program.reload()
    program.enforcer.save_policy()
    assert process.log.head().revision == 2


def test_a_copy_of_the_model_is_saved_as_the_model(process: Process, program: Program) -> None:
    others(process, removed=(KIM,))
    put(program, WRITE)
    program.adapter.save_policy(copy.deepcopy(program.enforcer.get_model()))
    assert WRITE in lines(program.policy)
    assert KIM not in lines(program.policy)


def by_hand(wanted: list[Rule]) -> Any:  # noqa: ANN401 - a model
    model = casbin.Enforcer.new_model(MODEL_FILE)
    for each in wanted:
        model.add_policy(each.kind[0], each.kind, list(each.values))
    return model


def test_what_was_never_loaded_is_saved_as_the_whole(process: Process) -> None:
    built_in = [line for line in policy_of(process).rules().rules.p if line[2].startswith("/management/")]
    wanted = [*(Rule("p", each) for each in built_in), *rules("g2 o1 platform", "g2 c1 o1", READ, NINA)]
    adapter = Adapter(policy_of(process))
    adapter.save_policy(by_hand(wanted))
    assert sorted(lines(policy_of(process))) == sorted(["g2 o1 platform", "g2 c1 o1", READ, NINA])
    others(process, removed=(NINA,), added=(LEE,))
    adapter.save_policy(by_hand([*wanted, rule(WRITE)]))
    assert sorted(lines(policy_of(process))) == sorted(["g2 o1 platform", "g2 c1 o1", READ, WRITE, LEE])


# --- some domains only ------------------------------------------------------------------------------------------------


def filtered(process: Process, *domains: str) -> Program:
    """One that has loaded ``domains``, one after the other."""
    program = Program(process)
    program.adapter = Adapter(program.policy, filtered=True)
    program.enforcer = second(program.adapter)
    program.enforcer.enable_auto_save(auto_save=False)
    for domain in domains:
        program.enforcer.load_increment_filtered_policy(domain)
    return program


def test_of_some_domains_too_only_what_was_changed_is_saved(process: Process) -> None:
    program = filtered(process, "c1")
    others(process, removed=(KIM,), added=(NINA, "g abe role:o1/dentist c2"))
    take(program, LEE)
    program.adapter.save_policy(program.enforcer.get_model())
    held = [line for line in lines(program.policy) if line.startswith("g ")]
    assert held == ["g abe role:o1/dentist c2", NINA]


def test_what_was_revoked_between_two_loads_is_not_given_back(process: Process) -> None:
    program = filtered(process, "c1")
    others(process, removed=(KIM, READ), added=(WRITE,))
    program.enforcer.load_increment_filtered_policy("c2")
    program.adapter.save_policy(program.enforcer.get_model())
    assert process.log.head().revision == 2


def test_a_rule_beside_the_domains_that_were_loaded_is_added_and_none_there_removed(process: Process) -> None:
    others(process, added=("g abe role:o1/dentist c2",))
    program = filtered(process, "c1")
    put(program, "g zoe role:o1/dentist c2")
    program.adapter.save_policy(program.enforcer.get_model())
    assert {"g abe role:o1/dentist c2", "g zoe role:o1/dentist c2"} <= set(lines(program.policy))


def test_a_model_that_is_loaded_again_takes_its_place_back(process: Process) -> None:
    program = filtered(process, "c1")
    second(program.adapter).load_filtered_policy("c2")
    program.enforcer.load_filtered_policy("c1")
    take(program, KIM)
    program.adapter.save_policy(program.enforcer.get_model())
    assert KIM not in lines(program.policy)


# --- any changes ------------------------------------------------------------------------------------------------------

POOL = [f"p role:o1/dentist o1 /things/{number} read allow" for number in range(8)]
SOME = st.sets(st.sampled_from(POOL))


@given(SOME, SOME, SOME, SOME)
def test_two_that_change_at_once_lose_nothing_of_each_other(
    first: set[str], mine: set[str], theirs: set[str], again: set[str]
) -> None:
    """``first`` is loaded; mine and theirs are what each made of it; ``again`` what they made of that."""
    process = filled(Process(), organization("o1"), role("dentist@o1", description="Stays."))
    own = policy_of(process)
    own.change([], rules(*first))
    program = Program(process)
    program.enforcer.enable_auto_save(auto_save=False)
    expected = first
    for before, after in ((first, theirs), (theirs, again)):
        others(process, removed=tuple(before - after), added=tuple(after - before))
        expected = (expected - (before - after)) | (after - before)
    for line in first - mine:
        take(program, line)
    for line in mine - first:
        put(program, line)
    program.enforcer.save_policy()
    assert set(lines(own)) - {"g2 o1 platform"} == (expected - (first - mine)) | (mine - first)
