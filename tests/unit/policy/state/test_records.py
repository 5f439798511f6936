"""A record says all that is wrong with it when it is made, each with its pointer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from enterprise_policy.errors import EnterpriseError, InvalidRequestError, ReservedError
from enterprise_policy.state.api_key import ApiKey, Scope
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.built_in import BUILT_IN_IDS, BUILT_IN_ROLES
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import MANAGEMENT, subject_fault
from enterprise_policy.values.patterns import covers
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, api_key, assignment, clinic, organization, provider, role

BAD_ID = "must be 1 to 128 letters, digits and `.`, `_`, `:`, `-`, and begin with a letter or digit"
EMPTY = "must not be empty"
EMPTY_TEXTS = {"/name": EMPTY, "/created_by": EMPTY}
BAD_HASH = "must be 64 hexadecimal digits in lower case"
LONG = "x" * 3000


def resource(**more: object) -> CatalogueResource:
    made: dict[str, Any] = {"resource": "/a", "label": "A", "group": "G", "description": "D", "actions": ()}
    return CatalogueResource(**{**made, **more})


def action(**more: object) -> CatalogueAction:
    made: dict[str, Any] = {"action": "read", "label": "Read", "description": "Reads."}
    return CatalogueAction(**{**made, **more})


def faults_of(make: Callable[[], object]) -> dict[str, str]:
    """Pointer and detail of each fault."""
    with pytest.raises(EnterpriseError) as refused:
        make()
    assert refused.value.faults[0].pointer in str(refused.value)
    return {fault.pointer: fault.detail for fault in refused.value.faults}


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (lambda: organization(""), {"/id": BAD_ID, "/name": EMPTY}),
        (lambda: organization(name="a\nb"), {"/name": "must not hold control characters or lone surrogates"}),
        (lambda: organization(name="x" * 257), {"/name": "must have at most 256 characters"}),
        (lambda: organization(attributes=(("", "v"), ("k", ""))), {"/attributes/": EMPTY, "/attributes/k": EMPTY}),
        (lambda: organization(attributes=(("k", "x" * 1025),)), {"/attributes/k": "must have at most 1024 characters"}),
        (lambda: clinic("a b"), {"/id": BAD_ID}),
        (
            lambda: clinic(organization_id="", parent_id="", name=""),
            {"/organization_id": BAD_ID, "/parent_id": BAD_ID, "/name": EMPTY},
        ),
        (lambda: role("@"), {"/domain": BAD_ID, "/id": BAD_ID}),
        (lambda: role("R@o1", description=LONG), {"/description": "must have at most 2000 characters"}),
        (lambda: role("R@o1", extends=""), {"/extends": BAD_ID}),
        (lambda: role("R@o1", inherits=["S@o1", "@o1", "S@"]), {"/inherits/1": BAD_ID, "/inherits/2": BAD_ID}),
        (
            lambda: role("R@o1", allow("/a"), allow("", "")),
            {"/permissions/1/resource": EMPTY, "/permissions/1/action": EMPTY},
        ),
        (lambda: assignment("", "@", ""), {"/domain": BAD_ID, "/id": BAD_ID, "/subject": EMPTY, "/role": BAD_ID}),
        (lambda: assignment("ann", "R@o1", "o1", reason="x" * 501), {"/reason": "must have at most 500 characters"}),
        (lambda: assignment("ann", "R@o1", "o1", reason=""), {"/reason": EMPTY}),
        (lambda: assignment("ann", "R@o1", "o1", created_by=""), {"/created_by": EMPTY}),
        (lambda: provider("", "", "R@"), {"/clinic_id": BAD_ID, "/provider_id": BAD_ID, "/roles/0": BAD_ID}),
        (lambda: provider("dr.lee", "c1", "R@o1", created_by=""), {"/created_by": EMPTY}),
        (lambda: provider("dr.lee", "c1"), {"/roles": "must name one role or more, each once"}),
        (lambda: provider("dr.lee", "c1", "R@o1", "R@o1"), {"/roles": "must name one role or more, each once"}),
        (lambda: api_key("", "", name="", created_by=""), {"/id": BAD_ID, "/domain": BAD_ID, **EMPTY_TEXTS}),
        (lambda: api_key(name="x" * 257), {"/name": "must have at most 256 characters"}),
        (lambda: api_key(created_by="a\nb"), {"/created_by": "must not hold control characters or lone surrogates"}),
        (lambda: api_key(hash="A" * 64), {"/hash": BAD_HASH}),
        (lambda: api_key(hash="a" * 63), {"/hash": BAD_HASH}),
        (lambda: api_key(hash="a" * 64 + "\n"), {"/hash": BAD_HASH}),
        (lambda: api_key(scopes=()), {"/scopes": "must name one scope or more, each once"}),
        (lambda: api_key("k1", "o1", Scope.AUDIT, Scope.AUDIT), {"/scopes": "must name one scope or more, each once"}),
        (
            lambda: Catalogue(resources=(resource(resource="/"),)),
            {"/resources/0/resource": "is a path: no empty, `.` or `..` segment, and no `/` at its end"},
        ),
        (
            lambda: Catalogue(resources=(resource(label="", group="", description=""),)),
            {f"/resources/0/{f}": EMPTY for f in ("label", "group", "description")},
        ),
        (
            lambda: Catalogue(resources=(resource(actions=(action(action="", label="", description=""),)),)),
            {f"/resources/0/actions/0/{f}": EMPTY for f in ("action", "label", "description")},
        ),
        (lambda: Catalogue(resources=(resource(), resource())), {"/resources/1/resource": "is listed twice"}),
    ],
)
def test_every_fault_has_its_pointer(make: Callable[[], object], faults: dict[str, str]) -> None:
    assert faults_of(make) == faults


@pytest.mark.parametrize("made", [organization, clinic])
@pytest.mark.parametrize("bundle", ["", "a\nb"])
def test_a_bundle_has_a_name(made: Callable[..., Record], bundle: str) -> None:
    assert set(faults_of(lambda: made(managed_by=bundle))) == {"/managed_by"}


@pytest.mark.parametrize(
    ("made", "named"),
    [(role, ("R@o1",)), (assignment, ("ann", "R@o1", "o1")), (provider, ("dr.lee", "c1", "R@o1"))],
)
def test_no_role_and_no_holder_comes_from_a_bundle_without_a_name(
    made: Callable[..., Record], named: tuple[str, ...]
) -> None:
    assert faults_of(lambda: made(*named, managed_by="")) == {"/managed_by": EMPTY}


def test_no_catalogue_comes_from_a_bundle_without_a_name() -> None:
    assert faults_of(lambda: Catalogue(resources=(), managed_by="")) == {"/managed_by": EMPTY}


@pytest.mark.parametrize("pattern", ["/management/*", "/management/roles", "/management/:x"])
def test_rights_of_the_program_are_its_roles_alone(pattern: str) -> None:
    with pytest.raises(ReservedError) as refused:
        role("R@o1", allow("/a"), allow(pattern))
    assert [fault.pointer for fault in refused.value.faults] == ["/permissions/1/resource"]
    assert role("R@o1", allow(pattern), built_in=True).permissions == (allow(pattern),)


@pytest.mark.parametrize("pattern", ["/management", "/managements/*", "management/x", "/Management/x", "*", "/*"])
def test_what_only_looks_like_a_right_of_the_program_is_anybodys(pattern: str) -> None:
    assert role("R@o1", allow(pattern)).permissions[0].resource == pattern


@pytest.mark.parametrize(
    ("record_type", "fields", "pointer"),
    [
        (Organization, {**organization().to_fields(), "status": "Active"}, "/status"),
        (Clinic, {**clinic().to_fields(), "status": ""}, "/status"),
        (
            Role,
            {**role("R@o1").to_fields(), "permissions": [{"resource": "/a", "action": "read", "effect": "Deny"}]},
            "/permissions/0/effect",
        ),
        (Assignment, {**assignment("ann", "R@o1", "o1").to_fields(), "source": "gift"}, "/source"),
        (ProviderAssignment, {**provider("dr.lee", "c1", "R@o1").to_fields(), "verification": None}, "/verification"),
        (ApiKey, {**api_key().to_fields(), "scopes": ["audit", "Decide"]}, "/scopes/1"),
    ],
)
def test_a_word_of_a_closed_set_is_spelt_exactly(
    record_type: type[Record], fields: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        record_type.from_fields(fields)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert refused.value.faults[0].detail.startswith("must be `")


def test_an_effect_left_out_is_allow() -> None:
    read = Role.from_fields({"domain": "o1", "id": "R", "permissions": [{"resource": "/a", "action": "read"}]})
    assert read.permissions == (Permission("/a", "read", Effect.ALLOW),)


@pytest.mark.parametrize(
    ("record", "home", "domain", "name"),
    [
        (organization("o1"), "platform", "platform", "o1"),
        (clinic("c2", "g1"), "platform", "g1", "c2"),
        (role("R@c1"), "c1", "c1", "R"),
        (assignment("ann", "R@o1", "c1", id="a1"), "c1", "c1", "a1"),
        (provider("dr.lee", "c1", "R@o1"), "c1", "c1", "dr.lee"),
        (api_key("k1", "c1"), "platform", "c1", "k1"),
        (Catalogue(resources=()), "platform", "platform", "catalogue"),
        (ModelPin(digest="x"), "platform", "platform", "model"),
    ],
)
def test_a_record_says_where_it_belongs(record: Record, home: str, domain: str, name: str) -> None:
    assert (record.home, record.domain, record.id, record.managed_by) == (home, domain, name, None)


def test_an_extension_stands_for_the_role_that_it_extends() -> None:
    assert role("R@c1").ref == RoleRef("c1", "R")
    assert role("R@c1", extends="o1").ref == RoleRef("o1", "R")


@pytest.mark.parametrize(
    ("verification", "verified"), [("not_checked", True), ("verified", True), ("pending", False), ("terminated", False)]
)
def test_a_provider_holds_each_role_by_an_assignment(verification: str, verified: bool) -> None:  # noqa: FBT001 - a column
    record = provider(
        "dr.lee", "c1", "R@o1", "S@c1", window=Window(0, 9), verification=Verification(verification), managed_by="git"
    )
    first, second = record.assignments()
    assert (first.role.id, second.role.id) == ("R", "S")
    assert {(a.subject, a.domain, a.window, a.managed_by, a.created_by) for a in (first, second)} == {
        ("dr.lee", "c1", Window(0, 9), "git", "root")
    }
    assert [a.is_current(5) for a in (first, second)] == [verified, verified]
    assert not first.is_current(9)


def test_the_ids_of_a_providers_assignments_tell_them_apart_and_stay() -> None:
    ids = [
        made.id
        for record in (
            provider("a", "c1", "R@o1", "R@c1", "S@o1"),
            provider("b", "c1", "R@o1"),
            provider("a", "c2", "R@o1"),
        )
        for made in record.assignments()
    ]
    assert len(set(ids)) == len(ids)
    later = dataclasses.replace(provider("a", "c1", "R@o1"), window=Window(5, None), verification=Verification.PENDING)
    assert later.assignments()[0].id == ids[0]


def test_the_order_in_which_scopes_are_named_means_nothing() -> None:
    made, other = api_key("k1", "o1", Scope.AUDIT, Scope.DECIDE), api_key("k1", "o1", Scope.DECIDE, Scope.AUDIT)
    assert made == other
    assert made.scopes == (Scope.DECIDE, Scope.AUDIT)
    assert made.to_fields() == other.to_fields()
    assert ApiKey.from_fields({**made.to_fields(), "scopes": ["audit", "decide"]}) == made


def test_a_key_acts_under_a_subject_that_nobody_else_has() -> None:
    assert api_key("k1").subject == "key:k1"
    assert subject_fault(api_key("k1").subject) is not None


@pytest.mark.parametrize(("now", "expired"), [(9, False), (10, True), (11, True)])
def test_a_key_is_worth_nothing_from_the_moment_it_expires(now: int, expired: bool) -> None:  # noqa: FBT001 - a column
    assert api_key(expires_at=10).expired(now) is expired
    assert not api_key().expired(now)


def test_built_in_roles_hold_rights_of_the_program_only_and_each_contains_the_next() -> None:
    assert [built_in.id for built_in in BUILT_IN_ROLES] == [
        "platform-admin",
        "organization-admin",
        "clinic-admin",
        "auditor",
        "decision-client",
    ]
    assert {built_in.id for built_in in BUILT_IN_ROLES} == BUILT_IN_IDS
    for wide, narrow in pairwise(BUILT_IN_ROLES):
        for right in narrow.permissions:
            assert right.resource.startswith(MANAGEMENT)
            assert any(
                covers(held.resource, right.resource) and held.action in ("*", right.action)
                for held in wide.permissions
            ), (wide.id, right)
