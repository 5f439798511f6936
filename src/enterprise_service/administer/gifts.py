"""What a change gives away: roles, to whoever may hold them, in a domain and all below it.

A gift is judged "each role as if somebody held it": inheriting or extending a role gives it to everybody who has, or
may get, the role that inherits. A window that becomes longer gives the role anew, whatever moment it opens at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.role import Role, RoleRef


class Gift(NamedTuple):
    """``role`` is given in ``domain``; ``own`` says that the edit names it, not a place that a clinic moves to."""

    role: RoleRef
    domain: str
    own: bool = True


def gifts_of(before: PolicyState, after: PolicyState, edits: Sequence[Edit]) -> Iterator[Gift]:
    """What ``edits``, of the call that led from ``before`` to ``after``, give away."""
    for edit in edits:
        match edit.before, edit.after:
            case Assignment() | None as old, Assignment() as made:
                yield from _assigned(old, made)
            case ProviderAssignment() | None as old, ProviderAssignment() as made:
                yield from _employed(old, made)
            case Role() | None as old, Role() as made:
                yield from _contained(old, made)
            case Clinic() as old, Clinic() as made if old.domain != made.domain:
                yield from _met(before, after, made.id)


def _assigned(before: Assignment | None, made: Assignment) -> Iterator[Gift]:
    if before is None or not before.window.covers(made.window):
        yield Gift(made.role, made.domain)


def _employed(before: ProviderAssignment | None, made: ProviderAssignment) -> Iterator[Gift]:
    kept = before.roles if before is not None and before.window.covers(made.window) else ()
    yield from (Gift(role, made.domain) for role in made.roles if role not in kept)


def _contained(before: Role | None, made: Role) -> Iterator[Gift]:
    kept = () if before is None else before.inherits
    yield from (Gift(role, made.domain) for role in made.inherits if role not in kept)
    if before is None and made.extends is not None:
        yield Gift(made.ref, made.domain)


def _met(before: PolicyState, after: PolicyState, clinic: str) -> Iterator[Gift]:
    """What is assigned, inherited or extended in the domains that ``clinic`` lies below by the call, and didn't before.

    Before is before the whole call: the domain that it leaves may have been moved too. In a clinic that the call makes
    nothing is met: what holds above it is no gain.
    """
    left = before.tree.path(clinic)
    for domain in after.tree.path(clinic) if left else ():
        if domain not in left:
            for assignment in after.assignments.items(domain):
                yield Gift(assignment.record.role, clinic, own=False)
            for role in after.roles.items(domain):
                yield from (Gift(inherited, clinic, own=False) for inherited in role.record.inherits)
