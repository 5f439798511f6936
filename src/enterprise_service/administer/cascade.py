"""What goes with a record that is deleted, in an order in which each edit can be made.

What has ended is in nobody's way: it goes with the domain or role that it belongs to. Everything else keeps that from
being deleted, unless a domain is to go with all that is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from typing import TypeAlias, TypeGuard

from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, delete
from enterprise_policy.state.fold import named_roles
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.scene import Scene

Holding: TypeAlias = Assignment | ProviderAssignment | ApiKey
"""What somebody holds in a domain."""


def removal(scene: Scene, record: Organization | Clinic, *, cascade: bool) -> Iterator[Edit]:
    """The edits that end the domain ``record``.

    Without ``cascade`` they are refused, by the invariants, while it is in use.
    """
    if cascade:
        yield from _whole(scene, record.id)
    else:
        yield from _holdings(scene, record.id, lambda holding: _has_ended(holding, scene.now))
        yield delete(record)


def ended_with(scene: Scene, ref: RoleRef) -> Iterator[Edit]:
    """The edits that take away what has ended and names the role ``ref``, wherever it is."""
    for domain in sorted(scene.state.uses.get(ref) or ()):
        yield from _holdings(scene, domain, lambda h: _names(h, ref) and _has_ended(h, scene.now))


def lineage(state: PolicyState, key: ApiKey) -> list[ApiKey]:
    """``key`` and all keys that were made by it, or by one of those; each comes after those that it made."""
    found = [key]
    for maker in found:
        made = (state.api_key(key_id) for key_id in sorted(state.keys_by.get(maker.subject) or ()))
        found.extend(each for each in made if each is not None)
    return found[::-1]


def _whole(scene: Scene, top: str) -> Iterator[Edit]:
    """Everything in ``top`` and below it."""
    state, tree = scene.state, scene.state.tree
    domains = sorted(tree.below(top), key=lambda domain: (-len(tree.path(domain)), domain))
    for domain in domains:
        yield from _holdings(scene, domain, lambda _holding: True)
    yield from map(delete, _users_first([each.record for domain in domains for each in state.roles.items(domain)]))
    records = (state.organization(domain) or state.clinic(domain) for domain in domains)
    yield from (delete(record) for record in records if record is not None)


def _holdings(scene: Scene, domain: str, goes: Callable[[Holding], bool]) -> Iterator[Edit]:
    """Of what is held in ``domain``, that which ``goes``; assignments of a provider go with the provider's record."""
    state = scene.state
    assignments = sorted((each.record for each in state.assignments.items(domain)), key=lambda record: record.id)
    yield from (delete(each) for each in assignments if each.source is not Source.PROVIDER and goes(each))
    providers = sorted((each.record for each in state.providers.items(domain)), key=lambda record: record.id)
    yield from (delete(each) for each in providers if goes(each))
    for key_id in sorted(state.keys_in.get(domain) or ()):
        key = scene.state.api_key(key_id)
        if _is_there(key) and goes(key):
            yield from map(delete, lineage(scene.state, key))


def _is_there(key: ApiKey | None) -> TypeGuard[ApiKey]:
    """Whether it hasn't gone yet with the key that made it."""
    return key is not None


def _has_ended(holding: Holding, now: Instant) -> bool:
    return holding.expired(now) if isinstance(holding, ApiKey) else holding.window.ended(now)


def _names(holding: Holding, ref: RoleRef) -> bool:
    match holding:
        case Assignment():
            return holding.role == ref
        case ProviderAssignment():
            return ref in holding.roles
    return False


def _users_first(roles: list[Role]) -> Iterator[Role]:
    """``roles`` in an order in which none goes before one that inherits or extends it."""
    records = {RoleRef(role.domain, role.id): role for role in sorted(roles, key=lambda role: (role.id, role.domain))}
    order: TopologicalSorter[RoleRef] = TopologicalSorter()
    for name, role in records.items():
        order.add(name)
        for used in named_roles(role):
            order.add(used, name)
    return (records[name] for name in order.static_order() if name in records)
