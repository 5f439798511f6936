"""Attempts to get at what rules 2 to 5 of HTTP contract section 6 keep back, and to keep other writers waiting."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.fold import apply_edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, api_key, assignment, clinic, deny, provider, ref, role, tree_state
from tests.unit.administer.scenes import NOW, code

SECONDS = 10.0
"""Of computing, for what takes a small part of one; it took more than a minute when it was found."""


def given(*records: Record) -> PolicyState:
    """Ann manages `o1`, gina group `g1` as an organization's administrator would; `root` the platform."""
    return tree_state(
        *BUILT_IN_ROLES,
        role("plain@o1"),
        assignment("root", "platform-admin@platform", "platform"),
        assignment("ann", "organization-admin@platform", "o1"),
        assignment("gina", "organization-admin@platform", "g1"),
        *records,
    )


# --- what is made in a change is judged with the rest of it -----------------------------------------------


@pytest.mark.parametrize("made_in", ["g1", "c2"])
def test_a_new_clinic_is_no_place_to_give_what_is_not_held_above_it(made_in: str) -> None:
    new, admin = create(clinic("n1", made_in)), "organization-admin@platform"
    assert code(given(), "gina", new, create(assignment("eve", admin, "n1"))) == ""
    assert code(given(), "gina", new, create(assignment("eve", "platform-admin@platform", "n1"))) == "escalation"
    assert code(given(), "gina", new, create(provider("eve", "n1", "platform-admin@platform"))) == "escalation"


def test_nobody_takes_a_clinic_out_of_a_group_by_one_that_he_makes_himself() -> None:
    new = create(clinic("n1", "g1"))
    assert code(given(), "gina", new, update(clinic("c1"), clinic("c1", "n1"))) == "forbidden"
    assert code(given(), "gina", new, update(clinic("n1", "g1"), clinic("n1", "o1"))) == "forbidden"


def test_an_id_that_was_given_up_in_a_change_is_not_taken_again_in_it() -> None:
    assert code(given(), "ann", delete(clinic("c1")), create(clinic("c1"))) == "already_exists"


def test_harmless_steps_are_judged_by_where_they_lead() -> None:
    boss, grown = role("boss@g1"), role("boss@g1", inherits=("platform-admin@platform",))
    steps = (create(boss), create(assignment("eve", "boss@g1", "g1")), update(boss, grown))
    assert code(given(), "gina", *steps[:2]) == ""
    assert code(given(), "gina", *steps) == "escalation"
    assert code(given(), "root", *steps) == ""


# --- keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", [(), (Window(None, NOW - 1),), (Window(NOW + 1, None),)])
def test_a_key_of_a_key_does_nothing_once_the_person_behind_it_may_not(held: tuple[Window, ...]) -> None:
    state = given(
        *(assignment("mia", "organization-admin@platform", "c1", window=window) for window in held),
        api_key("k1", "c1", Scope.MANAGE, created_by="mia"),
        api_key("k2", "c1", Scope.MANAGE, created_by="key:k1"),
    )
    edit = create(assignment("eve", "auditor@platform", "c1"))
    for actor in ("mia", "key:k1", "key:k2"):
        assert code(state, actor, edit) == "forbidden"


def test_a_key_of_an_ended_key_is_no_credential() -> None:
    state = given(
        api_key("k1", "o1", Scope.MANAGE, created_by="ann", expires_at=NOW),
        api_key("k2", "o1", Scope.MANAGE, created_by="key:k1", expires_at=NOW),
    )
    assert code(state, "key:k2", create(assignment("eve", "auditor@platform", "c1"))) == "unauthenticated"


def test_the_person_behind_a_key_gains_nothing_by_it() -> None:
    state = given(
        api_key("k1", "o1", Scope.MANAGE, created_by="ann"), api_key("k2", "o1", Scope.MANAGE, created_by="key:k1")
    )
    for actor in ("ann", "key:k1", "key:k2"):
        edit = create(assignment("ann", "platform-admin@platform", "o1"))
        assert code(state, actor, edit) == "escalation"


# --- what a call may cost -------------------------------------------------------------------------------------


def made(state: PolicyState, *records: Record) -> PolicyState:
    """``state`` with ``records``, which nobody judged."""
    for record in records:
        state = apply_edit(state, create(record), 1, 0)
    return state


def many_inheriting() -> tuple[PolicyState, list[Edit]]:
    """Each role of an organization with many, and many clinics that have roles too, comes to inherit."""
    clinics = [f"x{number}" for number in range(300)]
    roles = [role(f"r{number}@o1") for number in range(1000)]
    state = made(given(), *roles, *map(clinic, clinics), *(role(f"own@{each}") for each in clinics))
    return state, [update(each, replace(each, inherits=(ref("auditor@platform"),))) for each in roles[:100]]


def many_actions() -> tuple[PolicyState, list[Edit]]:
    """Who may do everything somewhere has a role with a deny for each of many actions, and adds another."""
    shy = role("shy@o1", *(deny("/charts", f"action {number}") for number in range(10_000)))
    records = (role("owner@platform", allow("*")), shy)
    held = (assignment("ann", "owner@platform", "o1"), assignment("ann", "shy@o1", "o1"))
    return made(given(), *records, *held), [
        update(shy, replace(shy, permissions=(*shy.permissions, deny("/charts", "x"))))
    ]


@pytest.mark.parametrize("attack", [many_inheriting, many_actions])
def test_a_call_that_is_made_to_cost_much_keeps_nobody_waiting(
    attack: Callable[[], tuple[PolicyState, list[Edit]]],
) -> None:
    state, edits = attack()
    began = time.process_time()
    assert code(state, "ann", *edits) in {"", "escalation"}
    assert time.process_time() - began < SECONDS


# --- moves -------------------------------------------------------------------------------------------------

MET = (
    clinic("g2"),
    role("plain@c2", extends="o1", inherits=("platform-admin@platform",)),
    assignment("bob", "plain@o1", "g2"),
)
AWAY = update(clinic("c2", "g1"), clinic("c2", "g2"))
AFTER_IT = update(clinic("g1", "o1"), clinic("g1", "g2"))


@pytest.mark.parametrize("moves", [(AWAY,), (AWAY, AFTER_IT), (AFTER_IT, AWAY)])
def test_a_clinic_meets_what_is_given_at_its_new_place_however_the_old_one_moves(moves: tuple[Edit, ...]) -> None:
    assert code(given(*MET), "ann", *moves) == "escalation"
    assert code(given(*MET), "root", *moves) == ""


def test_many_gifts_in_an_organization_with_many_roles_keep_nobody_waiting() -> None:
    state = given(*MET)
    clinics = [f"x{number}" for number in range(300)]
    for record in (
        *(role(f"r{number}@o1") for number in range(1000)),
        *map(clinic, clinics),
        *(role(f"own@{each}") for each in clinics),
    ):
        state = apply_edit(state, create(record), 1, 0)
    began = time.process_time()
    assert code(state, "ann", *(create(assignment("eve", f"r{number}@o1", "o1")) for number in range(40))) == ""
    assert time.process_time() - began < SECONDS
