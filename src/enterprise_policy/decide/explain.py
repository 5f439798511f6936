"""Why a question is answered as it is.

Reads the state, not the snapshot: it is a second way to the same answer, and a law compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from enterprise_policy.decide.question import Asked
from enterprise_policy.decide.reason import HeldPermission, Reason, ReasonCode
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import ANY_ACTION, Effect, Role, RoleRef
from enterprise_policy.state.role_graph import links_at, reach
from enterprise_policy.values.patterns import matches
from enterprise_policy.values.windows import Instant

CODES: Final = {
    Effect.DENY: ReasonCode.DENIED_BY_PERMISSION,
    Effect.ALLOW: ReasonCode.ALLOWED_BY_PERMISSION,
}


class Match(NamedTuple):
    """A permission that matches the question, and how the subject comes to it."""

    assignment: Assignment
    via: tuple[RoleRef, ...]
    permission: HeldPermission


def explain(state: PolicyState, asked: Asked, now: Instant) -> Reason:
    """The first reason of HTTP contract section 3 that applies to ``asked`` at ``now``."""
    path = state.tree.path(asked.domain)
    if not path:
        return Reason(code=ReasonCode.UNKNOWN_DOMAIN)
    suspended = state.suspended_at(asked.domain)
    if suspended is not None:
        return Reason(code=ReasonCode.DOMAIN_SUSPENDED, domain=suspended)
    assignments = [a for domain in path for a in state.assignments_of(asked.subject, domain)]
    links = links_at(state, asked.domain) if assignments else {}
    found = [
        Match(assignment, via, permission)
        for assignment in assignments
        for ref, via in reach(links, assignment.role).items()
        for permission in _matching(state.role_records(ref, path), asked)
    ]
    return (
        _settled(found, now)
        or _not_current(found, now)
        or _without_permission(assignments, now)
        or _without_assignment(state, asked.subject, path, now)
    )


def _matching(records: Iterable[Role], asked: Asked) -> Iterator[HeldPermission]:
    for role in records:
        for permission in role.permissions:
            if permission.action in (ANY_ACTION, asked.action) and matches(permission.resource, asked.resource):
                yield HeldPermission(role.domain, *permission)


def _settled(found: list[Match], now: Instant) -> Reason | None:
    """A deny that matches, else an allow."""
    current = [match for match in found if match.assignment.is_current(now)]
    for effect, code in CODES.items():
        for match in current:
            if match.permission.effect is effect:
                return Reason(
                    code=code,
                    role=match.via[-1],
                    assigned_in=match.assignment.domain,
                    assignment=match.assignment.id,
                    via=match.via,
                    permission=match.permission,
                )
    return None


def _not_current(found: list[Match], now: Instant) -> Reason | None:
    """An assignment that isn't current and, if it were, would have allowed; ``_settled`` found no deny before."""
    late = [match for match in found if not match.assignment.is_current(now)]
    denying = {match.assignment for match in late if match.permission.effect is Effect.DENY}
    for match in late:
        if match.assignment not in denying:
            return Reason(
                code=ReasonCode.ASSIGNMENT_NOT_CURRENT,
                role=match.via[-1],
                assigned_in=match.assignment.domain,
                starts_at=match.assignment.window.starts_at,
                ends_at=match.assignment.window.ends_at,
            )
    return None


def _without_permission(assignments: list[Assignment], now: Instant) -> Reason | None:
    roles = tuple(sorted({assignment.role for assignment in assignments if assignment.is_current(now)}))
    return Reason(code=ReasonCode.NO_MATCHING_PERMISSION, roles=roles) if roles else None


def _without_assignment(state: PolicyState, subject: str, path: tuple[str, ...], now: Instant) -> Reason:
    places = sorted(set(state.places.get(subject) or ()).difference(path))
    elsewhere = (d for d in places if any(a.is_current(now) for a in state.assignments_of(subject, d)))
    return Reason(code=ReasonCode.NO_ASSIGNMENT, elsewhere=tuple(elsewhere))
