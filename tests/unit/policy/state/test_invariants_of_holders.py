"""What an edit of an assignment or of a provider's record must not do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.errors import (
    AlreadyExistsError,
    CallerError,
    ConflictError,
    Fault,
    InvalidRequestError,
    UnknownReferenceError,
)
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, assignment, provider, ref, refusal, role, tree_state

R = role("R@platform", allow("/a"))
ANN = assignment("ann", "R@platform", "c1")
LEE = provider("dr.lee", "c1", "R@platform")
LEE_HOLDS = LEE.assignments()[0]


def test_an_assignment_is_made_in_a_domain_that_exists() -> None:
    refused = refusal(tree_state(R), create(assignment("ann", "R@platform", "nowhere")))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == ["/domain"]


@pytest.mark.parametrize("named", ["S@platform", "R@c1", "R@c2", "R@o2", "R@nowhere", "E@o1"])
def test_an_assignment_gives_a_role_made_there_or_above(named: str) -> None:
    state = tree_state(R, role("R@o2"), role("R@c2"), role("E@platform"), role("E@o1", extends="platform"))
    refused = refusal(state, create(assignment("ann", named, "c1")))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == ["/role"]


@pytest.mark.parametrize("named", ["R@platform", "S@o1", "T@c1"])
def test_a_role_is_held_where_it_was_made_and_below(named: str) -> None:
    state = tree_state(R, role("S@o1"), role("T@c1"))
    after = admit(state, create(assignment("ann", named, "c1")), 0)
    assert [held.role for held in after.assignments_of("ann", "c1")] == [ref(named)]


@pytest.mark.parametrize("after", [replace(ANN, subject="bob"), replace(ANN, role=ref("S@platform"))])
def test_subject_and_role_of_an_assignment_stay(after: Assignment) -> None:
    refused = refusal(tree_state(R, role("S@platform"), ANN), update(ANN, after))
    assert isinstance(refused, InvalidRequestError)
    assert refused.faults == (Fault("/subject", "subject and role can't change"),)


@pytest.mark.parametrize(
    ("held", "wanted", "fits"),
    [
        (Window(), Window(), False),
        (Window(0, 10), Window(9, 20), False),
        (Window(0, 10), Window(10, 20), True),
        (Window(None, 10), Window(10, None), True),
        (Window(None, 10), Window(None, 5), False),
    ],
)
def test_a_subject_holds_a_role_once_at_a_time(held: Window, wanted: Window, fits: bool) -> None:  # noqa: FBT001 - a column
    state = tree_state(R, replace(ANN, window=held))
    edit = create(replace(ANN, id="again", window=wanted))
    if fits:
        assert len(admit(state, edit, 0).assignments_of("ann", "c1")) == 2
    else:
        refused = refusal(state, edit)
        assert isinstance(refused, AlreadyExistsError)
        detail = "`ann` has role `R` in `c1` in that time: assignment `ann.R.platform`"
        assert refused.faults == (Fault("/role", detail),)


def test_the_same_role_may_be_held_in_two_domains_and_by_two_subjects() -> None:
    state = tree_state(R, ANN)
    for other in (replace(ANN, domain="o1"), assignment("bob", "R@platform", "c1")):
        state = admit(state, create(other), 0)
    assert len(list(state.assignments)) == 3


def test_an_assignment_does_not_overlap_with_itself() -> None:
    state = admit(tree_state(R, ANN), update(ANN, replace(ANN, window=Window(5, None))), 0)
    assert [held.window for held in state.assignments_of("ann", "c1")] == [Window(5, None)]


def test_an_assignment_stretched_over_another_is_refused() -> None:
    first, second = replace(ANN, window=Window(0, 10)), replace(ANN, id="second", window=Window(10, 20))
    refused = refusal(tree_state(R, first, second), update(first, replace(first, window=Window(0, 11))))
    assert isinstance(refused, AlreadyExistsError)


# --- providers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit",
    [
        create(replace(ANN, source=Source.PROVIDER)),
        create(replace(ANN, verified=False)),
        update(LEE_HOLDS, replace(LEE_HOLDS, window=Window(0, 1))),
        update(LEE_HOLDS, replace(LEE_HOLDS, source=Source.DIRECT)),
        delete(LEE_HOLDS),
    ],
)
def test_an_assignment_of_a_provider_changes_only_through_the_provider(edit: Edit) -> None:
    refused = refusal(tree_state(R, LEE), edit)
    assert isinstance(refused, ConflictError)
    assert str(refused) == "an assignment of a provider changes only through the provider's record"


@pytest.mark.parametrize("clinic_id", ["o1", "platform", "nowhere"])
def test_a_provider_works_at_a_clinic(clinic_id: str) -> None:
    refused = refusal(tree_state(R), create(provider("dr.lee", clinic_id, "R@platform")))
    assert isinstance(refused, UnknownReferenceError)
    assert refused.faults == (Fault("/clinic_id", f"there is no clinic `{clinic_id}`"),)


def test_a_provider_has_roles_that_the_clinic_can_use() -> None:
    refused = refusal(tree_state(R, role("R@c2")), create(provider("dr.lee", "c1", "R@platform", "R@c2")))
    assert isinstance(refused, UnknownReferenceError)
    assert [fault.pointer for fault in refused.faults] == ["/roles/1"]


def test_a_provider_does_not_hold_what_is_held_already() -> None:
    lee = provider("dr.lee", "c1", "S@platform", "R@platform")
    state = tree_state(R, role("S@platform"), assignment("dr.lee", "R@platform", "c1"))
    refused = refusal(state, create(lee))
    assert isinstance(refused, AlreadyExistsError)
    assert [fault.pointer for fault in refused.faults] == ["/roles/1"]


def test_nobody_is_given_directly_what_is_held_as_a_provider() -> None:
    refused = refusal(tree_state(R, LEE), create(assignment("dr.lee", "R@platform", "c1")))
    assert isinstance(refused, AlreadyExistsError)


def test_no_assignment_has_the_id_that_a_provider_will_need() -> None:
    squatter = assignment("eve", "R@platform", "c1", id=LEE_HOLDS.id)
    refused = refusal(tree_state(R, squatter), create(LEE))
    assert isinstance(refused, AlreadyExistsError)


def test_a_provider_changes_roles_window_and_verification() -> None:
    state, before = tree_state(R, role("S@c1"), LEE), LEE
    steps: list[tuple[ProviderAssignment, set[tuple[str, bool]]]] = [
        (replace(LEE, roles=(*LEE.roles, ref("S@c1"))), {("R", True), ("S", True)}),
        (replace(LEE, roles=(ref("S@c1"),), window=Window(0, 5)), {("S", True)}),
        (replace(LEE, verification=Verification.PENDING), {("R", False)}),
        (replace(LEE, verification=Verification.TERMINATED), {("R", False)}),
        (replace(LEE, verification=Verification.VERIFIED), {("R", True)}),
    ]
    for after, expected in steps:
        state, before = admit(state, update(before, after), 0), after
        held = state.assignments_of("dr.lee", "c1")
        assert {(a.role.id, a.verified) for a in held} == expected
        assert {a.window for a in held} == {after.window}
        assert {v.record for v in state.assignments} == set(held)
    state = admit(state, delete(before), 0)
    assert state.assignments_of("dr.lee", "c1") == ()
    assert list(state.assignments) == []


def test_a_provider_that_is_deleted_leaves_what_was_given_directly() -> None:
    direct = assignment("dr.lee", "S@c1", "c1")
    state = admit(tree_state(R, role("S@c1"), LEE, direct), delete(LEE), 0)
    assert [v.record for v in state.assignments] == [direct]


def test_one_catalogue_is_made_and_replaced() -> None:
    state = admit(tree_state(), create(Catalogue(resources=())), 0)
    refused: CallerError = refusal(state, create(Catalogue(resources=(), managed_by="git")))
    assert isinstance(refused, AlreadyExistsError)
    after = admit(state, update(Catalogue(resources=()), Catalogue(resources=(), managed_by="git")), 0)
    assert after.catalogue == Catalogue(resources=(), managed_by="git")
