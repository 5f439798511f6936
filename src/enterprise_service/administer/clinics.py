"""Clinics, and groups of them: where they are made, moved and given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create, update
from enterprise_policy.state.record import Status
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
    made = Clinic(
        id=identity(wish),
        organization_id=organization,
        parent_id=wish.fields.get("parent_id") or organization,
        name=required(wish, "name"),
        status=wish.fields.get("status") or Status.ACTIVE,
        attributes=pairs((), wish.fields.get("attributes")),
    )
    mention(scene, organization, "/organization_id")
    mention(scene, made.parent_id, "/parent_id")
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=made.parent_id, id=made.id))
    check_made_in(wish, made)
    yield create(made)


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another name, status, parent, or other attributes."""
    fields = patch(wish, _EMPTY)
    found = the_domain(scene, wish)
    before: Clinic = found.record
    target = Target(kind=wish.kind, op=wish.op, domain=before.parent_id, id=before.id, names=frozenset(fields))
    scene.ask_for(target)
    if "parent_id" in fields:
        fields["parent_id"] = fields["parent_id"] or before.organization_id
        _ask_to_move(scene, target, fields["parent_id"])
    scene.expect(found)
    check_made_in(wish, before)
    after = replace(before, **merged(before.attributes, fields))
    if after != before:
        yield update(before, after)


def _ask_to_move(scene: Scene, target: Target, parent: str) -> None:
    if parent != target.domain:
        mention(scene, parent, "/parent_id")
        scene.ask_for(replace(target, moved_to=parent))


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """The end of a clinic; with ``wish.cascade`` of all that is in it and below."""
    found = the_domain(scene, wish)
    clinic: Clinic = found.record
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=clinic.parent_id, id=clinic.id))
    scene.expect(found)
    check_made_in(wish, clinic)
    yield from removal(scene, clinic, cascade=wish.cascade)
