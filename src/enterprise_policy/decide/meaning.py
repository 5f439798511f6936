"""What roles mean in a domain."""

from __future__ import annotations

from collections.abc import Iterable

from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Permission, RoleRef
from enterprise_policy.state.role_graph import reached_from


def permissions_of(state: PolicyState, roles: Iterable[RoleRef], path: tuple[str, ...]) -> frozenset[Permission]:
    """The permissions of ``roles`` and of all that they inherit, as far as they are made in the domains of ``path``.

    Costs what the roles reach, however many others are made there.
    """
    records = (record for ref in reached_from(state, roles, path) for record in state.role_records(ref, path))
    return frozenset(permission for record in records for permission in record.permissions)
