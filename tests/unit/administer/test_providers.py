"""Providers at clinics: one record, with the assignments that follow from it."""

from __future__ import annotations

import pytest

from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Kind
from enterprise_policy.values.windows import Window
from enterprise_service.administer.scene import Expected
from enterprise_service.administer.wish import RoleName
from tests.support.policies import provider, ref, role
from tests.unit.administer.calls import BODY, R, after, edits_of, given, refused, wish

KIND = Kind.PROVIDER_ASSIGNMENT
LEE = provider("dr.lee", "c1", "R@o1", window=Window(10, 5_000), verification=Verification.VERIFIED)
STATE = given(role("R@o1"), role("R@platform"), role("S@c1"), role("T@o2"), LEE)


def test_a_provider_begins_unchecked_in_the_nearest_roles_of_those_names() -> None:
    made = wish("create", KIND, "dr.no", "c1", roles=[R, RoleName("platform", "R")], starts_at=5, ends_at=None)
    expected = provider("dr.no", "c1", "R@o1", "R@platform", window=Window(5, None), created_by="cleo")
    assert edits_of(STATE, "cleo", made) == (create(expected),)
    assert expected.verification is Verification.NOT_CHECKED
    assert [each.role for each in after(STATE, "cleo", made).assignments_of("dr.no", "c1")] == list(expected.roles)


@pytest.mark.parametrize(
    ("actor", "clinic", "roles", "expected"),
    [
        ("cleo", "c1", [R, RoleName(None, "X")], ("unknown_reference", ("/roles/1",))),
        ("cleo", "c1", [RoleName("o2", "T")], ("unknown_reference", ("/roles/0",))),
        ("cleo", "c1", [RoleName("o9", "T")], ("unknown_reference", ("/roles/0",))),
        ("cleo", "c1", [], ("invalid_request", ("/roles",))),
        ("cleo", "c1", [R, R], ("invalid_request", ("/roles",))),
        ("cleo", "c2", [R], ("not_found", ())),
        ("ann", "c2", [R], ("", ())),
        ("ann", "c3", [R], ("not_found", ())),
        ("ann", "o1", [R], ("not_found", ())),
        ("ada", "c1", [R], ("forbidden", ())),
        ("ada", "c1", [RoleName(None, "X")], ("forbidden", ())),
    ],
)
def test_a_provider_begins_where_the_caller_may(
    actor: str, clinic: str, roles: list[RoleName], expected: tuple[str, tuple[str, ...]]
) -> None:
    assert refused(STATE, actor, wish("create", KIND, "dr.no", clinic, roles=roles)) == expected


def test_a_provider_is_at_a_clinic_once() -> None:
    assert refused(STATE, "cleo", wish("create", KIND, "dr.lee", "c1", roles=[R])) == (
        "already_exists",
        ("/provider_id",),
    )


def test_what_is_missing_or_no_window_is_refused_in_its_place() -> None:
    assert refused(STATE, "cleo", wish("create", KIND, "dr.no", "c1")) == ("invalid_request", ("/roles",))
    for op in ("create", "update"):
        backwards = wish(op, KIND, "dr.lee", "c1", roles=[R], starts_at=9, ends_at=9)
        assert refused(STATE, "cleo", backwards) == ("invalid_request", ("/ends_at",))


def test_a_patch_is_merged_and_leaves_what_the_directory_said() -> None:
    for fields, changed in [
        ({"ends_at": 9_000}, {"window": Window(10, 9_000)}),
        ({"starts_at": None, "ends_at": None}, {"window": Window()}),
        ({"roles": [RoleName(None, "S"), RoleName("platform", "R")]}, {"roles": (ref("S@c1"), ref("R@platform"))}),
    ]:
        made = provider("dr.lee", "c1", "R@o1", **{"window": LEE.window, "verification": LEE.verification, **changed})
        assert edits_of(STATE, "cleo", wish("update", KIND, "dr.lee", "c1", **fields)) == (update(LEE, made),)


@pytest.mark.parametrize("fields", [{}, {"roles": [R]}, {"starts_at": 10}, {"ends_at": 5_000}])
def test_a_patch_without_effect_makes_no_edit(fields: dict[str, object]) -> None:
    assert edits_of(STATE, "cleo", wish("update", KIND, "dr.lee", "c1", **fields)) == ()


def test_roles_can_not_be_taken_away() -> None:
    assert refused(STATE, "cleo", wish("update", KIND, "dr.lee", "c1", roles=None)) == ("invalid_request", ("/roles",))


def test_a_provider_leaves_with_all_assignments() -> None:
    gone = wish("delete", KIND, "dr.lee", "c1")
    assert edits_of(STATE, "cleo", gone) == (delete(LEE),)
    assert after(STATE, "cleo", gone).assignments_of("dr.lee", "c1") == ()


@pytest.mark.parametrize("op", ["update", "delete"])
def test_who_may_not_read_providers_is_not_told_whether_one_is_there(op: str) -> None:
    assert refused(STATE, "ann", wish(op, KIND, "dr.no", "c1"))[0] == "not_found"
    assert refused(STATE, "ada", wish(op, KIND, "dr.no", "c1"))[0] == "not_found"
    for name in ("dr.no", "dr.lee"):
        assert refused(STATE, "dave", wish(op, KIND, name, "c1"))[0] == "forbidden"
        assert refused(STATE, "oli", wish(op, KIND, name, "c1"))[0] == "not_found"
    assert refused(STATE, "ada", wish(op, KIND, "dr.lee", "c1"))[0] == "forbidden"
    stale = Expected(frozenset({9}))
    assert refused(STATE, "cleo", wish(op, KIND, "dr.lee", "c1"), expected=stale)[0] == "revision_mismatch"


def test_in_a_change_the_clinic_is_the_domain_and_the_provider_the_id() -> None:
    def pointers(*more: object, **fields: object) -> tuple[str, tuple[str, ...]]:
        return refused(STATE, "ann", wish("create", KIND, *more, origin=BODY, **fields))  # type: ignore[arg-type]

    assert pointers("dr.no", "o1", roles=[R]) == ("unknown_reference", ("/edits/0/domain",))
    assert pointers("dr.no", "c3", roles=[R]) == ("unknown_reference", ("/edits/0/domain",))
    assert pointers("key:no", "c1", roles=[R]) == ("invalid_request", ("/edits/0/id",))
    assert pointers("dr.lee", "c1", roles=[R]) == ("already_exists", ("/edits/0/id",))
    assert pointers("dr.no", "c1", roles=[RoleName(None, "X")]) == ("unknown_reference", ("/edits/0/fields/roles/0",))
