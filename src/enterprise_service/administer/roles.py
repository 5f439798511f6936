"""Roles, and extensions of roles made above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from enterprise_policy.errors import Fault, ReservedError
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.role import Role
from enterprise_service.administer.authority import Target
from enterprise_service.administer.cascade import ended_with
from enterprise_service.administer.fields import identity, patch
from enterprise_service.administer.references import domain_of, role_refs, the_record
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish

_EMPTY: Final[Mapping[str, object]] = {"description": "", "extends": None, "inherits": (), "permissions": ()}


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A new role or extension."""
    role_id, fields = identity(wish), patch(wish, _EMPTY)
    domain = domain_of(scene, wish)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=domain, id=role_id))
    yield create(Role(domain=domain, id=role_id, **_as_kept(scene, domain, fields)))


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another description, other permissions, or other roles inherited."""
    fields = patch(wish, _EMPTY)
    before = _not_built_in(the_record(scene, wish).record)
    after = replace(before, **_as_kept(scene, before.domain, fields))
    if after != before:
        yield update(before, after)


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """The end of a role, and of ended assignments with it; of an extension, that it adds anything."""
    role = _not_built_in(the_record(scene, wish).record)
    if role.extends is None:
        yield from ended_with(scene, role.ref)
    yield delete(role)


def _not_built_in(role: Role) -> Role:
    if role.built_in:
        detail = f"`{role.id}` is a built-in role, and stays as it is"
        raise ReservedError(detail, faults=(Fault("/id", detail),))
    return role


def _as_kept(scene: Scene, domain: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` as a role made in ``domain`` has them."""
    kept = dict(fields)
    if "inherits" in kept:
        kept["inherits"] = role_refs(scene, domain, kept["inherits"], "/inherits")
    if "permissions" in kept:
        kept["permissions"] = tuple(kept["permissions"])
    return kept
