"""What an edit of an organization or clinic must not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.errors import (
    AlreadyExistsError,
    ConflictError,
    CycleError,
    Fault,
    InUseError,
    InvalidRequestError,
    TooDeepError,
    UnknownReferenceError,
)
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record
from tests.support.policies import (
    allow,
    api_key,
    applied,
    assignment,
    change_of,
    clinic,
    organization,
    provider,
    ref,
    refusal,
    role,
    state_of,
    tree_state,
)

R = role("R@platform", allow("/a"))


def moved(domain: str, to: str, parent: str = "o1") -> Edit:
    """The move of a clinic of `o1` from ``parent`` to ``to``."""
    return update(clinic(domain, parent), clinic(domain, to))


def deep(clinics: int) -> PolicyState:
    """`o1` with clinics `d1` below it, `d2` below `d1`, and so on."""
    return state_of(
        organization("o1"), *(clinic(f"d{n}", "o1" if n == 1 else f"d{n - 1}") for n in range(1, clinics + 1))
    )


@pytest.mark.parametrize(
    "made",
    [organization("o1"), organization("c1"), clinic("c1"), clinic("o2"), organization("platform"), clinic("platform")],
)
def test_domains_share_one_name_space(made: Record) -> None:
    refused = refusal(tree_state(), create(made))
    assert isinstance(refused, AlreadyExistsError)
    assert [fault.pointer for fault in refused.faults] == ["/id"]


@pytest.mark.parametrize("made", [organization("c3"), clinic("c3"), clinic("c3", "c1")])
def test_the_id_of_a_deleted_domain_is_never_used_again(made: Record) -> None:
    state = applied(tree_state(), delete(clinic("c3", "o2", organization_id="o2")))
    refused = refusal(state, create(made))
    assert isinstance(refused, AlreadyExistsError)
    assert refused.faults == (Fault("/id", "domain `c3` has existed, and its id is never used again"),)


def test_an_id_is_given_up_for_the_rest_of_the_same_change_too() -> None:
    gone = admit(tree_state(), delete(clinic("c3", "o2", organization_id="o2")), 0)
    assert isinstance(refusal(gone, create(clinic("c3"))), AlreadyExistsError)


# --- but by the revert of the change that gave it up ------------------------------------------------

C3 = clinic("c3", "o2", organization_id="o2")


def test_the_revert_of_the_change_that_gave_an_id_up_gives_it_back() -> None:
    state = applied(tree_state(), delete(C3))
    restored = admit(state, create(C3), 0, reverts=2)
    assert restored.clinic("c3") == C3
    assert restored.tree.path("c3") == ("c3", "o2", "platform")


def test_an_organization_comes_back_with_what_was_in_it() -> None:
    o2 = organization("o2")
    state = applied(tree_state(), delete(C3), delete(o2))
    restored = admit(admit(state, create(o2), 0, reverts=2), create(C3), 0, reverts=2)
    assert restored.tree.path("c3") == ("c3", "o2", "platform")


@pytest.mark.parametrize("reverts", [None, 1, 3, 4])
def test_the_revert_of_another_change_gives_no_id_back(reverts: int | None) -> None:
    state = applied(applied(tree_state(), delete(C3)), create(clinic("c9")))
    assert state.retired.get("c3") == 2
    with pytest.raises(AlreadyExistsError, match="domain `c3` has existed, and its id is never used again"):
        admit(state, create(C3), 0, reverts=reverts)


def test_a_revert_gives_back_no_id_that_its_change_did_not_give_up() -> None:
    gone = applied(applied(tree_state(), delete(C3)), delete(clinic("c1")))
    with pytest.raises(AlreadyExistsError):
        admit(gone, create(clinic("c1")), 0, reverts=2)


def test_an_id_that_was_given_back_is_given_up_anew() -> None:
    deleted = applied(tree_state(), delete(C3))
    restored = apply_change(deleted, change_of(deleted, create(C3)), b"mac")
    with pytest.raises(AlreadyExistsError, match="exists"):
        admit(restored, create(C3), 0, reverts=2)
    again = applied(restored, delete(C3))
    with pytest.raises(AlreadyExistsError, match="has existed"):
        admit(again, create(C3), 0, reverts=2)
    assert admit(again, create(C3), 0, reverts=4).clinic("c3") == C3


def test_what_a_revert_is_admitted_to_is_what_the_log_folds_to() -> None:
    deleted = applied(tree_state(), delete(C3))
    admitted = admit(deleted, create(C3), 3, reverts=2)
    folded = apply_change(deleted, change_of(deleted, create(C3), at=3), b"mac")
    assert replace(admitted, position=folded.position, at=3, remembered=folded.remembered) == folded


@pytest.mark.parametrize(
    ("made", "pointer"),
    [
        (clinic("c9", "o9", organization_id="o9"), "/organization_id"),
        (clinic("c9", "c1", organization_id="c1"), "/organization_id"),
        (clinic("c9", "platform", organization_id="platform"), "/organization_id"),
        (clinic("c9", "nowhere"), "/parent_id"),
        (clinic("c9", "c9"), "/parent_id"),
        (clinic("c9", "o2"), "/parent_id"),
        (clinic("c9", "c3"), "/parent_id"),
        (clinic("c9", "platform"), "/parent_id"),
    ],
)
def test_a_clinic_lies_in_its_organization(made: Record, pointer: str) -> None:
    refused = refusal(tree_state(), create(made))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == [pointer]


def test_a_clinic_stays_in_its_organization() -> None:
    before = clinic("c1")
    refused = refusal(tree_state(), update(before, replace(before, organization_id="o2", parent_id="o2")))
    assert isinstance(refused, InvalidRequestError)
    assert refused.faults == (Fault("/organization_id", "can't change"),)


@pytest.mark.parametrize("parent", ["g1", "c2"])
def test_a_clinic_never_lies_below_itself(parent: str) -> None:
    refused = refusal(tree_state(), moved("g1", parent))
    assert isinstance(refused, CycleError)
    assert refused.faults == (Fault("/parent_id", "clinic `g1` would lie below itself"),)


def test_the_tree_is_at_most_8_deep() -> None:
    eight = deep(6)
    assert len(eight.tree.path("d6")) == 8
    refused = refusal(eight, create(clinic("d7", "d6")))
    assert isinstance(refused, TooDeepError)
    assert refused.faults == (Fault("/parent_id", "the domain tree would be more than 8 deep"),)


def test_a_move_counts_what_comes_along() -> None:
    # Below d5 there is room for one clinic; the group would bring two levels.
    state = applied(deep(5), create(clinic("g1")), create(clinic("c2", "g1")))
    assert isinstance(refusal(state, moved("g1", "d5")), TooDeepError)
    assert admit(state, moved("g1", "d4"), 0).tree.path("c2")[:3] == ("c2", "g1", "d4")


def test_a_move_is_seen_by_all_below() -> None:
    state = admit(tree_state(), moved("g1", "c1"), 0)
    assert state.tree.path("c2") == ("c2", "g1", "c1", "o1", "platform")


@pytest.mark.parametrize(
    ("user", "named"),
    [
        (clinic("c9", "c1"), "domain `c9`"),
        (role("S@c1"), "role `S`"),
        (assignment("ann", "R@platform", "c1"), "assignment `ann.R.platform`"),
        (provider("dr.lee", "c1", "R@platform"), "provider `dr.lee`"),
        (api_key("k1", "c1"), "key `k1`"),
    ],
)
def test_a_clinic_in_use_is_not_deleted(user: Record, named: str) -> None:
    refused = refusal(tree_state(R, user), delete(clinic("c1")))
    assert isinstance(refused, InUseError)
    assert named in str(refused)


def test_of_many_users_every_process_names_the_same() -> None:
    held = [assignment(f"s{number:02}", "R@platform", "c1") for number in range(30)]
    named = [f"assignment `{each.id}`" for each in held[:10]]
    of_domain = refusal(tree_state(R, *held), delete(clinic("c1")))
    assert str(of_domain) == f"domain `c1` is in use: {', '.join(named)}"
    of_role = refusal(tree_state(R, *held), delete(R))
    assert str(of_role) == f"role `R` is in use: {', '.join(f'{n} of `s{i:02}` in `c1`' for i, n in enumerate(named))}"


def test_an_organization_in_use_is_not_deleted() -> None:
    refused = refusal(tree_state(), delete(organization("o2")))
    assert isinstance(refused, InUseError)
    assert str(refused) == "domain `o2` is in use: domain `c3`"


def test_an_empty_organization_is_deleted() -> None:
    state = admit(tree_state(), create(organization("o3")), 0)
    gone = admit(state, delete(organization("o3")), 0)
    assert "o3" not in gone.tree
    assert gone.organization("o3") is None


def test_an_organization_changes_its_name() -> None:
    state = admit(tree_state(), update(organization("o1"), organization("o1", name="One")), 0)
    assert state.organization("o1") == organization("o1", name="One")


# --- a move takes nobody's roles away -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "named"),
    [
        (assignment("ann", "S@g1", "c2"), "assignment `ann.S.g1` of `ann` in `c2`"),
        (provider("dr.lee", "c2", "S@g1"), "assignment `provider-"),
        (role("T@c2", inherits=["S@g1"]), "role `T` in `c2`"),
        (role("S@c2", extends="g1"), "role `S` in `c2`"),
    ],
)
def test_a_clinic_that_uses_a_role_of_its_group_stays(user: Record, named: str) -> None:
    refused = refusal(tree_state(role("S@g1"), user), moved("c2", "o1", parent="g1"))
    assert isinstance(refused, InUseError)
    assert str(refused).startswith("clinic `c2` uses roles made where it would leave: ")
    assert named in str(refused)


def test_a_group_that_leaves_takes_its_own_roles_along() -> None:
    state = tree_state(role("S@g1"), assignment("ann", "S@g1", "c2"), role("S@c1"), assignment("bob", "S@c1", "c1"))
    assert admit(state, moved("g1", "c1"), 0).tree.parent("g1") == "c1"


def test_a_clinic_leaves_an_extension_behind_and_keeps_the_role() -> None:
    state = tree_state(R, role("R@g1", allow("/b"), extends="platform"), assignment("ann", "R@platform", "c2"))
    after = admit(state, moved("c2", "o1", parent="g1"), 0)
    assert [held.role for held in after.assignments_of("ann", "c2")] == [ref("R@platform")]


# --- edits meet their record ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        update(organization("o1", name="Old"), organization("o1", name="New")),
        delete(organization("o1", name="Old")),
        update(organization("o9"), organization("o9", name="New")),
        delete(clinic("c9")),
    ],
)
def test_an_edit_of_what_has_changed_is_a_conflict(edit: Edit) -> None:
    refused = refusal(tree_state(), edit)
    assert isinstance(refused, ConflictError)
    assert str(refused).endswith("has changed")
