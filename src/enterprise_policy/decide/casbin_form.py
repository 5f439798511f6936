"""The policy of one instant in Casbin's form, which ``policies/model.conf`` gives its meaning.

Windows, suspension and unverified providers are in no Casbin model, so they are worked out here: what isn't in force
at the instant is left out. Roles are written ``role:<domain>/<id>``, since Casbin's ``g`` is reflexive and a subject
called like a role would have what the role has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant

ROLE_PREFIX: Final = "role:"
"""What the name of a role begins with, and no subject's."""

_NAME: Final = re.compile(f"{ROLE_PREFIX}([^/]*)/(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasbinRules:
    """``p``: role, domain, resource, action, effect; ``g``: member, role, domain; ``g2``: child, parent; in order."""

    p: tuple[tuple[str, str, str, str, str], ...]
    g: tuple[tuple[str, str, str], ...]
    g2: tuple[tuple[str, str], ...]


def casbin_name(ref: RoleRef) -> str:
    """The role's name in Casbin's form."""
    return f"{ROLE_PREFIX}{ref.domain}/{ref.id}"


def role_called(name: str) -> RoleRef | None:
    """The role that ``casbin_name`` calls so; ``None`` when it calls none like that. Domain and id may be anything."""
    found = _NAME.fullmatch(name)
    return None if found is None else RoleRef(found[1], found[2])


def effective_rules(state: PolicyState, now: Instant, domains: Iterable[str] | None = None) -> CasbinRules:
    """The rules in force at ``now``, of ``domains`` (all, when they aren't given).

    The rules of a domain's path up to ``platform`` are all that a decision in that domain depends on.
    """
    wanted = state.tree.below(PLATFORM) if domains is None else (d for d in domains if d in state.tree)
    live = sorted(domain for domain in wanted if state.suspended_at(domain) is None)
    roles = [versioned.record for domain in live for versioned in state.roles.items(domain)]
    return CasbinRules(
        p=tuple(sorted(rule for role in roles for rule in _permissions(role))),
        g=tuple(sorted({*(link for role in roles for link in _links(role)), *_assignments(state, live, now)})),
        g2=tuple((d, parent) for d in live if (parent := state.tree.parent(d)) is not None),
    )


def _permissions(role: Role) -> Iterable[tuple[str, str, str, str, str]]:
    name = casbin_name(role.ref)
    return ((name, role.domain, p.resource, p.action, p.effect.value) for p in set(role.permissions))


def _links(role: Role) -> Iterable[tuple[str, str, str]]:
    name = casbin_name(role.ref)
    return ((name, casbin_name(inherited), role.domain) for inherited in role.inherits)


def _assignments(state: PolicyState, domains: Iterable[str], now: Instant) -> Iterable[tuple[str, str, str]]:
    return (
        (assignment.record.subject, casbin_name(assignment.record.role), domain)
        for domain in domains
        for assignment in state.assignments.items(domain)
        if assignment.record.is_current(now)
    )
