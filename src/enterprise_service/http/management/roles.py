"""``/domains/{domain}/roles``."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response

from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind
from enterprise_service.administer import find
from enterprise_service.administer.lists import Lists
from enterprise_service.administer.wish import Wish
from enterprise_service.http.documented import Body, blueprint_of
from enterprise_service.http.management import codes, shown
from enterprise_service.http.management.parameters import VISIBLE, place
from enterprise_service.http.management.paths import API, Route, Shape, creating, deleting, listing, reading, updating
from enterprise_service.http.management.reads import Reads, slice_of, taken
from enterprise_service.http.management.schemas import roles as schemas
from enterprise_service.http.management.writes import Made, Writes

ALL: Final = "/domains/<domain>/roles"
ONE: Final = "/domains/<domain>/roles/<role_id>"
DOMAIN: Final = place("domain", "The domain that makes the roles.")
PLACES: Final = (DOMAIN, place("role_id", "The role's id."))
SHAPE: Final = Shape(schemas.RoleSchema, schemas.ROLE)
SHOW: Final = shown.each(shown.role)
MADE: Final = Made(
    kind=Kind.ROLE, show=SHOW, location=lambda fields: f"{API}/domains/{fields['domain']}/roles/{fields['id']}"
)

_wish: Final = partial(Wish, kind=Kind.ROLE)


def role_routes(reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_roles(domain: str) -> Response:
        """Those made in the domain; with `visible` also those made above, which may be named here. By id."""
        return reads.page(
            lambda scene, cut: taken(
                lists.roles(scene, domain, slice_of(cut), visible=cut.filters[VISIBLE.name]), SHOW
            ),
            (VISIBLE,),
        )

    def create_role(domain: str) -> Response:
        """A role that can be given here and below; with `extends` more for a role that was made above."""
        call = writes.posted(schemas.NewRoleSchema)
        role_id = call.fields.pop("id")
        return writes.create(call, _wish(op=Op.CREATE, domain=domain, id=role_id, fields=call.fields), MADE)

    def read_role(domain: str, role_id: str) -> Response:
        """A role, or an extension of one, as it is now."""
        return reads.one(lambda scene: find.role(scene, domain, role_id), SHOW)

    def update_role(domain: str, role_id: str) -> Response:
        """A merge patch. Everybody who holds the role has at once what it says."""
        call = writes.patched(schemas.RolePatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, domain=domain, id=role_id, fields=call.fields), SHOW)

    def delete_role(domain: str, role_id: str) -> Response:
        """Refused while it is used; assignments of it that have ended go with it."""
        return writes.delete(writes.deleted(), _wish(op=Op.DELETE, domain=domain, id=role_id))

    paths = (
        listing(Route(ALL, "List roles", list_roles, (DOMAIN,)), SHAPE, (VISIBLE,), codes.IN_PLACE),
        creating(
            Route(ALL, "Create or extend a role", create_role, (DOMAIN,)),
            Body(schema=schemas.NewRoleSchema, examples=schemas.NEW),
            SHAPE.body("The role"),
            ("not_found", *codes.ROLE, codes.TAKEN, codes.GRANT),
        ),
        reading(Route(ONE, "Read a role", read_role, PLACES), SHAPE),
        updating(
            Route(ONE, "Change a role", update_role, PLACES),
            Body(schema=schemas.RolePatchSchema, examples=schemas.PATCHES),
            SHAPE,
            (*codes.ROLE, codes.GRANT, codes.MANAGED),
        ),
        deleting(Route(ONE, "Delete a role", delete_role, PLACES), ("in_use", "reserved", codes.GRANT, codes.MANAGED)),
    )
    return blueprint_of("roles", "Named sets of permissions, and extensions of those made above.", paths)
