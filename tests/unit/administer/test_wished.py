"""Several wishes are one change: each as the call that it stands for, on the state that those before it led to."""

from __future__ import annotations

import pytest

from enterprise_policy.state.edits import Op, create, delete, update
from enterprise_policy.state.record import Kind, Status
from enterprise_service.administer.records import USE_CASES
from enterprise_service.administer.wish import Origin, RoleName, Wish
from tests.support.policies import allow, assignment, clinic, organization, role
from tests.unit.administer.calls import R, edits_of, given, refused, wish


def edit(op: str, kind: Kind, record_id: str | None, domain: str | None = None, **fields: object) -> Wish:
    return wish(op, kind, record_id, domain, origin=Origin.BODY, **fields)


STATE = given(role("R@o1"))
FINE = edit("create", Kind.ROLE, "S", "o1")


def test_every_kind_of_record_that_people_change_can_be_wished_for() -> None:
    from_git = {Kind.CATALOGUE, Kind.MODEL}
    assert set(USE_CASES) == {(kind, op) for kind in Kind if kind not in from_git for op in Op}
    for kind in from_git:
        assert refused(STATE, "root", edit("delete", kind, "x")) == ("invalid_request", ("/edits/0/kind",))


def test_a_later_edit_finds_what_an_earlier_one_made() -> None:
    wishes = (
        edit("create", Kind.CLINIC, "c9", organization_id="o1", name="Nine"),
        edit("create", Kind.CLINIC, "c10", "c9", organization_id="o1", parent_id="c9", name="Ten"),
        edit("create", Kind.ROLE, "S", "c9", inherits=[R]),
        edit("create", Kind.ASSIGNMENT, "a1", "c10", subject="al", role=RoleName(None, "S")),
        edit("update", Kind.CLINIC, "c10", "c9", name="X"),
        edit("delete", Kind.ASSIGNMENT, "a1", "c10"),
    )
    nine, ten, x = clinic("c9", name="Nine"), clinic("c10", "c9", name="Ten"), clinic("c10", "c9", name="X")
    given_to_al = assignment("al", "S@c9", "c10", id="a1", created_by="ann")
    assert edits_of(STATE, "ann", *wishes) == (
        create(nine),
        create(ten),
        create(role("S@c9", inherits=("R@o1",))),
        create(given_to_al),
        update(ten, x),
        delete(given_to_al),
    )


def test_a_new_tenant_with_its_first_administrator_is_one_change() -> None:
    wishes = (
        edit("create", Kind.ORGANIZATION, "o9", name="Nine"),
        edit("create", Kind.ASSIGNMENT, "a1", "o9", subject="al", role=RoleName(None, "organization-admin")),
    )
    assert len(edits_of(STATE, "root", *wishes)) == 2
    assert refused(STATE, "oli", *wishes)[0] == "forbidden"


def test_what_an_earlier_edit_deleted_is_there_no_more() -> None:
    gone = edit("delete", Kind.CLINIC, "c1")
    state = given(clinic("c8"))
    for later, pointer in [
        (edit("update", Kind.CLINIC, "c8", name="x"), "/edits/1/id"),
        (edit("create", Kind.ROLE, "S", "c8"), "/edits/1/domain"),
        (
            edit("create", Kind.CLINIC, "c9", organization_id="o1", parent_id="c8", name="x"),
            "/edits/1/fields/parent_id",
        ),
    ]:
        gone = edit("delete", Kind.CLINIC, "c8")
        assert refused(state, "ann", gone, later) == ("unknown_reference", (pointer,))


@pytest.mark.parametrize(
    ("bad", "code", "pointer"),
    [
        (edit("create", Kind.ROLE, "R", "o1"), "already_exists", "id"),
        (edit("create", Kind.ROLE, "T", "o2"), "unknown_reference", "domain"),
        (edit("create", Kind.ROLE, "T"), "invalid_request", "domain"),
        (edit("create", Kind.ROLE, None, "o1"), "invalid_request", "id"),
        (
            edit("create", Kind.ROLE, "T", "o1", inherits=[RoleName(None, "X")]),
            "unknown_reference",
            "fields/inherits/0",
        ),
        (edit("create", Kind.ROLE, "auditor", "o1"), "reserved", "id"),
        (edit("create", Kind.ROLE, "T", "o1", permissions=[allow("/a")]), "not_in_catalogue", "fields/permissions/0"),
        (edit("update", Kind.ROLE, "T", "o1"), "unknown_reference", "id"),
        (edit("delete", Kind.ASSIGNMENT, "a9", "o1"), "unknown_reference", "id"),
        (edit("delete", Kind.ASSIGNMENT, "a9"), "invalid_request", "domain"),
        (edit("delete", Kind.ASSIGNMENT, None, "o1"), "invalid_request", "id"),
        (edit("create", Kind.ASSIGNMENT, "a9", "o1", subject="al"), "invalid_request", "fields/role"),
        (edit("update", Kind.CLINIC, "c3", name="x"), "unknown_reference", "id"),
        (edit("update", Kind.CLINIC, "c9", name="x"), "unknown_reference", "id"),
        (edit("update", Kind.CLINIC, "c2", "o1", name="x"), "unknown_reference", "domain"),
        (edit("delete", Kind.CLINIC, "c2", "o1"), "unknown_reference", "domain"),
        (edit("update", Kind.CLINIC, None, name="x"), "invalid_request", "id"),
        (edit("update", Kind.CLINIC, "c2", name=None), "invalid_request", "fields/name"),
        (
            edit("create", Kind.CLINIC, "c9", "g1", organization_id="o1", parent_id="o1", name="x"),
            "unknown_reference",
            "domain",
        ),
        (edit("create", Kind.CLINIC, "c9", "zz", organization_id="o1", name="x"), "unknown_reference", "domain"),
        (
            edit("create", Kind.CLINIC, "c9", organization_id="o2", name="x"),
            "unknown_reference",
            "fields/organization_id",
        ),
    ],
)
def test_an_edit_that_is_refused_is_pointed_at(bad: Wish, code: str, pointer: str) -> None:
    assert refused(STATE, "ann", FINE, bad) == (code, (f"/edits/1/{pointer}",))


def test_the_domain_of_an_organization_or_clinic_is_its_parent() -> None:
    for op in ("create", "update", "delete"):
        elsewhere = edit(op, Kind.ORGANIZATION, "o9", "o1", name="x")
        state = given(organization("o9")) if op != "create" else STATE
        assert refused(state, "root", elsewhere) == ("unknown_reference", ("/edits/0/domain",))
        assert refused(state, "root", edit(op, Kind.ORGANIZATION, "o9", "platform", name="x")) == ("", ())
    assert refused(STATE, "ann", edit("update", Kind.CLINIC, "c2", "g1", name="x")) == ("", ())
    (made,) = edits_of(STATE, "ann", edit("create", Kind.CLINIC, "c9", "g1", organization_id="o1", name="x"))
    assert made.record.domain == "g1"


def test_what_lies_above_the_caller_may_be_named_but_not_changed() -> None:
    assert refused(STATE, "cleo", edit("update", Kind.ORGANIZATION, "o1", name="x"))[0] == "forbidden"
    assert refused(STATE, "cleo", edit("create", Kind.ASSIGNMENT, "a", "o1", subject="al", role=R))[0] == "forbidden"
    suspended = edit("update", Kind.CLINIC, "c1", status=Status.SUSPENDED)
    assert refused(STATE, "cleo", suspended)[0] == "forbidden"


def test_who_may_not_read_is_not_told_whether_a_record_is_there() -> None:
    for name in ("R", "X"):
        assert refused(STATE, "dave", edit("delete", Kind.ROLE, name, "o1")) == ("forbidden", ())


def test_a_single_call_is_pointed_into_its_own_body() -> None:
    lonely = wish("create", Kind.ASSIGNMENT, "a1", "o1", subject="al", role=RoleName(None, "X"))
    assert refused(STATE, "ann", FINE, lonely) == ("unknown_reference", ("/role",))
