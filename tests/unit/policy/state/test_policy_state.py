"""What a state answers, and what an error says of who uses a thing."""

from __future__ import annotations

import pytest

from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.edits import create
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.policy_state import empty_state
from enterprise_policy.state.record import Status
from enterprise_policy.state.role import RoleRef
from enterprise_policy.state.usage import users_of_domain, users_of_role
from tests.support.policies import (
    LOG_ID,
    allow,
    api_key,
    applied,
    assignment,
    clinic,
    organization,
    provider,
    ref,
    role,
    state_of,
    tree_state,
)

R, R_AT_O1 = role("R@platform"), role("R@o1")


def test_an_empty_state_is_a_state_before_the_first_change() -> None:
    state = empty_state(LOG_ID)
    assert (state.log_id, state.revision, state.position.chain) == (LOG_ID, 0, b"")
    assert state.catalogue is None
    assert state.model_digest is None


def test_catalogue_and_model_are_found() -> None:
    state = state_of(ModelPin(digest="abc"), Catalogue(resources=()))
    assert state.model_digest == "abc"
    assert state.catalogue == Catalogue(resources=())


def test_a_key_is_found_by_its_id_alone() -> None:
    state = tree_state(api_key("k1", "c1"))
    assert state.api_key("k1") == api_key("k1", "c1")
    assert state.api_key("k2") is None


@pytest.mark.parametrize(
    ("domain", "name", "found"),
    [
        ("c1", "R", "R@o1"),
        ("o1", "R", "R@o1"),
        ("c3", "R", "R@platform"),
        ("platform", "R", "R@platform"),
        ("c1", "E", "E@platform"),
        ("c1", "Q", None),
        ("nowhere", "R", None),
    ],
)
def test_a_role_is_called_by_its_nearest_name(domain: str, name: str, found: str | None) -> None:
    state = tree_state(R, R_AT_O1, role("E@platform"), role("E@o1", extends="platform"))
    assert state.resolve_role(domain, name) == (None if found is None else ref(found))


def test_an_extension_is_no_role_of_its_own() -> None:
    state = tree_state(R, role("R@c1", allow("/b"), extends="platform"))
    assert state.role(RoleRef("c1", "R")) is None
    assert state.role(RoleRef("platform", "R")) == R
    assert state.role(RoleRef("nowhere", "R")) is None


def test_a_role_is_told_with_its_extensions_on_the_way() -> None:
    extensions = [role("R@o1", extends="platform"), role("R@c1", extends="platform"), role("R@c2", extends="platform")]
    state = tree_state(R, *extensions)
    assert list(state.role_records(R.ref, state.tree.path("c1"))) == [extensions[1], extensions[0], R]
    assert list(state.role_records(R.ref, state.tree.path("o2"))) == [R]


def test_the_nearest_suspended_domain_is_told() -> None:
    state = state_of(
        organization("o1", status=Status.SUSPENDED),
        clinic("g1", status=Status.SUSPENDED),
        clinic("c1", "g1"),
        clinic("c2", "o1"),
        organization("o2"),
    )
    told = {domain: state.suspended_at(domain) for domain in ("o1", "g1", "c1", "c2", "o2", "platform", "nowhere")}
    assert told == {"o1": "o1", "g1": "g1", "c1": "g1", "c2": "o1", "o2": None, "platform": None, "nowhere": None}


def test_what_a_subject_is_given_is_found_by_domain() -> None:
    held = assignment("ann", "R@platform", "c1")
    state = tree_state(R, held, provider("dr.lee", "c1", "R@platform"))
    assert state.assignments_of("ann", "c1") == (held,)
    assert [a.subject for a in state.assignments_of("dr.lee", "c1")] == ["dr.lee"]
    assert state.assignments_of("ann", "o1") == ()
    assert state.assignments_of("bob", "c1") == ()
    assert dict(state.places.get("ann") or {}) == {"c1": 1}


def test_a_record_knows_the_revision_and_the_moments_of_its_first_and_last_change() -> None:
    state = applied(tree_state(), create(organization("o3")), at=70)
    found = state.organizations.get("platform", "o3")
    assert found is not None
    assert (found.revision, found.created_at, found.updated_at) == (2, 70, 70)


def test_tables_list_by_home() -> None:
    state = tree_state(R, R_AT_O1, role("S@o1"))
    assert {v.record.id for v in state.roles.items("o1")} == {"R", "S"}
    assert list(state.roles.items("c1")) == []
    assert set(state.roles.homes()) == {"platform", "o1"}
    assert len(list(state.roles)) == 3


def test_users_of_a_role_are_named_where_they_are() -> None:
    state = tree_state(
        R,
        role("S@o1", inherits=["R@platform"]),
        role("R@c1", extends="platform"),
        assignment("ann", "R@platform", "c2"),
        role("Q@o1"),
        assignment("ann", "Q@o1", "c2"),
    )
    assert users_of_role(state, R.ref) == [
        "role `R` in `c1`",
        "assignment `ann.R.platform` of `ann` in `c2`",
        "role `S` in `o1`",
    ]
    assert users_of_role(state, R.ref, frozenset({"c2", "o2"})) == ["assignment `ann.R.platform` of `ann` in `c2`"]
    assert users_of_role(state, ref("S@o1")) == []


def test_users_of_a_domain_are_what_is_in_it() -> None:
    state = tree_state(R_AT_O1, assignment("ann", "R@o1", "o1"), provider("dr.lee", "c1", "R@o1"))
    assert users_of_domain(state, "o1") == ["domain `c1`", "domain `g1`", "role `R`", "assignment `ann.R.o1`"]
    assert users_of_domain(state, "c1")[0] == "provider `dr.lee`"
    assert users_of_domain(state, "c2") == []
    keys = tree_state(api_key("k2", "c2"), api_key("k1", "c2", name="k2"))
    assert users_of_domain(keys, "c2") == ["key `k1`", "key `k2`"]
    many = tree_state(R, *(assignment(f"s{n}", "R@platform", "c2") for n in range(20)))
    assert len(users_of_domain(many, "c2")) == 10
