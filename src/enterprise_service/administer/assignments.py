"""Assignments: who holds which role, where and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_service.administer.authority import Target
from enterprise_service.administer.fields import identity, patch, required, window
from enterprise_service.administer.references import domain_of, role_ref, the_record
from enterprise_service.administer.scene import Scene
from enterprise_service.administer.wish import Wish

_EMPTY: Final[Mapping[str, object]] = {"starts_at": None, "ends_at": None, "reason": None}


def make(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A subject is given a role."""
    assignment_id, subject, name = identity(wish), required(wish, "subject"), required(wish, "role")
    open_in = window(wish.fields)
    domain = domain_of(scene, wish)
    scene.ask_for(Target(kind=wish.kind, op=wish.op, domain=domain, id=assignment_id))
    yield create(
        Assignment(
            domain=domain,
            id=assignment_id,
            subject=subject,
            role=role_ref(scene, domain, name, "/role"),
            window=open_in,
            reason=wish.fields.get("reason"),
            created_by=scene.author.actor,
        )
    )


def change(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """Another time, or another reason."""
    fields = patch(wish, _EMPTY)
    before: Assignment = the_record(scene, wish).record
    after = replace(before, window=window(fields, before.window), reason=fields.get("reason", before.reason))
    if after != before:
        yield update(before, after)


def remove(scene: Scene, wish: Wish) -> Iterator[Edit]:
    """A subject is deprived of a role."""
    yield delete(the_record(scene, wish).record)
