"""The rules of an instant in Casbin's form."""

from __future__ import annotations

from enterprise_policy.decide.casbin_form import CasbinRules, casbin_name, effective_rules
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Status
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.windows import Window
from tests.support.policies import allow, assignment, clinic, deny, organization, provider, role, state_of


def policy(status: Status = Status.ACTIVE) -> PolicyState:
    return state_of(
        organization("o1"),
        clinic("c1", status=status),
        clinic("c2", "c1"),
        role("R@platform", allow("/a", "read"), deny("/b"), allow("/a", "read")),
        role("S@o1", inherits=["R@platform"]),
        role("R@c1", allow("/c"), extends="platform"),
        assignment("ann", "S@o1", "c2"),
        assignment("bob", "R@platform", "c1", window=Window(10, 20)),
        provider("dr.lee", "c2", "R@platform"),
        provider("dr.who", "c2", "R@platform", verification=Verification.PENDING),
    )


def test_a_role_is_named_so_that_no_subject_is_called_like_it() -> None:
    assert casbin_name(RoleRef("o1", "R")) == "role:o1/R"


def test_the_rules_of_an_instant() -> None:
    assert effective_rules(policy(), 10) == CasbinRules(
        p=(
            ("role:platform/R", "c1", "/c", "*", "allow"),
            ("role:platform/R", "platform", "/a", "read", "allow"),
            ("role:platform/R", "platform", "/b", "*", "deny"),
        ),
        g=(
            ("ann", "role:o1/S", "c2"),
            ("bob", "role:platform/R", "c1"),
            ("dr.lee", "role:platform/R", "c2"),
            ("role:o1/S", "role:platform/R", "o1"),
        ),
        g2=(("c1", "o1"), ("c2", "c1"), ("o1", "platform")),
    )


def test_what_is_not_in_force_at_the_instant_is_left_out() -> None:
    holders = [{member for member, _, _ in effective_rules(policy(), now).g} for now in (9, 10, 19, 20)]
    assert ["bob" in there for there in holders] == [False, True, True, False]
    assert all("dr.who" not in there for there in holders)


def test_a_suspended_domain_and_all_below_are_left_out() -> None:
    rules = effective_rules(policy(Status.SUSPENDED), 10)
    assert rules.g2 == (("o1", "platform"),)
    assert {rule[1] for rule in rules.p} == {"platform"}
    assert rules.g == (("role:o1/S", "role:platform/R", "o1"),)


def test_the_rules_of_a_path_are_those_of_its_domains() -> None:
    whole, path = effective_rules(policy(), 10), effective_rules(policy(), 10, ("c1", "o1", "platform", "nowhere"))
    assert path.g2 == (("c1", "o1"), ("o1", "platform"))
    assert path.p == whole.p
    assert path.g == tuple(rule for rule in whole.g if rule[2] != "c2")
