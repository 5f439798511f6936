"""Clinics, and groups of them: where they are made, moved and given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from enterprise_policy.errors import UnknownReferenceError
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create, update
from enterprise_policy.state.record import Status, Versioned
from enterprise_service.administer.authority import Target
from enterprise_service.administer.cascade import removal
from enterprise_service.administer.fields import identity, pairs, patch, required
from enterprise_service.administer.organizations import merged
from enterprise_service.administer.references import check_made_in, mention, the_domain
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish

_EMPTY: Final[Mapping[str, object]] = {"status": Status.ACTIVE, "attributes": None, "parent_id": None}
"""A clinic without ``parent_id`` lies right below its organization."""


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A new clinic."""
    organization = required(wish, "organization_id")
    parent, pointer = _parent(wish, organization)
    made = Clinic(
        id=identity(wish),
        organization_id=organization,
        parent_id=parent,
        name=required(wish, "name"),
        status=wish.fields.get("status") or Status.ACTIVE,
        attributes=pairs((), wish.fields.get("attributes")),
    )
    mention(scene, organization, "/organization_id")
    mention(scene, parent, pointer)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=parent, id=made.id))
    check_made_in(wish, made)
    yield create(made)


def _parent(wish: Wish, organization: str) -> tuple[str, str]:
    """Where a new clinic is to lie, and the pointer to what says so: the domain of an edit is its parent too."""
    if wish.domain is not None and "parent_id" not in wish.fields:
        return wish.domain, "/domain"
    return wish.fields.get("parent_id") or organization, "/parent_id"


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another name, status, parent, or other attributes."""
    fields = patch(wish, _EMPTY)
    found = the_domain(scene, wish)
    before: Clinic = found.record
    target = Target(kind=wish.kind, op=wish.op, domain=before.parent_id, id=before.id, names=frozenset(fields))
    scene.ask_for(target)
    if "parent_id" in fields:
        fields["parent_id"] = fields["parent_id"] or before.organization_id
        _ask_to_move(scene, target, fields["parent_id"], found)
    scene.expect(found)
    check_made_in(wish, before)
    after = replace(before, **merged(before.attributes, fields))
    if after != before:
        yield update(before, after)


def _ask_to_move(scene: Scene, target: Target, parent: str, found: Versioned[Clinic]) -> None:
    """Whoever expects another revision of the clinic is told that first, unless he may not move it there."""
    if parent == target.domain:
        return
    try:
        mention(scene, parent, "/parent_id")
    except UnknownReferenceError:
        scene.expect(found)
        raise
    scene.ask_for(replace(target, moved_to=parent))


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """The end of a clinic; with ``wish.cascade`` of all that is in it and below."""
    found = the_domain(scene, wish)
    clinic: Clinic = found.record
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=clinic.parent_id, id=clinic.id))
    scene.expect(found)
    check_made_in(wish, clinic)
    yield from removal(scene, clinic, cascade=wish.cascade)
