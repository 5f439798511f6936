"""``/organizations``."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import uuid4

from flask import Response

from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind
from enterprise_service.administer import find
from enterprise_service.administer.lists import Lists
from enterprise_service.administer.wish import Wish
from enterprise_service.http.documented import Body, blueprint_of
from enterprise_service.http.management import codes, shown
from enterprise_service.http.management.parameters import CASCADE, place
from enterprise_service.http.management.paths import (
    API,
    Route,
    Shape,
    creating,
    deleting,
    listing,
    reading,
    updating,
)
from enterprise_service.http.management.reads import Reads, slice_of, taken
from enterprise_service.http.management.schemas import organizations as schemas
from enterprise_service.http.management.writes import Made, Writes

ALL: Final = "/organizations"
ONE: Final = "/organizations/<organization_id>"
PLACES: Final = (place("organization_id", "The organization's id."),)
SHAPE: Final = Shape(schemas.OrganizationSchema, schemas.ORGANIZATION)
SHOW: Final = shown.each(shown.organization)
MADE: Final = Made(kind=Kind.ORGANIZATION, show=SHOW, location=lambda fields: f"{API}{ALL}/{fields['id']}")

_wish: Final = partial(Wish, kind=Kind.ORGANIZATION)


def organization_routes(reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_organizations() -> Response:
        """Those that you may read, by id."""
        return reads.page(lambda scene, cut: taken(lists.organizations(scene, slice_of(cut)), SHOW))

    def create_organization() -> Response:
        """A tenant is made right below the platform. Without an `id` it is given one."""
        call = writes.posted(schemas.NewOrganizationSchema)
        made_id = call.fields.pop("id", None) or uuid4().hex
        return writes.create(call, _wish(op=Op.CREATE, id=made_id, fields=call.fields), MADE)

    def read_organization(organization_id: str) -> Response:
        """An organization, as it is now."""
        return reads.one(lambda scene: find.organization(scene, organization_id), SHOW)

    def update_organization(organization_id: str) -> Response:
        """A merge patch. While an organization is suspended every decision in it and below is a deny."""
        call = writes.patched(schemas.OrganizationPatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, id=organization_id, fields=call.fields), SHOW)

    def delete_organization(organization_id: str) -> Response:
        """Refused while anything is in it, but with `cascade`. The id is never used again."""
        call = writes.deleted(CASCADE)
        cascade = call.parameters[CASCADE.name]
        return writes.delete(call, _wish(op=Op.DELETE, id=organization_id, cascade=cascade))

    paths = (
        listing(Route(ALL, "List organizations", list_organizations), SHAPE),
        creating(
            Route(ALL, "Create an organization", create_organization),
            Body(schema=schemas.NewOrganizationSchema, examples=schemas.NEW),
            SHAPE.body("The organization"),
            (codes.TAKEN,),
        ),
        reading(Route(ONE, "Read an organization", read_organization, PLACES), SHAPE),
        updating(
            Route(ONE, "Change an organization", update_organization, PLACES),
            Body(schema=schemas.OrganizationPatchSchema, examples=schemas.PATCHES),
            SHAPE,
            (codes.MANAGED,),
        ),
        deleting(
            Route(ONE, "Delete an organization", delete_organization, PLACES), ("in_use", codes.MANAGED), (CASCADE,)
        ),
    )
    return blueprint_of("organizations", "Tenants, right below the platform.", paths)
