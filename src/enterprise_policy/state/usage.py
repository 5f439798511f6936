"""What refers to a role or lies in a domain, in words for the error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enterprise_policy.state.fold import named_roles
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import RoleRef

NAMED: Final = 10
"""How many users an error names."""


def users_of_role(state: PolicyState, ref: RoleRef, within: frozenset[str] | None = None) -> list[str]:
    """The first records that can't do without the role, in the domains of ``within`` if it is given."""
    domains = sorted(state.uses.get(ref) or ())
    users: list[str] = []
    for domain in domains:
        if within is None or domain in within:
            users.extend(_users_in(state, ref, domain))
        if len(users) >= NAMED:
            break
    return users[:NAMED]


def _users_in(state: PolicyState, ref: RoleRef, domain: str) -> Iterator[str]:
    for role in state.roles.items(domain):
        if ref in named_roles(role.record):
            yield f"role `{role.record.id}` in `{domain}`"
    for assignment in state.assignments.items(domain):
        if assignment.record.role == ref:
            yield f"assignment `{assignment.record.id}` of `{assignment.record.subject}` in `{domain}`"


def users_of_domain(state: PolicyState, domain: str) -> list[str]:
    """The first records that are in the domain, or domains right below it."""
    users = [f"domain `{child}`" for child in sorted(state.tree.children_of(domain))]
    users += [f"role `{role.record.id}`" for role in state.roles.items(domain)]
    users += [f"provider `{provider.record.id}`" for provider in state.providers.items(domain)]
    users += [f"assignment `{assignment.record.id}`" for assignment in state.assignments.items(domain)]
    users += [f"key `{key}`" for key in sorted(state.keys_in.get(domain) or ())]
    return users[:NAMED]
