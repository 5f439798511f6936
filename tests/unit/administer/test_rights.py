"""Who holds which right, where."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import Window
from enterprise_service.administer.rights import (
    EVERYTHING,
    TO_DECIDE,
    TO_QUERY,
    Right,
    Rights,
    covers,
    meet,
    people_behind,
    rights_of,
)
from tests.support.policies import api_key, assignment, clinic, organization, role, state_of, tree_state

NOW = 1_000
READ_CLINICS = Right("clinics", "read")
MAKE_CLINICS = Right("clinics", "create")
ASSIGN = Right("assignments", "create")


def rights(actor: str, *records: Record) -> Rights:
    return rights_of(tree_state(*BUILT_IN_ROLES, *records), actor, NOW)


def test_bootstrap_and_the_program_hold_everything_everywhere() -> None:
    for actor in ("bootstrap", "system:local"):
        held = rights(actor)
        assert held.at("c3") == EVERYTHING
        assert held.tops(READ_CLINICS) == ["platform"]
        assert held.sees("c2")
        assert not held.sees("nowhere")


def test_a_subject_holds_what_it_is_assigned_there_and_below() -> None:
    held = rights("ann", assignment("ann", "organization-admin@platform", "g1"))
    assert [held.may(domain, MAKE_CLINICS) for domain in ("platform", "o1", "g1", "c2", "c1", "c3")] == [
        *(False, False),
        *(True, True),
        *(False, False),
    ]
    assert held.tops(MAKE_CLINICS) == ["g1"]
    assert held.is_above("o1")
    assert not held.is_above("o2")
    assert not held.sees("o1")


@pytest.mark.parametrize("window", [Window(None, NOW), Window(NOW + 1, None)])
def test_an_assignment_that_is_not_current_gives_nothing(window: Window) -> None:
    held = rights("ann", assignment("ann", "clinic-admin@platform", "c1", window=window))
    assert not held.sees("c1")
    assert held.tops(READ_CLINICS) == []


def test_a_role_gives_the_rights_that_it_inherits_where_it_inherits_them() -> None:
    boss = role("boss@o1")
    extended = role("boss@g1", extends="o1", inherits=("clinic-admin@platform",))
    held = rights("ann", boss, extended, assignment("ann", "boss@o1", "o1"))
    assert [held.may(domain, ASSIGN) for domain in ("o1", "c1", "g1", "c2")] == [False, False, True, True]
    assert held.tops(ASSIGN) == ["g1"]


def test_in_a_suspended_domain_authority_is_asked_above_but_for_decisions() -> None:
    records = (
        organization("s1"),
        clinic("s2", "s1", organization_id="s1", status=Status.SUSPENDED),
        clinic("s3", "s2", organization_id="s1"),
        assignment("low", "clinic-admin@platform", "s3"),
        assignment("high", "organization-admin@platform", "s1"),
    )
    low, high = rights("low", *records), rights("high", *records)
    assert [held.may("s3", ASSIGN) for held in (low, high)] == [False, True]
    assert [held.may("s3", TO_DECIDE) for held in (low, high)] == [True, True]
    assert low.sees("s3")
    assert low.tops(READ_CLINICS) == []
    assert high.tops(READ_CLINICS) == ["s1"]


# --- keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "may", "may_not"),
    [
        (Scope.DECIDE, {TO_DECIDE}, {TO_QUERY, READ_CLINICS}),
        (Scope.QUERY, {TO_DECIDE, TO_QUERY}, {READ_CLINICS}),
        (Scope.AUDIT, {TO_DECIDE, TO_QUERY, READ_CLINICS, Right("changes", "read")}, {ASSIGN}),
        (Scope.MANAGE, {TO_DECIDE, READ_CLINICS, ASSIGN, MAKE_CLINICS}, {Right("organizations", "administer")}),
    ],
)
def test_scopes_give_their_rights_in_the_keys_domain(scope: Scope, may: set[Right], may_not: set[Right]) -> None:
    held = rights("key:k1", api_key("k1", "o1", scope, created_by="bootstrap"))
    for domain in ("o1", "c2"):
        assert {right for right in may | may_not if held.may(domain, right)} == may
    for elsewhere in ("platform", "o2", "c3"):
        assert held.at(elsewhere) == frozenset()


@pytest.mark.parametrize(("domain", "makes"), [("platform", True), ("o1", True), ("g1", False), ("c1", False)])
def test_manage_gives_what_the_administrator_of_such_a_domain_has(*, domain: str, makes: bool) -> None:
    held = rights("key:k1", api_key("k1", domain, Scope.MANAGE, created_by="bootstrap"))
    assert held.may(domain, MAKE_CLINICS) is makes
    assert held.may(domain, ASSIGN)


def test_manage_and_audit_give_no_more_than_the_maker_holds_now() -> None:
    made = [api_key(f"k-{scope}", "o1", scope, created_by="ann") for scope in Scope]
    clinics = assignment("ann", "clinic-admin@platform", "c1")
    manage, audit = rights("key:k-manage", *made, clinics), rights("key:k-audit", *made, clinics)
    assert manage.may("c1", ASSIGN)
    assert not manage.may("c1", MAKE_CLINICS)
    assert not manage.sees("c2")
    assert (manage.tops(ASSIGN), manage.tops(MAKE_CLINICS)) == (["c1"], [])
    assert manage.is_above("o1")
    assert audit.may("c1", READ_CLINICS)
    assert not audit.sees("o1")
    assert rights("key:k-manage", *made).at("c1") == frozenset()
    for lasting in ("key:k-decide", "key:k-query"):
        assert rights(lasting, *made).may("o1", TO_DECIDE)


def test_a_key_made_by_a_key_is_bound_by_its_whole_line() -> None:
    line = [
        api_key("k1", "o1", Scope.MANAGE, created_by="ann"),
        api_key("k2", "o1", Scope.MANAGE, created_by="key:k1"),
    ]
    ann = assignment("ann", "auditor@platform", "o1")
    assert rights("key:k2", *line, ann).may("o1", READ_CLINICS)
    assert not rights("key:k2", *line, ann).may("o1", ASSIGN)
    assert people_behind(tree_state(*line), "key:k2") == ("ann",)


def test_nobody_is_behind_a_key_of_bootstraps() -> None:
    state = tree_state(api_key("k1", "o1", Scope.MANAGE, created_by="bootstrap"))
    for actor in ("key:k1", "key:gone", "bootstrap", "system:local"):
        assert people_behind(state, actor) == ()
    assert people_behind(state, "ann") == ("ann",)


@pytest.mark.parametrize("actor", ["key:k1", "key:k2"])
def test_a_key_that_is_gone_or_has_expired_is_no_credential(actor: str) -> None:
    state = tree_state(api_key("k1", "o1", expires_at=NOW))
    with pytest.raises(UnauthenticatedError):
        rights_of(state, actor, NOW)


# --- sets of rights ----------------------------------------------------------------------------------------


def test_wide_rights_cover_and_meet_narrow_ones() -> None:
    reads, makes = frozenset({Right("*", "read")}), frozenset({MAKE_CLINICS, READ_CLINICS})
    assert covers(EVERYTHING, makes)
    assert not covers(reads, makes)
    assert meet(reads, makes) == {READ_CLINICS}
    assert meet(EVERYTHING, makes) == makes
    assert meet(frozenset({Right("roles", "*")}), makes) == frozenset()


def test_nothing_is_held_in_an_empty_state() -> None:
    assert not rights_of(state_of(), "ann", NOW).sees("platform")
