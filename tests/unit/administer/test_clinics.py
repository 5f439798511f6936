"""Clinics: made, patched, moved and given up."""

from __future__ import annotations

import pytest

from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.record import Kind, Status
from enterprise_service.administer.scene import Expected
from tests.support.policies import assignment, clinic
from tests.unit.administer.calls import edits_of, given, refused, wish

KIND = Kind.CLINIC
STATE = given(
    assignment("gus", "organization-admin@platform", "g1"),
    clinic("c4", "g1", attributes=(("a", "1"),)),
)
C1, C4 = clinic("c1"), clinic("c4", "g1", attributes=(("a", "1"),))


def test_a_clinic_lies_right_below_its_organization_unless_it_is_said() -> None:
    made = wish("create", KIND, "c9", organization_id="o1", name="Nine", attributes={"a": "1"})
    assert edits_of(STATE, "ann", made) == (create(clinic("c9", name="Nine", attributes=(("a", "1"),))),)
    for parent, lies_in in [("g1", "g1"), (None, "o1")]:
        made = wish("create", KIND, "c9", organization_id="o1", parent_id=parent, name="c9", status=Status.SUSPENDED)
        assert edits_of(STATE, "ann", made) == (create(clinic("c9", lies_in, status=Status.SUSPENDED)),)


@pytest.mark.parametrize(
    ("actor", "organization", "parent", "expected"),
    [
        ("ann", "o2", None, ("unknown_reference", ("/organization_id",))),
        ("ann", "o9", None, ("unknown_reference", ("/organization_id",))),
        ("ann", "o1", "c3", ("unknown_reference", ("/parent_id",))),
        ("ann", "o1", "c9", ("unknown_reference", ("/parent_id",))),
        ("root", "o1", "c3", ("unknown_reference", ("/parent_id",))),
        ("root", "c1", None, ("unknown_reference", ("/organization_id",))),
        ("root", "platform", None, ("unknown_reference", ("/organization_id",))),
        ("ann", "platform", None, ("forbidden", ())),
        ("cleo", "o1", None, ("forbidden", ())),
        ("cleo", "o1", "c1", ("forbidden", ())),
        ("gus", "o1", "g1", ("", ())),
        ("gus", "o1", None, ("forbidden", ())),
    ],
)
def test_a_clinic_is_made_where_the_caller_may(
    actor: str, organization: str, parent: str | None, expected: tuple[str, tuple[str, ...]]
) -> None:
    made = wish("create", KIND, "c9", organization_id=organization, parent_id=parent, name="x")
    assert refused(STATE, actor, made) == expected


def test_a_clinic_needs_an_organization_and_a_name() -> None:
    assert refused(STATE, "root", wish("create", KIND, "c9", name="x")) == ("invalid_request", ("/organization_id",))
    assert refused(STATE, "root", wish("create", KIND, "c9", organization_id="o1")) == ("invalid_request", ("/name",))
    unnamed = wish("create", KIND, None, organization_id="o1", name="x")
    assert refused(STATE, "root", unnamed) == ("invalid_request", ("/id",))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "New"}, {"name": "New"}),
        ({"attributes": {"b": "2"}}, {"attributes": (("a", "1"), ("b", "2"))}),
        ({"status": Status.SUSPENDED}, {"status": Status.SUSPENDED}),
        ({"parent_id": "c1"}, {"parent_id": "c1"}),
        ({"parent_id": None}, {"parent_id": "o1"}),
        ({"organization_id": "o1", "name": "New"}, {"name": "New"}),
    ],
)
def test_a_patch_is_merged(fields: dict[str, object], expected: dict[str, object]) -> None:
    after = clinic("c4", **{"parent": "g1", "attributes": C4.attributes, **expected})  # type: ignore[arg-type]
    assert edits_of(STATE, "ann", wish("update", KIND, "c4", **fields)) == (update(C4, after),)


@pytest.mark.parametrize("fields", [{}, {"parent_id": "g1"}, {"status": None}, {"attributes": {}}])
def test_a_patch_without_effect_makes_no_edit(fields: dict[str, object]) -> None:
    assert edits_of(STATE, "ann", wish("update", KIND, "c4", **fields)) == ()


@pytest.mark.parametrize(
    ("actor", "domain", "fields", "expected"),
    [
        ("ann", "c4", {"organization_id": "o2"}, ("invalid_request", ("/organization_id",))),
        ("ann", "c4", {"organization_id": None}, ("invalid_request", ("/organization_id",))),
        ("ann", "c4", {"name": None}, ("invalid_request", ("/name",))),
        ("ann", "c4", {"parent_id": "c3"}, ("unknown_reference", ("/parent_id",))),
        ("ann", "c4", {"parent_id": "c9"}, ("unknown_reference", ("/parent_id",))),
        ("ann", "g1", {"parent_id": "c4"}, ("cycle", ("/parent_id",))),
        ("root", "c4", {"parent_id": "c3"}, ("unknown_reference", ("/parent_id",))),
        ("cleo", "c1", {"name": "New"}, ("", ())),
        ("cleo", "c1", {"status": Status.ACTIVE}, ("forbidden", ())),
        ("cleo", "c1", {"parent_id": "c9"}, ("forbidden", ())),
        ("cleo", "c1", {"name": "New", "parent_id": None}, ("forbidden", ())),
        ("cleo", "c2", {"name": "New"}, ("not_found", ())),
        ("gus", "c4", {"parent_id": None}, ("forbidden", ())),
        ("gus", "c4", {"parent_id": "c2"}, ("", ())),
        ("gus", "c4", {"parent_id": "c1"}, ("unknown_reference", ("/parent_id",))),
        ("root", "o1", {"name": "New"}, ("not_found", ())),
    ],
)
def test_what_may_not_be_patched_is_refused(
    actor: str, domain: str, fields: dict[str, object], expected: tuple[str, tuple[str, ...]]
) -> None:
    assert refused(STATE, actor, wish("update", KIND, domain, **fields)) == expected


def test_another_revision_than_expected_is_refused() -> None:
    stale = Expected(frozenset({7}))
    assert refused(STATE, "ann", wish("update", KIND, "c4", name="x"), expected=stale)[0] == "revision_mismatch"
    assert refused(STATE, "ann", wish("delete", KIND, "c4"), expected=stale)[0] == "revision_mismatch"


@pytest.mark.parametrize(
    ("actor", "parent", "code"),
    [
        ("ann", "c9", "revision_mismatch"),
        ("ann", "c3", "revision_mismatch"),
        ("ann", "c4", "revision_mismatch"),
        ("ann", "c1", "revision_mismatch"),
        ("gus", "o1", "forbidden"),
    ],
)
def test_of_a_move_authority_is_judged_before_the_revision_and_that_before_the_parent(
    actor: str, parent: str, code: str
) -> None:
    stale = Expected(frozenset({7}))
    assert refused(STATE, actor, wish("update", KIND, "c4", parent_id=parent), expected=stale)[0] == code


def test_a_clinic_is_deleted_by_those_above_it() -> None:
    assert edits_of(STATE, "gus", wish("delete", KIND, "c4")) == (delete(C4),)
    assert refused(STATE, "cleo", wish("delete", KIND, "c1"))[0] == "forbidden"
    assert refused(STATE, "ann", wish("delete", KIND, "g1"))[0] == "in_use"
    assert refused(STATE, "ann", wish("delete", KIND, "c3"))[0] == "not_found"
