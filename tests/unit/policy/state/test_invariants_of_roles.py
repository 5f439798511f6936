"""What an edit of a role must not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.errors import (
    AlreadyExistsError,
    CycleError,
    Fault,
    InUseError,
    InvalidRequestError,
    ReservedError,
    TooDeepError,
    UnknownReferenceError,
)
from enterprise_policy.state.built_in import BUILT_IN_IDS, BUILT_IN_ROLES
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.fold import place
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.record import Record, Versioned
from enterprise_policy.state.role import Permission, Role
from tests.support.policies import allow, assignment, clinic, provider, refusal, role, tree_state

R = role("R@platform", allow("/a"))


def test_a_role_is_made_in_a_domain_that_exists() -> None:
    refused = refusal(tree_state(), create(role("R@nowhere")))
    assert isinstance(refused, UnknownReferenceError)
    assert refused.faults == (Fault("/domain", "there is no domain `nowhere`"),)


def test_a_role_exists_once_in_its_domain() -> None:
    refused = refusal(tree_state(R), create(role("R@platform", allow("/b"))))
    assert isinstance(refused, AlreadyExistsError)
    assert refused.faults == (Fault("/id", "role `R` exists"),)


def test_the_same_name_lower_down_is_another_role() -> None:
    state = tree_state(R, role("R@o1"), role("R@c1"))
    assert [state.resolve_role(d, "R") for d in ("c1", "o1", "o2")] == [r.ref for r in (role("R@c1"), role("R@o1"), R)]


# --- extensions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extension",
    [
        role("R@o1", extends="o1"),
        role("R@c1", extends="c1"),
        role("R@c1", extends="o1"),
        role("R@c1", extends="c2"),
        role("R@c1", extends="o2"),
        role("R@c1", extends="nowhere"),
        role("S@o1", extends="platform"),
        role("E@c1", extends="o1"),
    ],
)
def test_an_extension_names_a_role_made_above(extension: Role) -> None:
    state = tree_state(R, role("R@o2"), role("E@platform"), role("E@o1", extends="platform"))
    refused = refusal(state, create(extension))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == ["/extends"]


@pytest.mark.parametrize(("before", "after"), [(None, "platform"), ("platform", None), ("platform", "o1")])
def test_what_a_role_extends_stays(before: str | None, after: str | None) -> None:
    old = role("R@c1", extends=before)
    refused = refusal(tree_state(R, role("R@o1"), old), update(old, replace(old, extends=after)))
    assert isinstance(refused, InvalidRequestError)
    assert refused.faults == (Fault("/extends", "can't change"),)


def test_an_extension_is_deleted_while_its_role_is_held() -> None:
    extension = role("R@o1", allow("/b"), extends="platform")
    state = admit(tree_state(R, extension, assignment("ann", "R@platform", "c1")), delete(extension), 0)
    assert state.roles.get("o1", "R") is None


# --- what belongs to the program --------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(BUILT_IN_IDS))
@pytest.mark.parametrize("domain", ["platform", "o1", "c1"])
def test_built_in_ids_belong_to_the_program(name: str, domain: str) -> None:
    refused = refusal(tree_state(), create(role(f"{name}@{domain}", allow("/a"))))
    assert isinstance(refused, ReservedError)
    assert refused.faults == (Fault("/id", f"`{name}` is a built-in role"),)


def test_built_in_roles_are_not_extended() -> None:
    refused = refusal(tree_state(*BUILT_IN_ROLES), create(role("auditor@o1", allow("/a"), extends="platform")))
    assert isinstance(refused, ReservedError)


@pytest.mark.parametrize(
    "pretender",
    [
        role("mine@platform", allow("/management/*"), built_in=True),
        role("mine@o1", allow("/management/*"), built_in=True),
        role("auditor@o1", allow("/management/*"), built_in=True),
        role("auditor@o1", allow("/management/*"), built_in=True, extends="platform"),
        role("R@o1", allow("/management/*"), built_in=True, extends="platform"),
    ],
)
def test_no_other_role_is_built_in(pretender: Role) -> None:
    refused = refusal(tree_state(R, *BUILT_IN_ROLES), create(pretender))
    assert isinstance(refused, ReservedError)
    assert [fault.pointer for fault in refused.faults] == ["/id"]


def test_a_built_in_role_stays_built_in() -> None:
    auditor = next(built_in for built_in in BUILT_IN_ROLES if built_in.id == "auditor")
    refused = refusal(tree_state(auditor), update(auditor, role("auditor@platform", allow("/a"))))
    assert isinstance(refused, ReservedError)


def test_a_built_in_role_is_brought_up_to_date() -> None:
    auditor = next(built_in for built_in in BUILT_IN_ROLES if built_in.id == "auditor")
    old = replace(auditor, description="As it was.")
    state = place(tree_state(), Versioned(old, 1, 0, 0))
    assert admit(state, update(old, auditor), 0).role(auditor.ref) == auditor


def test_a_built_in_role_is_the_programs_and_stays() -> None:
    client = next(built_in for built_in in BUILT_IN_ROLES if built_in.id == "decision-client")
    widened = replace(client, permissions=(Permission("*", "*"),))
    state = tree_state(client)
    for edit in (update(client, widened), delete(client)):
        assert isinstance(refusal(state, edit), ReservedError)


def test_the_model_of_a_store_stays() -> None:
    pin = ModelPin(digest="abc")
    state = tree_state(pin)
    for edit in (update(pin, ModelPin(digest="xyz")), delete(pin)):
        assert isinstance(refusal(state, edit), ReservedError)


# --- inheritance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("inherited", ["S@platform", "R@o2", "R@c1", "R@nowhere", "E@o1"])
def test_a_role_inherits_what_its_domain_can_use(inherited: str) -> None:
    state = tree_state(R, role("R@o2"), role("R@c1"), role("E@platform"), role("E@o1", extends="platform"))
    refused = refusal(state, create(role("T@o1", inherits=["R@platform", inherited])))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == ["/inherits/1"]


def test_a_role_does_not_inherit_itself() -> None:
    refused = refusal(tree_state(R), update(R, replace(R, inherits=(R.ref,))))
    assert isinstance(refused, CycleError)
    assert refused.faults == (Fault("/inherits", "roles would inherit themselves in `platform`: `R` > `R`"),)


def test_roles_do_not_inherit_in_a_circle() -> None:
    a, b, c = (
        role("A@platform"),
        role("B@platform", inherits=["A@platform"]),
        role("C@platform", inherits=["B@platform"]),
    )
    refused = refusal(tree_state(a, b, c), update(a, replace(a, inherits=(c.ref,))))
    assert isinstance(refused, CycleError)
    assert "in `platform`: `A` > `C` > `B` > `A`" in str(refused)


def test_an_extension_closes_no_circle_in_a_domain_below() -> None:
    """The extension at `o1` is harmless there; at `c1` another leads back."""
    a, b = role("A@platform"), role("B@platform")
    back = role("B@c1", inherits=["A@platform"], extends="platform")
    refused = refusal(tree_state(a, b, back), create(role("A@o1", inherits=["B@platform"], extends="platform")))
    assert isinstance(refused, CycleError)
    assert "in `c1`" in str(refused)
    assert admit(tree_state(a, b), create(role("A@o1", inherits=["B@platform"], extends="platform")), 0)


def test_a_moved_clinic_brings_no_circle() -> None:
    """What the group inherits one way, the clinic inherits the other."""
    a, b = role("A@platform"), role("B@platform")
    above = role("A@g1", inherits=["B@platform"], extends="platform")
    below = role("B@c1", inherits=["A@platform"], extends="platform")
    refused = refusal(tree_state(a, b, above, below), update(clinic("c1"), clinic("c1", "g1")))
    assert isinstance(refused, CycleError)
    assert "in `c1`" in str(refused)


def test_a_moved_group_brings_no_circle_into_the_clinics_below_it() -> None:
    a, b = role("A@platform"), role("B@platform")
    above = role("A@c1", inherits=["B@platform"], extends="platform")
    below = role("B@c2", inherits=["A@platform"], extends="platform")
    refused = refusal(tree_state(a, b, above, below), update(clinic("g1"), clinic("g1", "c1")))
    assert isinstance(refused, CycleError)
    assert "in `c2`" in str(refused)


def chain(length: int) -> list[Role]:
    """`R1`, and each next role inheriting the one before."""
    return [role(f"R{n}@platform", inherits=[f"R{n - 1}@platform"] if n > 1 else []) for n in range(1, length + 1)]


def test_inheritance_is_at_most_8_deep() -> None:
    refused = refusal(tree_state(*chain(8)), create(chain(9)[-1]))
    assert isinstance(refused, TooDeepError)
    assert refused.faults == (Fault("/inherits", "role `R9` would be the first of more than 8 roles in `platform`"),)


def test_an_extension_makes_no_chain_too_deep_in_a_domain_below() -> None:
    eight = chain(8)
    state = tree_state(*eight, role("X@c2"))
    refused = refusal(state, create(role("R1@c2", inherits=["X@c2"], extends="platform")))
    assert isinstance(refused, TooDeepError)
    assert "`R8` would be the first of more than 8 roles in `c2`" in str(refused)
    assert admit(state, create(role("R2@c2", inherits=["X@c2"], extends="platform")), 0)


def test_two_long_chains_are_not_joined() -> None:
    state = tree_state(
        *chain(8),
        *(replace(r, id=f"S{r.id}", inherits=tuple(i._replace(id=f"S{i.id}") for i in r.inherits)) for r in chain(8)),
    )
    end = chain(1)[0]
    refused = refusal(state, update(end, replace(end, inherits=(role("SR8@platform").ref,))))
    assert isinstance(refused, TooDeepError)


def test_a_move_that_joins_links_without_end_is_refused_as_too_deep() -> None:
    """Every other link is added in the clinic, the rest in the group that it comes to: apart, no chain has three."""
    state = tree_state()
    for number in range(2_000):
        base = role(f"A{number}@platform")
        link = role(f"A{number}@{('c1', 'g1')[number % 2]}", inherits=[f"A{number + 1}@platform"], extends="platform")
        state = place(place(state, Versioned(base, 1, 1, 1)), Versioned(link, 1, 1, 1))
    refused = refusal(state, update(clinic("c1"), clinic("c1", "g1")))
    assert isinstance(refused, TooDeepError)


# --- roles in use -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "named"),
    [
        (assignment("ann", "R@platform", "c1"), "assignment `ann.R.platform` of `ann` in `c1`"),
        (provider("dr.lee", "c1", "R@platform"), "of `dr.lee` in `c1`"),
        (role("S@c1", inherits=["R@platform"]), "role `S` in `c1`"),
        (role("R@c1", extends="platform"), "role `R` in `c1`"),
    ],
)
def test_a_role_in_use_is_not_deleted(user: Record, named: str) -> None:
    refused = refusal(tree_state(R, user), delete(R))
    assert isinstance(refused, InUseError)
    assert str(refused).startswith("role `R` is in use: ")
    assert named in str(refused)


def test_an_error_names_the_first_10_users() -> None:
    users = [assignment(f"s{n}", "R@platform", domain) for domain in ("c1", "c2") for n in range(8)]
    refused = refusal(tree_state(R, *users), delete(R))
    assert str(refused).count("assignment `") == 10


def test_a_role_that_nobody_needs_any_more_is_deleted() -> None:
    held, heir = assignment("ann", "R@platform", "c1"), role("S@c1", inherits=["R@platform"])
    state = tree_state(R, role("S@o1"), held, heir)
    for edit in (delete(held), update(heir, replace(heir, inherits=())), delete(R)):
        state = admit(state, edit, 0)
    assert state.role(R.ref) is None
