"""What roles mean in a domain."""

from __future__ import annotations

from collections.abc import Iterable

from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Permission, RoleRef


def permissions_of(state: PolicyState, roles: Iterable[RoleRef], path: tuple[str, ...]) -> frozenset[Permission]:
    """The permissions of ``roles`` and of all that they inherit, as far as they are made in the domains of ``path``.

    Costs what the roles reach, however many others are made there.
    """
    reached = set(roles)
    waiting = list(reached)
    permissions: set[Permission] = set()
    for ref in waiting:
        for role in state.role_records(ref, path):
            permissions.update(role.permissions)
            fresh = set(role.inherits) - reached
            reached |= fresh
            waiting.extend(fresh)
    return frozenset(permissions)
