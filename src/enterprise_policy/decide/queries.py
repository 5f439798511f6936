"""The four queries: exactly what deciding one by one would give, in a stable order (HTTP contract, section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Fields, window_fields
from enterprise_policy.state.role import ANY_ACTION, Effect, RoleRef
from enterprise_policy.state.role_graph import links_at, reach, roles_on
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.tree import DomainTree
from enterprise_policy.values.windows import Instant, Window


class Act(NamedTuple):
    """Something done to a resource."""

    resource: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRight:
    """A permission in force, and how the subject comes to it.

    ``role`` has the permission, as made in ``permission_domain``; ``via`` leads to it from the assigned role, by a
    shortest way. ``starts_at`` and ``ends_at`` are those of the assignment.
    """

    effect: Effect
    resource: str
    action: str
    role: RoleRef
    permission_domain: str
    assigned_in: str
    assignment: str
    via: tuple[RoleRef, ...]
    starts_at: Instant | None
    ends_at: Instant | None

    @property
    def order(self) -> tuple[str, ...]:
        """What rights are sorted by; no two of a subject in a domain have the same."""
        source = (self.assigned_in, self.assignment, *self.role, self.permission_domain)
        return (self.resource, self.action, self.effect.value, *source)

    def to_fields(self) -> Fields:
        """The JSON object of HTTP contract section 3."""
        return {
            "effect": self.effect.value,
            "resource": self.resource,
            "action": self.action,
            "role": self.role.to_fields(),
            "permission_domain": self.permission_domain,
            "assigned_in": self.assigned_in,
            "assignment": self.assignment,
            "via": [role.to_fields() for role in self.via],
            **window_fields(Window(self.starts_at, self.ends_at)),
        }


def permitted_actions(snapshot: Snapshot, subject: str, domain: str, resource: str, now: Instant) -> tuple[str, ...]:
    """What ``subject`` may do to ``resource`` in ``domain`` at ``now``, sorted.

    Of the actions that the catalogue names, or a permission of a role made on the domain's path; ``("*",)`` when all
    of these are allowed and one that nobody names too.
    """
    named = _named_actions(snapshot.state, domain)
    # As the action of a question `*` is one that no permission can name.
    allowed = {a for a in (*named, ANY_ACTION) if decide(snapshot, Question(subject, domain, resource, a), now)}
    return (ANY_ACTION,) if len(allowed) > len(named) else tuple(sorted(allowed - {ANY_ACTION}))


def _named_actions(state: PolicyState, domain: str) -> frozenset[str]:
    listed = () if state.catalogue is None else state.catalogue.resources
    offered = {action.action for resource in listed for action in resource.actions}
    made = {p.action for role in roles_on(state, state.tree.path(domain)) for p in role.permissions}
    return frozenset(offered | made) - {ANY_ACTION}


def permissions(snapshot: Snapshot, subject: str, domain: str, now: Instant) -> tuple[HeldRight, ...]:
    """The permissions that ``subject`` has in ``domain`` by assignments current at ``now``, allows and denies.

    Each once for every assignment that gives it and every role that has it; none where the domain is suspended.
    """
    state = snapshot.state
    path = state.tree.path(domain)
    if not path or state.suspended_at(domain) is not None:
        return ()
    links = links_at(state, domain)
    current = (a for above in path for a in state.assignments_of(subject, above) if a.is_current(now))
    ways = ((a, via) for a in current for via in reach(links, a.role).values())
    return tuple(sorted({right for a, via in ways for right in _rights(state, path, a, via)}, key=lambda r: r.order))


def _rights(
    state: PolicyState, path: tuple[str, ...], assignment: Assignment, via: tuple[RoleRef, ...]
) -> Iterator[HeldRight]:
    ref = via[-1]
    for role in state.role_records(ref, path):
        for permission in role.permissions:
            yield HeldRight(
                effect=permission.effect,
                resource=permission.resource,
                action=permission.action,
                role=ref,
                permission_domain=role.domain,
                assigned_in=assignment.domain,
                assignment=assignment.id,
                via=via,
                starts_at=assignment.window.starts_at,
                ends_at=assignment.window.ends_at,
            )


def subjects(snapshot: Snapshot, domain: str, resource: str, action: str, now: Instant) -> tuple[str, ...]:
    """Who may do ``action`` to ``resource`` in ``domain`` at ``now``, sorted."""
    shard = snapshot.shards.get(domain)
    holders = {s for above in (shard.path if shard else ()) for s in snapshot.holders.get(above) or ()}
    asked = (Question(subject, domain, resource, action) for subject in sorted(holders))
    return tuple(question.subject for question in asked if decide(snapshot, question, now))


def domains(
    snapshot: Snapshot, subject: str, act: Act, now: Instant, within: Iterable[str] = (PLATFORM,)
) -> tuple[str, ...]:
    """Where ``subject`` may do ``act`` at ``now``, sorted; of the domains ``within`` and below.

    Costs what lies there and below the subject's places, however far it reaches elsewhere.
    """
    tree = snapshot.state.tree
    places = snapshot.state.places.get(subject) or ()
    starts = {low for top in within for place in places if (low := _lower(tree, top, place)) is not None}
    reached = {domain for start in starts for domain in tree.below(start)}
    asked = (Question(subject, domain, *act) for domain in sorted(reached))
    return tuple(question.domain for question in asked if decide(snapshot, question, now))


def _lower(tree: DomainTree, one: str, other: str) -> str | None:
    """The one of both that lies below the other, or is it; ``None`` when they lie side by side."""
    if tree.is_within(one, other):
        return one
    return other if tree.is_within(other, one) else None
