"""What may be granted: rules 1, 2, 3, 5 and 6 of HTTP contract section 6."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import CallerError
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, api_key, assignment, clinic, deny, provider, role, tree_state
from tests.unit.administer.scenes import NOW, code, refused

PAST, FUTURE = Window(None, NOW - 1), Window(NOW + 10, None)
CATALOGUE = Catalogue(
    resources=(
        CatalogueResource(
            resource="/charts/:id",
            label="Charts",
            group="Care",
            description="Charts.",
            actions=(
                CatalogueAction(action="read", label="Read", description="Read.", tenants=True),
                CatalogueAction(action="erase", label="Erase", description="Erase.", tenants=False),
            ),
        ),
    )
)
DENTIST = role("dentist@platform", allow("/charts/:id", "read"))
ERASER = role("eraser@platform", allow("/charts/:id", "erase"))
HEIR = role("heir@platform", inherits=("eraser@platform",))


def given(*records: Record) -> PolicyState:
    """A policy with a catalogue; ann manages `o1`, cleo `c1`, and `root` the platform."""
    return tree_state(
        *BUILT_IN_ROLES,
        CATALOGUE,
        DENTIST,
        ERASER,
        HEIR,
        assignment("root", "platform-admin@platform", "platform"),
        assignment("ann", "organization-admin@platform", "o1"),
        assignment("cleo", "clinic-admin@platform", "c1"),
        *records,
    )


# --- rule 2: rights under /management/ are given by who holds them --------------------------------------


@pytest.mark.parametrize(
    ("actor", "edit", "expected"),
    [
        ("ann", create(assignment("bob", "organization-admin@platform", "o1")), ""),
        ("ann", create(assignment("bob", "clinic-admin@platform", "c2")), ""),
        ("ann", create(assignment("bob", "platform-admin@platform", "c2")), "escalation"),
        ("cleo", create(assignment("bob", "clinic-admin@platform", "c1")), ""),
        ("cleo", create(assignment("bob", "auditor@platform", "c1")), ""),
        ("cleo", create(assignment("bob", "organization-admin@platform", "c1")), "escalation"),
        ("cleo", create(assignment("bob", "organization-admin@platform", "c1", window=FUTURE)), "escalation"),
        ("cleo", create(assignment("bob", "organization-admin@platform", "c1", window=PAST)), "escalation"),
        ("cleo", create(provider("bob", "c1", "organization-admin@platform")), "escalation"),
        ("cleo", create(provider("bob", "c1", "clinic-admin@platform")), ""),
        ("root", create(assignment("bob", "organization-admin@platform", "c1")), ""),
        ("bootstrap", create(assignment("bob", "platform-admin@platform", "platform")), ""),
    ],
)
def test_a_right_to_manage_is_given_by_who_holds_it_there(actor: str, edit: Edit, expected: str) -> None:
    assert code(given(), actor, edit) == expected


def test_an_ended_right_is_not_given_back_by_who_does_not_hold_it() -> None:
    ended = assignment("bob", "organization-admin@platform", "c1", window=PAST)
    longer = assignment("bob", "organization-admin@platform", "c1", window=Window(None, NOW + 5))
    shorter = assignment("bob", "organization-admin@platform", "c1", window=Window(None, NOW - 2))
    assert code(given(ended), "cleo", update(ended, longer)) == "escalation"
    assert code(given(ended), "cleo", update(ended, shorter)) == ""
    assert code(given(ended), "ann", update(ended, longer)) == ""


def test_a_role_that_inherits_rights_gives_them_as_if_somebody_held_it() -> None:
    plain = role("plain@o1")
    reach = (
        role("boss@o1", inherits=("organization-admin@platform",)),
        role("root@o1", inherits=("platform-admin@platform",)),
    )
    assert code(given(), "ann", create(reach[0])) == ""
    assert code(given(), "ann", create(reach[1])) == "escalation"
    grown = role("plain@o1", inherits=("platform-admin@platform",))
    assert code(given(plain), "ann", update(plain, grown)) == "escalation"
    assert code(given(grown), "ann", update(grown, role("plain@o1", description="d", inherits=grown_refs()))) == ""


def grown_refs() -> tuple[str, ...]:
    return ("platform-admin@platform",)


def test_an_extension_below_gives_its_rights_to_whoever_is_assigned_above() -> None:
    plain = role("plain@o1")
    extended = role("plain@c1", extends="o1", inherits=("platform-admin@platform",))
    assert code(given(plain), "ann", create(extended)) == "escalation"
    assert code(given(plain, extended), "ann", create(assignment("bob", "plain@o1", "o1"))) == "escalation"
    assert code(given(plain, extended), "ann", create(assignment("bob", "plain@o1", "c2"))) == ""


def test_a_move_gives_the_clinic_to_those_above_its_new_place() -> None:
    chief = assignment("chief", "platform-admin@platform", "g1")
    assert code(given(), "ann", update(clinic("c1"), clinic("c1", "g1"))) == ""
    assert code(given(chief), "ann", update(clinic("c1"), clinic("c1", "g1"))) == "escalation"
    assert code(given(chief), "root", update(clinic("c1"), clinic("c1", "g1"))) == ""


def test_who_lost_the_right_gives_it_no_more() -> None:
    late = assignment("late", "organization-admin@platform", "o1", window=PAST)
    assert code(given(late), "late", create(assignment("bob", "auditor@platform", "o1"))) == "forbidden"


# --- rule 3: other rights -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "action", "expected"),
    [
        ("/charts/:id", "read", ""),
        ("/charts/42", "read", ""),
        ("/charts/:id", "erase", "not_in_catalogue"),
        ("/charts/:id", "*", "not_in_catalogue"),
        ("/charts/*", "read", "not_in_catalogue"),
        ("*", "read", "not_in_catalogue"),
        ("/other", "read", "not_in_catalogue"),
    ],
)
def test_a_tenants_role_holds_what_the_catalogue_offers(resource: str, action: str, expected: str) -> None:
    edit = create(role("R@o1", allow("/charts/:id", "read"), allow(resource, action)))
    error = refused(given(), "ann", edit)
    assert ("" if error is None else error.code) == expected
    if error is not None:
        assert [fault.pointer for fault in error.faults] == ["/permissions/1"]
    assert code(given(), "root", edit) == ""
    assert code(given(), "bootstrap", edit) == ""


def test_a_tenant_denies_whatever_it_likes() -> None:
    assert code(given(), "ann", create(role("R@o1", deny("*", "*"), deny("/charts/:id", "erase")))) == ""


def test_what_a_role_holds_already_is_not_judged_again() -> None:
    held = role("R@o1", allow("/other", "read"))
    assert code(given(held), "ann", update(held, role("R@o1", allow("/other", "read"), description="d"))) == ""
    assert code(given(held), "ann", update(held, role("R@o1", allow("/other", "write")))) == "not_in_catalogue"


def test_without_a_catalogue_nothing_is_offered() -> None:
    state = tree_state(*BUILT_IN_ROLES, assignment("ann", "organization-admin@platform", "o1"))
    assert code(state, "ann", create(role("R@o1", allow("/charts/1", "read")))) == "not_in_catalogue"
    assert code(state, "ann", create(role("R@o1"))) == ""


@pytest.mark.parametrize("kept_back", ["eraser@platform", "heir@platform"])
def test_a_platform_role_that_is_not_offered_is_given_by_the_platform_alone(kept_back: str) -> None:
    name = kept_back.partition("@")[0]
    edits = (
        create(assignment("bob", kept_back, "c1")),
        create(provider("bob", "c1", kept_back)),
        create(role("R@o1", inherits=(kept_back,))),
        create(role(f"{name}@o1", extends="platform")),
    )
    for edit in edits:
        assert code(given(), "ann", edit) == "escalation"
        assert code(given(), "root", edit) == ""
    assert code(given(), "ann", create(assignment("bob", "dentist@platform", "c1"))) == ""
    assert code(given(), "ann", create(role("dentist@o1", extends="platform"))) == ""


def test_a_role_that_the_platform_made_in_a_tenant_is_given_by_its_administrators() -> None:
    special = role("special@o1", allow("/other", "read"))
    assert code(given(special), "ann", create(assignment("bob", "special@o1", "c1"))) == ""
    assert code(given(special), "cleo", create(assignment("bob", "special@o1", "c1"))) == ""


# --- rule 1 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", [allow, deny])
def test_no_role_but_the_programs_is_about_management(permission: object) -> None:
    with pytest.raises(CallerError) as caught:
        role("R@o1", permission("/management/roles", "read"))  # type: ignore[operator]
    assert caught.value.code == "reserved"


def test_built_in_roles_are_neither_made_extended_changed_nor_deleted() -> None:
    admin = BUILT_IN_ROLES[2]
    assert code(given(), "bootstrap", create(role("clinic-admin@o1"))) == "reserved"
    assert code(given(), "bootstrap", create(role("clinic-admin@o1", extends="platform"))) == "reserved"
    assert code(given(), "bootstrap", delete(admin)) == "reserved"


# --- rule 5: keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("maker", "scopes", "expected"),
    [
        ((Scope.MANAGE,), (Scope.MANAGE,), ""),
        ((Scope.MANAGE,), (Scope.DECIDE,), "escalation"),
        ((Scope.DECIDE, Scope.MANAGE), (Scope.DECIDE,), ""),
        ((Scope.DECIDE, Scope.MANAGE), (Scope.DECIDE, Scope.MANAGE), ""),
        ((Scope.DECIDE, Scope.MANAGE), (Scope.AUDIT,), "escalation"),
    ],
)
def test_a_keys_key_has_scopes_of_its_makers(
    maker: tuple[Scope, ...], scopes: tuple[Scope, ...], expected: str
) -> None:
    state = given(api_key("k1", "o1", *maker, created_by="bootstrap"))
    assert code(state, "key:k1", create(api_key("k2", "c1", *scopes, created_by="key:k1"))) == expected


@pytest.mark.parametrize(("expires_at", "expected"), [(None, "escalation"), (NOW + 11, "escalation"), (NOW + 10, "")])
def test_a_keys_key_expires_no_later(expires_at: int | None, expected: str) -> None:
    state = given(api_key("k1", "o1", Scope.MANAGE, created_by="bootstrap", expires_at=NOW + 10))
    made = api_key("k2", "c1", Scope.MANAGE, created_by="key:k1", expires_at=expires_at)
    error = refused(state, "key:k1", create(made))
    assert ("" if error is None else error.code) == expected
    if error is not None:
        assert [fault.pointer for fault in error.faults] == ["/expires_at"]


@pytest.mark.parametrize(
    ("actor", "domain", "scope", "expected"),
    [
        ("ann", "o1", Scope.MANAGE, ""),
        ("ann", "c2", Scope.MANAGE, ""),
        ("ann", "o2", Scope.MANAGE, "forbidden"),
        ("ann", "platform", Scope.DECIDE, "forbidden"),
        ("cleo", "c1", Scope.MANAGE, ""),
        ("cleo", "c1", Scope.AUDIT, ""),
        ("root", "platform", Scope.MANAGE, ""),
    ],
)
def test_a_persons_key_has_scopes_whose_rights_he_holds(actor: str, domain: str, scope: Scope, expected: str) -> None:
    assert code(given(), actor, create(api_key("k9", domain, scope, created_by=actor))) == expected


def test_a_scope_that_gives_more_than_its_maker_holds_is_refused() -> None:
    keeper = assignment("kim", "clinic-admin@platform", "o1")
    made = api_key("k9", "o1", Scope.DECIDE, Scope.MANAGE, created_by="kim")
    error = refused(given(keeper), "kim", create(made))
    assert error is not None
    assert (error.code, [fault.pointer for fault in error.faults]) == ("escalation", ["/scopes/1"])


# --- rule 6: the platform keeps an administrator -------------------------------------------------------------


def test_the_last_endless_administrator_of_the_platform_stays() -> None:
    root = assignment("root", "platform-admin@platform", "platform")
    ending = assignment("root", "platform-admin@platform", "platform", window=Window(None, NOW + 1000))
    for actor in ("bootstrap", "system:local"):
        assert code(given(), actor, delete(root)) == "in_use"
        assert code(given(), actor, update(root, ending)) == "in_use"
    other = assignment("rita", "platform-admin@platform", "platform")
    assert code(given(other), "bootstrap", delete(root)) == ""
    assert code(given(), "bootstrap", create(other), delete(root)) == ""
    later = assignment("rita", "platform-admin@platform", "platform", window=FUTURE)
    assert code(given(later), "bootstrap", delete(root)) == "in_use"


def test_a_platform_that_had_none_may_go_on_without() -> None:
    ending = assignment("temp", "platform-admin@platform", "platform", window=Window(None, NOW + 1000))
    assert code(tree_state(*BUILT_IN_ROLES, ending), "bootstrap", delete(ending)) == ""
