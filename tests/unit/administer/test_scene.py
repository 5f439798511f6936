"""What a caller may see and name, and what came from git."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import (
    CallerError,
    ForbiddenError,
    NotFoundError,
    RevisionMismatchError,
    UnknownReferenceError,
)
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Window
from enterprise_service.administer.authority import Target
from enterprise_service.administer.scene import NOTHING_HERE, Expected
from tests.support.policies import api_key, assignment, clinic, provider, role, tree_state
from tests.unit.administer.scenes import NOW, code, scene


def keyed(*scopes: Scope, domain: str = "g1") -> PolicyState:
    return tree_state(*BUILT_IN_ROLES, api_key("k", domain, *scopes, created_by="bootstrap"))


@pytest.mark.parametrize("domain", ["platform", "o1", "c1", "o2", "c3", "nowhere"])
def test_a_path_to_what_is_not_in_sight_leads_nowhere(domain: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        scene(keyed(Scope.MANAGE), "key:k").enter(domain)
    assert (refused.value.detail, refused.value.faults) == (NOTHING_HERE, ())


@pytest.mark.parametrize("scope", list(Scope))
def test_any_right_is_enough_to_see_a_domain(scope: Scope) -> None:
    for domain in ("g1", "c2"):
        scene(keyed(scope), "key:k").enter(domain)


def test_a_body_names_domains_in_sight_and_above_and_no_others() -> None:
    call = scene(keyed(Scope.DECIDE), "key:k")
    for domain in ("g1", "c2", "o1", "platform"):
        call.mention(domain, "/domain")
    details = set()
    for domain in ("c1", "o2", "nowhere"):
        with pytest.raises(UnknownReferenceError) as refused:
            call.mention(domain, "/domain")
        assert [fault.pointer for fault in refused.value.faults] == ["/domain"]
        details.add(refused.value.detail.replace(domain, "..."))
    assert len(details) == 1


def test_who_sees_a_domain_but_may_not_is_told_so() -> None:
    call = scene(keyed(Scope.DECIDE), "key:k")
    target = Target.of(create(role("R@g1")))
    with pytest.raises(ForbiddenError):
        call.ask_for(target)


def test_an_expected_revision_is_one_of_those_named() -> None:
    state = keyed(Scope.MANAGE)
    found = state.clinics.get("platform", "c1")
    assert found is not None
    for expected in (Expected(None), Expected(frozenset({found.revision, 99}))):
        scene(state, expected=expected).expect(found)
    with pytest.raises(RevisionMismatchError):
        scene(state, expected=Expected(frozenset({99}))).expect(found)


def test_pointers_lead_into_the_callers_input() -> None:
    call = scene(keyed(Scope.MANAGE))
    call.place = "/edits/3/fields{}".format
    with pytest.raises(CallerError) as refused:
        call.admit(create(assignment("ann", "none@o1", "c1")))
    assert [fault.pointer for fault in refused.value.faults] == ["/edits/3/fields/role"]


# --- what came from git ------------------------------------------------------------------------------------

ROLE = role("R@o1", managed_by="git")
HELD = assignment("ann", "R@o1", "c1", managed_by="git", window=Window(NOW, NOW + 100))
WORKS = provider("pat", "c1", "R@o1", managed_by="git", window=Window(NOW, NOW + 100))
CLINIC = clinic("c9", managed_by="git")


def held(**more: object) -> object:
    return assignment("ann", "R@o1", "c1", managed_by="git", **more)


@pytest.mark.parametrize(
    "edit",
    [
        update(ROLE, role("R@o1", managed_by="git", description="d")),
        delete(role("R2@o1", managed_by="git")),
        update(CLINIC, clinic("c9", managed_by="git", name="New")),
        delete(CLINIC),
        update(HELD, held(window=Window(NOW, NOW + 101))),  # type: ignore[arg-type]
        update(HELD, held(window=Window(NOW - 1, NOW + 100))),  # type: ignore[arg-type]
        update(HELD, held(window=Window(NOW, NOW + 100), reason="why")),  # type: ignore[arg-type]
        update(WORKS, provider("pat", "c1", "R@o1", managed_by="git")),
    ],
)
def test_what_came_from_git_is_changed_in_git(edit: Edit) -> None:
    state = tree_state(ROLE, role("R2@o1", managed_by="git"), HELD, WORKS, CLINIC)
    assert code(state, "bootstrap", edit) == "managed_by_bundle"
    call = scene(state, bundle="git")
    call.admit(edit)


@pytest.mark.parametrize(
    "edit",
    [
        delete(HELD),
        update(HELD, held(window=Window(NOW, NOW + 1))),  # type: ignore[arg-type]
        update(HELD, held(window=Window(NOW + 50, NOW + 100))),  # type: ignore[arg-type]
        delete(WORKS),
        update(WORKS, provider("pat", "c1", "R@o1", managed_by="git", window=Window(NOW, NOW + 1))),
    ],
)
def test_on_call_can_always_revoke(edit: Edit) -> None:
    assert code(tree_state(ROLE, HELD, WORKS), "bootstrap", edit) == ""
