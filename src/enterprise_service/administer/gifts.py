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


def gifts_of(after: PolicyState, edits: Sequence[Edit]) -> Iterator[Gift]:
    """What ``edits``, which led to ``after``, give away."""
    for edit in edits:
        match edit.before, edit.after:
            case Assignment() | None as before, Assignment() as made:
                yield from _assigned(before, made)
            case ProviderAssignment() | None as before, ProviderAssignment() as made:
                yield from _employed(before, made)
            case Role() | None as before, Role() as made:
                yield from _contained(before, made)
            case Clinic() as before, Clinic() as made if before.domain != made.domain:
                yield from _met(after, before.domain, made)


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


def _met(after: PolicyState, left: str, clinic: Clinic) -> Iterator[Gift]:
    """What is assigned, inherited or extended in the domains that ``clinic`` comes to lie below, and didn't before."""
    for domain in after.tree.path(clinic.domain):
        if domain in after.tree.path(left):
            return
        for assignment in after.assignments.items(domain):
            yield Gift(assignment.record.role, clinic.id, own=False)
        for role in after.roles.items(domain):
            yield from (Gift(inherited, clinic.id, own=False) for inherited in role.record.inherits)
