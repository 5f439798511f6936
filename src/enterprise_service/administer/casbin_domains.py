"""Domains by rules of Casbin's form: those that are made, that move, and that lie nowhere any more."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from enterprise_policy.errors import ConflictError, CycleError
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.casbin_meaning import Lies, Meaning
from enterprise_service.administer.casbin_roles import says_nothing
from enterprise_service.administer.cascade import ended_with, removal
from enterprise_service.administer.references import mention
from enterprise_service.administer.scene import Scene


def placed(scene: Scene, taken: frozenset[Meaning], added: Collection[Lies]) -> Iterator[Edit]:
    """New domains, and clinics that move; each after the one above it."""
    for meaning in _parents_first(added):
        above = scene.state.tree.parent(meaning.domain)
        if above == meaning.parent:
            continue
        mention(scene, meaning.parent, "/parent_id")
        if above is None:
            yield create(_domain(scene.state, meaning))
        elif Lies(meaning.domain, above) in taken:
            yield _move(scene.state, meaning)
        else:
            raise ConflictError(f"`{meaning.domain}` lies below `{above}`, and can't lie below `{meaning.parent}` too")


def _parents_first(added: Collection[Lies]) -> Iterator[Lies]:
    """``added`` so that none comes before one that it stands on."""
    edges = {meaning.domain: meaning for meaning in added}
    twice = next((meaning for meaning in added if edges[meaning.domain] != meaning), None)
    if twice is not None:
        detail = f"`{twice.domain}` can't lie below `{twice.parent}` and `{edges[twice.domain].parent}`"
        raise ConflictError(detail)
    order = graphlib.TopologicalSorter({meaning.domain: (meaning.parent,) for meaning in added})
    try:
        yield from [edges[domain] for domain in order.static_order() if domain in edges]
    except graphlib.CycleError as error:
        raise CycleError("domains would lie below themselves: " + ", ".join(f"`{d}`" for d in error.args[1])) from error


def _domain(state: PolicyState, meaning: Lies) -> Organization | Clinic:
    """A new one, called by its id."""
    if meaning.parent == PLATFORM:
        return Organization(id=meaning.domain, name=meaning.domain)
    organization = state.tree.path(meaning.parent)[-2]
    return Clinic(id=meaning.domain, name=meaning.domain, organization_id=organization, parent_id=meaning.parent)


def _move(state: PolicyState, meaning: Lies) -> Edit:
    clinic = state.clinic(meaning.domain)
    if clinic is None:
        raise ConflictError(f"`{meaning.domain}` is an organization, and stays right below `{PLATFORM}`")
    return update(clinic, replace(clinic, parent_id=meaning.parent))


def abandoned(scene: Scene, taken: Iterable[Lies], added: Collection[Meaning]) -> Iterator[Edit]:
    """The end of each domain that lies nowhere any more, the deepest first, with its roles that say nothing."""
    kept = {meaning.domain for meaning in added if isinstance(meaning, Lies)}
    for meaning in sorted(taken, key=_depth_in(scene), reverse=True):
        record = scene.state.organization(meaning.domain) or scene.state.clinic(meaning.domain)
        if record is not None and meaning.domain not in kept and record.domain == meaning.parent:
            yield from _silent_roles(scene, meaning.domain)
            yield from removal(scene, record, cascade=False)


def _depth_in(scene: Scene) -> Callable[[Lies], int]:
    return lambda meaning: len(scene.state.tree.path(meaning.domain))


def _silent_roles(scene: Scene, domain: str) -> Iterator[Edit]:
    roles = sorted((each.record for each in scene.state.roles.items(domain)), key=lambda role: role.id)
    for role in roles:
        if says_nothing(role):
            if role.extends is None:
                yield from ended_with(scene, role.ref)
            yield delete(role)
