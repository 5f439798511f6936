"""The reason of an answer: every code, every field, in the order of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.reason import Reason, ReasonCode
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import SECOND, Window
from tests.support.policies import allow, assignment, clinic, deny, organization, provider, role, state_of, tree_state

NOW = 100 * SECOND


def reason(
    state: PolicyState, subject: str = "ann", domain: str = "c1", resource: str = "/a", action: str = "read"
) -> dict[str, Any]:
    """The reason as JSON, of an answer that agrees with it."""
    asked = Question(subject, domain, resource, action)
    told = explain(state, asked, NOW)
    assert told.allowed == decide(build(state), asked, NOW)
    return told.to_fields()


def in_full(*records: Record) -> dict[str, Any]:
    return reason(tree_state(*records))


def named(role_name: str) -> dict[str, str]:
    name, _, domain = role_name.partition("@")
    return {"domain": domain, "id": name}


@pytest.mark.parametrize("domain", ["nowhere", "", "C1"])
def test_unknown_domain(domain: str) -> None:
    assert reason(tree_state(), domain=domain) == {"code": "unknown_domain"}


@pytest.mark.parametrize(("suspended", "told"), [({"o1"}, "o1"), ({"c1"}, "c1"), ({"c1", "o1"}, "c1")])
def test_domain_suspended(suspended: set[str], told: str) -> None:
    def status(domain: str) -> Status:
        return Status.SUSPENDED if domain in suspended else Status.ACTIVE

    state = state_of(
        organization("o1", status=status("o1")),
        clinic("c1", status=status("c1")),
        role("R@platform", allow("*"), deny("/a")),
        assignment("ann", "R@platform", "o1"),
    )
    assert reason(state) == {"code": "domain_suspended", "domain": told}


def test_denied_by_permission_through_an_inherited_role_and_an_extension() -> None:
    told = in_full(
        role("base@platform", allow("/a")),
        role("base@o1", deny("/a", "read"), extends="platform"),
        role("middle@platform", inherits=["base@platform"]),
        role("top@o1", inherits=["middle@platform"]),
        assignment("ann", "top@o1", "o1", id="a1"),
    )
    assert told == {
        "code": "denied_by_permission",
        "role": named("base@platform"),
        "assigned_in": "o1",
        "assignment": "a1",
        "via": [named("top@o1"), named("middle@platform"), named("base@platform")],
        "permission": {"domain": "o1", "resource": "/a", "action": "read", "effect": "deny"},
    }


def test_allowed_by_permission() -> None:
    told = in_full(role("R@platform", allow("/:x", "*")), assignment("ann", "R@platform", "c1", id="a1"))
    assert told == {
        "code": "allowed_by_permission",
        "role": named("R@platform"),
        "assigned_in": "c1",
        "assignment": "a1",
        "via": [named("R@platform")],
        "permission": {"domain": "platform", "resource": "/:x", "action": "*", "effect": "allow"},
    }


def test_the_nearest_assignment_and_the_shortest_way_are_told() -> None:
    told = in_full(
        role("R@platform", allow("/a")),
        role("S@platform", inherits=["R@platform"]),
        role("T@platform", inherits=["S@platform", "R@platform"]),
        assignment("ann", "T@platform", "platform", id="far"),
        assignment("ann", "T@platform", "c1", id="near"),
    )
    assert (told["assignment"], told["via"]) == ("near", [named("T@platform"), named("R@platform")])


def test_a_deny_is_told_before_an_allow() -> None:
    told = in_full(
        role("R@platform", allow("*")),
        role("no@platform", deny("/a")),
        assignment("ann", "R@platform", "c1"),
        assignment("ann", "no@platform", "platform"),
    )
    assert (told["code"], told["role"], told["assigned_in"]) == (
        "denied_by_permission",
        named("no@platform"),
        "platform",
    )


@pytest.mark.parametrize(
    ("window", "starts_at", "ends_at"),
    [
        (Window(NOW + 1, None), "1970-01-01T00:01:40.000001Z", None),
        (Window(None, NOW), None, "1970-01-01T00:01:40Z"),
        (Window(0, 50 * SECOND), "1970-01-01T00:00:00Z", "1970-01-01T00:00:50Z"),
    ],
)
def test_assignment_not_current(window: Window, starts_at: str | None, ends_at: str | None) -> None:
    told = in_full(
        role("R@platform", allow("/a")),
        role("S@platform", inherits=["R@platform"]),
        assignment("ann", "S@platform", "o1", window=window),
    )
    assert told == {
        "code": "assignment_not_current",
        "role": named("R@platform"),
        "assigned_in": "o1",
        "starts_at": starts_at,
        "ends_at": ends_at,
    }


def test_a_provider_that_is_not_verified_is_not_current() -> None:
    state = tree_state(
        role("R@platform", allow("/a")), provider("dr.lee", "c1", "R@platform", verification=Verification.PENDING)
    )
    assert reason(state, "dr.lee")["code"] == "assignment_not_current"


def test_what_would_have_denied_is_no_assignment_that_would_have_allowed() -> None:
    late = Window(NOW + 1, None)
    told = in_full(
        role("R@platform", allow("/a"), deny("/a", "read")),
        assignment("ann", "R@platform", "c1", window=late),
    )
    assert told["code"] == "no_assignment"


def test_an_assignment_of_the_same_id_elsewhere_is_another() -> None:
    late = Window(NOW + 1, None)
    told = in_full(
        role("R@platform", allow("/a")),
        role("no@platform", deny("/a")),
        assignment("ann", "no@platform", "o1", id="a1", window=late),
        assignment("ann", "R@platform", "c1", id="a1", window=late),
    )
    assert (told["code"], told["assigned_in"]) == ("assignment_not_current", "c1")


def test_a_current_deny_is_told_before_an_allow_to_come() -> None:
    told = in_full(
        role("R@platform", allow("/a")),
        role("no@platform", deny("/a")),
        assignment("ann", "no@platform", "c1"),
        assignment("ann", "R@platform", "c1", window=Window(NOW + 1, None)),
    )
    assert told["code"] == "denied_by_permission"


@pytest.mark.parametrize("question", [{"resource": "/b"}, {"action": "write"}, {"resource": "/a/b"}])
def test_no_matching_permission(question: dict[str, str]) -> None:
    state = tree_state(
        role("R@platform", allow("/a", "read")),
        role("S@c1", allow("/x")),
        role("late@platform"),
        assignment("ann", "S@c1", "c1"),
        assignment("ann", "R@platform", "platform"),
        assignment("ann", "late@platform", "c1", window=Window(None, NOW)),
    )
    assert reason(state, **question) == {
        "code": "no_matching_permission",
        "roles": [named("S@c1"), named("R@platform")],
    }


def test_at_most_20_roles_are_told() -> None:
    roles = [role(f"R{n:02}@platform") for n in range(25)]
    state = tree_state(*roles, *(assignment("ann", f"{r.id}@platform", "c1") for r in roles))
    assert reason(state)["roles"] == [named(f"R{n:02}@platform") for n in range(20)]


def test_no_assignment() -> None:
    late = Window(NOW + 1, None)
    state = tree_state(
        role("R@platform", allow("/a")),
        assignment("ann", "R@platform", "c2"),
        assignment("ann", "R@platform", "o2"),
        assignment("ann", "R@platform", "c3", window=late),
        assignment("bob", "R@platform", "g1"),
    )
    assert reason(state) == {"code": "no_assignment", "elsewhere": ["c2", "o2"]}
    assert reason(state, "zoe") == {"code": "no_assignment", "elsewhere": []}


def test_all_of_elsewhere_is_known_and_10_are_told() -> None:
    clinics = [clinic(f"d{n:02}") for n in range(15)]
    state = tree_state(role("R@platform"), *clinics, *(assignment("ann", "R@platform", c.id) for c in clinics))
    told = explain(state, Question("ann", "c1", "/a", "read"), NOW)
    assert told.elsewhere == tuple(f"d{n:02}" for n in range(15))
    assert told.to_fields()["elsewhere"] == [f"d{n:02}" for n in range(10)]


@pytest.mark.parametrize("code", ReasonCode)
def test_only_one_code_allows(code: ReasonCode) -> None:
    assert Reason(code=code).allowed is (code is ReasonCode.ALLOWED_BY_PERMISSION)


def test_a_reason_without_its_details_says_so() -> None:
    told = Reason(code=ReasonCode.DENIED_BY_PERMISSION).to_fields()
    assert told == {
        "code": "denied_by_permission",
        "role": None,
        "assigned_in": None,
        "assignment": None,
        "via": [],
        "permission": None,
    }
