"""Organizations: tenants right below the platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from enterprise_policy.state.edits import Edit, create, update
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.record import Status
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import Target
from enterprise_service.administer.cascade import removal
from enterprise_service.administer.fields import identity, pairs, patch, required
from enterprise_service.administer.references import check_made_in, the_domain
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish

_EMPTY: Final[Mapping[str, object]] = {"status": Status.ACTIVE, "attributes": None}


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A new organization."""
    made = Organization(
        id=identity(wish),
        name=required(wish, "name"),
        status=wish.fields.get("status") or Status.ACTIVE,
        attributes=pairs((), wish.fields.get("attributes")),
    )
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=PLATFORM, id=made.id))
    check_made_in(wish, made)
    yield create(made)


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another name, status or other attributes."""
    fields = patch(wish, _EMPTY)
    found = the_domain(scene, wish)
    before: Organization = found.record
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=PLATFORM, id=before.id, names=frozenset(fields)))
    scene.expect(found)
    check_made_in(wish, before)
    after = replace(before, **merged(before.attributes, fields))
    if after != before:
        yield update(before, after)


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """The end of an organization; with ``wish.cascade`` of all that is in it."""
    found = the_domain(scene, wish)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=PLATFORM, id=found.record.id))
    scene.expect(found)
    check_made_in(wish, found.record)
    yield from removal(scene, found.record, cascade=wish.cascade)


def merged(kept: tuple[tuple[str, str], ...], fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` of a patch as a record has them: ``attributes`` merged into those that are ``kept``."""
    if "attributes" not in fields:
        return dict(fields)
    return {**fields, "attributes": pairs(kept, fields["attributes"])}
