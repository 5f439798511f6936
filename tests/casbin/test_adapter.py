"""The adapter: what pycasbin calls, and what comes of it in the policy and in an enforcer's memory."""

from __future__ import annotations

import inspect
from typing import Any

import casbin
import pytest
from casbin.persist import adapter as persist_adapter
from casbin.persist import adapter_filtered, batch_adapter, update_adapter, watcher, watcher_ex, watcher_update
from casbin.persist.adapters import asyncio as interfaces

from enterprise_adapters.casbin import Adapter, AsyncAdapter, Watcher, register
from enterprise_adapters.casbin.seen import UNKNOWN
from enterprise_policy.errors import (
    ConflictError,
    InvalidRequestError,
    ModelRefusedError,
    ReservedError,
    StoreUnavailableError,
)
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_service.ports.policy_writer import Written
from tests.support.casbin_programs import MODEL_FILE, Program, filled, lines, policy_of
from tests.support.logs import Process, away
from tests.support.policies import allow, assignment, clinic, deny, organization, role

DENTIST = "role:o1/dentist"
READ = [DENTIST, "o1", "/charts/:id", "read", "allow"]
WRITE = [DENTIST, "o1", "/charts/:id", "write", "allow"]
LEE = ["lee", DENTIST, "c1"]
QUESTION = "lee c1 /charts/7 read"


@pytest.fixture
def process() -> Process:
    return filled(
        Process(),
        *BUILT_IN_ROLES,
        organization("o1"),
        clinic("c1"),
        clinic("c2"),
        organization("o2"),
        role("dentist@o1", allow("/charts/:id", "read")),
        role("banned@platform", deny("/charts/:id", "print")),
        assignment("lee", "dentist@o1", "c1"),
        assignment("lee", "banned@platform", "platform"),
    )


@pytest.fixture
def program(process: Process) -> Program:
    return Program(process)


def p_rules(process: Process) -> list[list[str]]:
    """The rules ``p`` in force, but those of the built-in roles."""
    found = policy_of(process).rules().rules.p
    return [list(values) for values in found if not values[2].startswith("/management/")]


BASES = {
    Adapter: (
        persist_adapter.Adapter,
        adapter_filtered.FilteredAdapter,
        batch_adapter.BatchAdapter,
        update_adapter.UpdateAdapter,
    ),
    AsyncAdapter: (interfaces.AsyncAdapter, interfaces.AsyncBatchAdapter, interfaces.AsyncUpdateAdapter),
    Watcher: (watcher.Watcher, watcher_ex.WatcherEx, watcher_update.WatcherUpdatable),
}


@pytest.mark.parametrize("own", BASES, ids=lambda own: own.__name__)
def test_no_method_of_an_interface_is_left_doing_nothing(own: type) -> None:
    for base in BASES[own]:
        assert issubclass(own, base)
        for name, method in vars(base).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                assert getattr(own, name) is not method
                assert name in vars(own)


def test_an_enforcer_decides_as_the_service(program: Program) -> None:
    for question in (QUESTION, "lee c1 /charts/7 print", "lee c2 /charts/7 read", "kim c1 /charts/7 read"):
        assert program.allows(question) is program.service_allows(question) is (question == QUESTION)


def test_identifiers_are_never_parsed_again(process: Process) -> None:
    eve = 'eve, "role:platform/platform-admin", o2'
    program = Program(process)
    program.enforcer.add_grouping_policy(eve, DENTIST, "c1")
    fresh = Program(process)
    assert [eve, DENTIST, "c1"] in fresh.enforcer.get_grouping_policy()
    assert fresh.enforcer.enforce(eve, "c1", "/charts/1", "read")
    assert not fresh.enforcer.enforce("eve", "o2", "/management/roles", "create")


def test_another_model_is_refused(process: Process) -> None:
    model = casbin.Enforcer.new_model(
        text="""
        [request_definition]
        r = sub, obj, act
        [policy_definition]
        p = sub, obj, act
        [role_definition]
        g = _, _
        [policy_effect]
        e = some(where (p.eft == allow))
        [matchers]
        m = r.sub == p.sub
        """
    )
    with pytest.raises(ModelRefusedError, match=r"policies/model\.conf"):
        casbin.Enforcer(model, Adapter(policy_of(process)))


# --- adding -------------------------------------------------------------------------------------------------


def test_a_rule_is_added_to_the_policy_and_to_memory(program: Program) -> None:
    assert program.enforcer.add_policy(*WRITE)
    assert WRITE in p_rules(program.process)
    assert program.allows("lee c1 /charts/7 write")
    assert program.service_allows("lee c1 /charts/7 write")


def test_a_rule_that_is_refused_is_in_neither(program: Program) -> None:
    bad = ["dentist", *WRITE[1:]]
    with pytest.raises(InvalidRequestError, match="role must be written"):
        program.enforcer.add_policy(*bad)
    assert not program.enforcer.has_policy(*bad)
    assert bad not in p_rules(program.process)


@pytest.mark.parametrize("method", ["add_policies", "add_policies_ex"])
def test_rules_are_added_all_or_none(program: Program, method: str) -> None:
    before = p_rules(program.process)
    with pytest.raises(InvalidRequestError):
        getattr(program.adapter, method)("p", "p", [WRITE, ["dentist", *WRITE[1:]]])
    assert p_rules(program.process) == before
    getattr(program.enforcer, method)([WRITE, [*WRITE[:3], "print", "allow"]])
    assert len(p_rules(program.process)) == len(before) + 2


def test_what_another_program_has_added_is_added_without_a_trace(program: Program) -> None:
    beside = Program(program.process.beside())
    beside.enforcer.add_policy(*WRITE)
    revision = program.process.log.head().revision
    assert program.enforcer.add_policy(*WRITE)
    assert program.process.log.head().revision == revision


@pytest.mark.parametrize("values", [[DENTIST, "o1", "/a", 7, "allow"], "abcde", [DENTIST, "o1", None, "read", "allow"]])
def test_what_is_no_list_of_texts_is_refused(program: Program, values: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidRequestError, match="list of texts"):
        program.adapter.add_policy("p", "p", values)


# --- removing -----------------------------------------------------------------------------------------------


def test_a_rule_is_removed_from_the_policy_and_from_memory(program: Program) -> None:
    assert program.enforcer.remove_grouping_policy(*LEE)
    assert not program.allows(QUESTION)
    assert not program.service_allows(QUESTION)


def test_rules_are_removed_all_or_none(program: Program) -> None:
    before = p_rules(program.process)
    built_in = ["role:platform/auditor", "platform", "/management/*", "read", "allow"]
    with pytest.raises(ReservedError):
        program.adapter.remove_policies("p", "p", [READ, built_in])
    assert p_rules(program.process) == before
    program.adapter.remove_policies("p", "p", [READ])
    assert READ not in p_rules(program.process)


def test_a_filter_removes_what_fits_it(program: Program) -> None:
    program.enforcer.add_policies([WRITE, [DENTIST, "c1", "/charts/:id", "read", "allow"]])
    assert program.enforcer.remove_filtered_policy(0, DENTIST, "", "", "read")
    assert [rule for rule in p_rules(program.process) if rule[0] == DENTIST] == [WRITE]
    assert program.enforcer.get_filtered_policy(0, DENTIST) == [WRITE]


def test_a_domain_is_emptied_by_a_filter_on_its_place(program: Program) -> None:
    assert program.enforcer.remove_filtered_grouping_policy(2, "c1")
    assert "g lee role:o1/dentist c1" not in lines(program.policy)


@pytest.mark.parametrize(("index", "values"), [(0, ()), (0, ("", "")), (4, ("", ""))])
def test_a_filter_without_a_value_removes_nothing(program: Program, index: int, values: tuple[str, ...]) -> None:
    before = lines(program.policy)
    with pytest.raises(InvalidRequestError, match=r"without any value|have no fields"):
        program.adapter.remove_filtered_policy("p", "p", index, *values)
    assert lines(program.policy) == before


@pytest.mark.parametrize(("kind", "index"), [("p", 5), ("g", 3), ("g2", 2), ("p", -1), ("p2", 0)])
def test_a_filter_on_a_field_that_is_not_there_is_refused(program: Program, kind: str, index: int) -> None:
    with pytest.raises(InvalidRequestError, match="have no fields"):
        program.adapter.remove_filtered_policy(kind[0], kind, index, "x")


def test_a_removed_edge_removes_the_clinic(program: Program) -> None:
    assert program.enforcer.remove_named_grouping_policy("g2", "c2", "o1")
    assert "c2" not in program.process.follower.catch_up().state.tree


# --- replacing ----------------------------------------------------------------------------------------------


def test_a_rule_takes_the_place_of_another(program: Program) -> None:
    assert program.enforcer.update_policy(READ, WRITE)
    assert READ not in p_rules(program.process)
    assert WRITE in p_rules(program.process)
    assert program.process.log.head().revision == 2


def test_rules_take_the_places_of_others(program: Program) -> None:
    print_rule = [*READ[:3], "print", "allow"]
    program.enforcer.add_policy(*WRITE)
    assert program.enforcer.update_policies([READ, WRITE], [print_rule, [*WRITE[:4], "deny"]])
    held = [rule for rule in p_rules(program.process) if rule[0] == DENTIST]
    assert sorted(held) == sorted([print_rule, [*WRITE[:4], "deny"]])


def test_an_update_of_a_p_rule_leaves_equal_g_rules(program: Program) -> None:
    before = policy_of(program.process).rules().rules.g
    program.enforcer.update_policy(READ, WRITE)
    assert policy_of(program.process).rules().rules.g == before


def test_what_somebody_has_taken_away_is_not_given_back_by_an_update(program: Program) -> None:
    Program(program.process.beside()).enforcer.remove_policy(*READ)
    with pytest.raises(ConflictError, match="isn't in force any more"):
        program.enforcer.update_policy(READ, WRITE)
    assert WRITE not in p_rules(program.process)


def test_an_update_by_filter_returns_the_rules_that_it_replaced(program: Program) -> None:
    program.enforcer.add_policy(*WRITE)
    old = program.adapter.update_filtered_policies("p", "p", [[*READ[:4], "deny"]], 0, DENTIST, "o1")
    assert sorted(old) == sorted([READ, WRITE])
    assert [rule for rule in p_rules(program.process) if rule[0] == DENTIST] == [[*READ[:4], "deny"]]


def test_an_enforcer_updates_by_filter(program: Program) -> None:
    assert program.enforcer.update_filtered_policies([WRITE], 0, DENTIST)
    assert program.enforcer.get_filtered_policy(0, DENTIST) == [WRITE]
    assert [rule for rule in p_rules(program.process) if rule[0] == DENTIST] == [WRITE]


# --- saving the whole ---------------------------------------------------------------------------------------


def test_saving_makes_the_policy_the_model_in_one_change(program: Program) -> None:
    program.enforcer.enable_auto_save(auto_save=False)
    program.enforcer.add_policy(*WRITE)
    program.enforcer.remove_policy(*READ)
    program.enforcer.add_grouping_policy("kim", DENTIST, "c2")
    program.enforcer.save_policy()
    assert program.process.log.head().revision == 2
    assert [rule for rule in p_rules(program.process) if rule[0] == DENTIST] == [WRITE]
    assert program.service_allows("kim c2 /charts/1 write")


def test_saving_twice_and_from_two_programs_neither_doubles_nor_loses(program: Program) -> None:
    other = Program(program.process.beside())
    before = lines(program.policy)
    for one in (program, program, other, program):
        one.enforcer.save_policy()
    assert lines(program.policy) == before
    assert program.process.log.head().revision == 1


def test_a_model_without_the_programs_own_rules_is_not_saved(program: Program) -> None:
    before = lines(program.policy)
    program.enforcer.clear_policy()
    with pytest.raises((ReservedError, ConflictError)):
        program.enforcer.save_policy()
    assert lines(program.policy) == before


# --- some domains only --------------------------------------------------------------------------------------


def filtered(process: Process, *wanted: Any) -> Program:  # noqa: ANN401 - whatever pycasbin passes on
    program = Program(process)
    program.adapter = Adapter(program.policy, filtered=True)
    program.enforcer = casbin.Enforcer(MODEL_FILE, program.adapter)
    register(program.enforcer)
    assert program.enforcer.get_policy() == []
    program.enforcer.load_filtered_policy(*wanted)
    return program


@pytest.mark.parametrize("wanted", ["c1", ["c1"], {"c1"}, ("c1", "nowhere")])
def test_a_domain_is_loaded_with_all_that_decisions_in_it_depend_on(process: Process, wanted: Any) -> None:  # noqa: ANN401
    program = filtered(process, wanted)
    assert program.enforcer.is_filtered()
    assert program.enforcer.get_named_grouping_policy("g2") == [["c1", "o1"], ["o1", "platform"]]
    for action in ("read", "print"):
        assert program.allows(f"lee c1 /charts/7 {action}") is (action == "read")


def test_a_policy_that_was_loaded_in_part_is_not_saved_by_an_enforcer(process: Process) -> None:
    program = filtered(process, "c1")
    with pytest.raises(RuntimeError, match="cannot save a filtered policy"):
        program.enforcer.save_policy()


def test_the_adapter_saves_the_domains_that_were_loaded(process: Process) -> None:
    other = ["g kim role:o1/dentist c2", "g2 c2 o1", "g2 o2 platform"]
    Program(process).enforcer.add_grouping_policy("kim", DENTIST, "c2")
    program = filtered(process, "c1")
    program.enforcer.enable_auto_save(auto_save=False)
    program.enforcer.remove_grouping_policy(*LEE)
    program.adapter.save_policy(program.enforcer.get_model())
    assert "g lee role:o1/dentist c1" not in lines(program.policy)
    assert set(other) <= set(lines(program.policy))


def test_more_domains_are_loaded_beside_the_first_without_doubling(process: Process) -> None:
    program = filtered(process, "c1")
    program.enforcer.load_increment_filtered_policy("c2")
    for found in (program.enforcer.get_named_grouping_policy("g2"), program.enforcer.get_policy()):
        assert len(found) == len(set(map(tuple, found)))
    assert ["c2", "o1"] in program.enforcer.get_named_grouping_policy("g2")
    program.adapter.save_policy(program.enforcer.get_model())
    assert process.log.head().revision == 1


def test_other_domains_take_the_place_of_those_that_were_loaded(process: Process) -> None:
    program = filtered(process, "c1")
    program.enforcer.load_filtered_policy("o2")
    assert program.enforcer.get_named_grouping_policy("g2") == [["o2", "platform"]]


def test_without_a_filter_all_is_loaded(process: Process) -> None:
    program = filtered(process, None)
    assert not program.enforcer.is_filtered()
    assert len(program.enforcer.get_named_grouping_policy("g2")) == 4


@pytest.mark.parametrize("wanted", [7, [7], ["c1", None], object()])
def test_what_names_no_domain_is_no_filter(process: Process, wanted: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidRequestError, match="a filter is a domain"):
        filtered(process, wanted)


# --- what an enforcer has -----------------------------------------------------------------------------------


def test_an_adapter_knows_up_to_which_change_its_enforcer_has_all(program: Program) -> None:
    seen = program.adapter.seen
    assert (seen.revision, seen.newest) == (1, 1)
    program.enforcer.add_policy(*WRITE)
    assert (seen.revision, seen.newest) == (2, 2)
    Program(program.process.beside()).enforcer.add_grouping_policy("kim", DENTIST, "c2")
    program.enforcer.remove_policy(*WRITE)
    assert (seen.revision, seen.newest) == (2, 4)
    program.reload()
    assert (seen.revision, seen.newest) == (4, 4)


def test_what_was_refused_or_unknown_leaves_doubt_of_what_an_enforcer_has(program: Program) -> None:
    program.process.log.before = away("append")
    with pytest.raises(StoreUnavailableError):
        program.enforcer.remove_policy(*READ)
    assert (program.adapter.seen.revision, program.adapter.seen.doubts) == (UNKNOWN, 1)
    assert program.adapter.seen.due.is_set()


def test_a_rule_that_is_no_rule_leaves_doubt_too(program: Program) -> None:
    with pytest.raises(InvalidRequestError):
        program.enforcer.update_policy(READ, [*WRITE[:4], 7])
    assert program.adapter.seen.doubts == 1


def test_a_part_that_was_loaded_earlier_makes_the_whole_older(process: Process) -> None:
    program = filtered(process, "c1")
    Program(process.beside()).enforcer.add_policy(*WRITE)
    program.enforcer.load_increment_filtered_policy("c2")
    assert program.adapter.seen.revision == 1


def test_a_change_of_somebody_else_is_not_taken_for_its_own(program: Program) -> None:
    seen = program.adapter.seen
    seen.wrote(Written(2, made=False))
    assert (seen.revision, seen.newest) == (1, 2)
