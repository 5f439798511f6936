"""Providers at clinics, in roles and for a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_service.administer.authority import Target
from enterprise_service.administer.fields import identity, patch, required, window
from enterprise_service.administer.references import domain_of, nothing, role_refs, the_record
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish

_EMPTY: Final[Mapping[str, object]] = {"starts_at": None, "ends_at": None}


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A provider begins at a clinic."""
    provider_id, names, open_in = identity(wish), required(wish, "roles"), window(wish.fields)
    clinic_id = domain_of(scene, wish)
    if scene.state.clinic(clinic_id) is None:
        raise nothing(wish, "/domain")
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=clinic_id, id=provider_id))
    yield create(
        ProviderAssignment(
            clinic_id=clinic_id,
            provider_id=provider_id,
            roles=role_refs(scene, clinic_id, names, "/roles"),
            window=open_in,
            created_by=scene.author.actor,
        )
    )


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Other roles, or another time."""
    fields = patch(wish, _EMPTY)
    before: ProviderAssignment = the_record(scene, wish).record
    roles = role_refs(scene, before.clinic_id, fields["roles"], "/roles") if "roles" in fields else before.roles
    after = replace(before, roles=roles, window=window(fields, before.window))
    if after != before:
        yield update(before, after)


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A provider leaves a clinic, and with him the assignments that follow from his record."""
    yield delete(the_record(scene, wish).record)
