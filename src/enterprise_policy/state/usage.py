"""What refers to a role or lies in a domain, in words for the error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Final, TypeVar

from enterprise_policy.state.fold import named_roles
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record, Table
from enterprise_policy.state.role import RoleRef

R = TypeVar("R", bound=Record)

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
    for role in _by_id(state.roles, domain):
        if ref in named_roles(role):
            yield f"role `{role.id}` in `{domain}`"
    for assignment in _by_id(state.assignments, domain):
        if assignment.role == ref:
            yield f"assignment `{assignment.id}` of `{assignment.subject}` in `{domain}`"


def users_of_domain(state: PolicyState, domain: str) -> list[str]:
    """The first records that are in the domain, or domains right below it."""
    users = [f"domain `{child}`" for child in sorted(state.tree.children_of(domain))]
    users += [f"role `{role.id}`" for role in _by_id(state.roles, domain)]
    users += [f"provider `{provider.id}`" for provider in _by_id(state.providers, domain)]
    users += [f"assignment `{assignment.id}`" for assignment in _by_id(state.assignments, domain)]
    users += [f"key `{key}`" for key in sorted(state.keys_in.get(domain) or ())]
    return users[:NAMED]


def _by_id(table: Table[R], domain: str) -> list[R]:
    """Every process names the same users: its maps have an order of their own."""
    return sorted((versioned.record for versioned in table.items(domain)), key=attrgetter("id"))
