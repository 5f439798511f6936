"""The table of HTTP contract section 5: which edit needs which right, in which domain."""

from __future__ import annotations

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Status
from enterprise_service.administer.authority import Target
from tests.support.policies import api_key, assignment, clinic, organization, provider, role, tree_state
from tests.unit.administer.scenes import code

O1, C1, C2 = organization("o1"), clinic("c1"), clinic("c2", "g1")
RENAMED = clinic("c1", name="New")
KEY = api_key("k1", "c1")

ROWS: list[tuple[Edit, set[tuple[str, str, str]]]] = [
    (create(O1), {("organizations", "create", "platform")}),
    (update(O1, organization("o1", name="New")), {("organizations", "update", "o1")}),
    (update(O1, organization("o1", attributes=(("a", "b"),))), {("organizations", "update", "o1")}),
    (update(O1, organization("o1", status=Status.SUSPENDED)), {("organizations", "administer", "platform")}),
    (
        update(O1, organization("o1", name="New", status=Status.SUSPENDED)),
        {("organizations", "update", "o1"), ("organizations", "administer", "platform")},
    ),
    (delete(O1), {("organizations", "administer", "platform")}),
    (create(C2), {("clinics", "create", "g1")}),
    (update(C1, RENAMED), {("clinics", "update", "c1")}),
    (update(C1, clinic("c1", status=Status.SUSPENDED)), {("clinics", "administer", "o1")}),
    (update(C2, clinic("c2", "o1")), {("clinics", "administer", "g1"), ("clinics", "administer", "o1")}),
    (delete(C2), {("clinics", "administer", "g1")}),
    (create(provider("p", "c1", "R@o1")), {("providers", "create", "c1")}),
    (delete(provider("p", "c1", "R@o1")), {("providers", "delete", "c1")}),
    (create(role("R@o1")), {("roles", "create", "o1")}),
    (update(role("R@o1"), role("R@o1", description="more")), {("roles", "update", "o1")}),
    (delete(role("R@o1")), {("roles", "delete", "o1")}),
    (create(assignment("ann", "R@o1", "c1")), {("assignments", "create", "c1")}),
    (
        update(assignment("ann", "R@o1", "c1"), assignment("ann", "R@o1", "c1", reason="why")),
        {("assignments", "update", "c1")},
    ),
    (delete(assignment("ann", "R@o1", "c1")), {("assignments", "delete", "c1")}),
    (create(KEY), {("api-keys", "create", "c1")}),
    (update(KEY, api_key("k1", "c1", name="new")), {("api-keys", "update", "c1")}),
    (delete(KEY), {("api-keys", "delete", "c1")}),
]


@pytest.mark.parametrize(("edit", "wanted"), ROWS)
def test_an_edit_needs_its_rights(edit: Edit, wanted: set[tuple[str, str, str]]) -> None:
    assert {(*demand.right, demand.domain) for demand in Target.of(edit).demands()} == wanted


def test_a_built_in_role_is_the_programs() -> None:
    (demand,) = Target.of(create(BUILT_IN_ROLES[0])).demands()
    assert (*demand.right, demand.domain) == ("roles", "create", "platform")


def manager(domain: str) -> tuple[object, ...]:
    return (*BUILT_IN_ROLES, api_key("k", domain, Scope.MANAGE, created_by="bootstrap"))


@pytest.mark.parametrize(
    ("domain", "edit", "expected"),
    [
        ("c1", update(C1, RENAMED), ""),
        ("c1", update(C1, clinic("c1", status=Status.SUSPENDED)), "forbidden"),
        ("o1", update(C1, clinic("c1", status=Status.SUSPENDED)), ""),
        ("o1", update(O1, organization("o1", status=Status.SUSPENDED)), "forbidden"),
        ("o1", update(O1, organization("o1", name="New")), ""),
        ("o1", create(organization("o9")), "forbidden"),
        ("platform", create(organization("o9")), ""),
        ("o1", create(clinic("c9")), ""),
        ("g1", create(clinic("c9", "g1")), "forbidden"),
        ("o2", create(clinic("c9")), "forbidden"),
        ("o1", create(role("R@c1")), ""),
        ("c1", create(role("R@c1")), "forbidden"),
        ("o1", update(C2, clinic("c2", "o1")), ""),
    ],
)
def test_a_change_is_made_by_who_holds_what_it_needs(domain: str, edit: Edit, expected: str) -> None:
    assert code(tree_state(*manager(domain)), "key:k", edit) == expected  # type: ignore[arg-type]


def test_a_domain_that_the_change_creates_is_asked_about_above() -> None:
    state = tree_state(*manager("o1"))  # type: ignore[arg-type]
    edits = (
        create(clinic("c9")),
        create(clinic("c10", "c9")),
        create(role("R@c10")),
        create(assignment("ann", "R@c10", "c10")),
    )
    assert code(state, "key:k", *edits) == ""
    assert code(tree_state(*manager("o2")), "key:k", *edits) == "forbidden"  # type: ignore[arg-type]


def test_what_the_change_itself_gives_gives_no_authority_in_it() -> None:
    state = tree_state(*BUILT_IN_ROLES, assignment("ann", "clinic-admin@platform", "c1"))
    edits = (create(assignment("bob", "clinic-admin@platform", "c1")), create(clinic("c9", "c1")))
    assert code(state, "ann", *edits) == "forbidden"
