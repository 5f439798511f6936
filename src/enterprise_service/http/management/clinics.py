"""``/clinics``."""

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
from enterprise_service.http.management.parameters import CASCADE, ORGANIZATION, place
from enterprise_service.http.management.paths import API, Route, Shape, creating, deleting, listing, reading, updating
from enterprise_service.http.management.reads import Reads, slice_of, taken
from enterprise_service.http.management.schemas import clinics as schemas
from enterprise_service.http.management.writes import Made, Writes

ALL: Final = "/clinics"
ONE: Final = "/clinics/<clinic_id>"
PLACES: Final = (place("clinic_id", "The clinic's id."),)
SHAPE: Final = Shape(schemas.ClinicSchema, schemas.CLINIC)
SHOW: Final = shown.each(shown.clinic)
MADE: Final = Made(kind=Kind.CLINIC, show=SHOW, location=lambda fields: f"{API}{ALL}/{fields['id']}")

_wish: Final = partial(Wish, kind=Kind.CLINIC)


def clinic_routes(reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_clinics() -> Response:
        """Those that you may read, by id: of all organizations, or of one."""
        return reads.page(
            lambda scene, cut: taken(lists.clinics(scene, cut.filters[ORGANIZATION.name], slice_of(cut)), SHOW),
            (ORGANIZATION,),
        )

    def create_clinic() -> Response:
        """A clinic, or a clinic group to be. Without an `id` it is given one."""
        call = writes.posted(schemas.NewClinicSchema)
        made_id = call.fields.pop("id", None) or uuid4().hex
        return writes.create(call, _wish(op=Op.CREATE, id=made_id, fields=call.fields), MADE)

    def read_clinic(clinic_id: str) -> Response:
        """A clinic, as it is now."""
        return reads.one(lambda scene: find.clinic(scene, clinic_id), SHOW)

    def update_clinic(clinic_id: str) -> Response:
        """A merge patch. Another `parent_id` moves the clinic with all below it, inside its organization."""
        call = writes.patched(schemas.ClinicPatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, id=clinic_id, fields=call.fields), SHOW)

    def delete_clinic(clinic_id: str) -> Response:
        """Refused while anything is in it, but with `cascade`. The id is never used again."""
        call = writes.deleted(CASCADE)
        return writes.delete(call, _wish(op=Op.DELETE, id=clinic_id, cascade=call.parameters[CASCADE.name]))

    paths = (
        listing(Route(ALL, "List clinics", list_clinics), SHAPE, (ORGANIZATION,)),
        creating(
            Route(ALL, "Create a clinic", create_clinic),
            Body(schema=schemas.NewClinicSchema, examples=schemas.NEW),
            SHAPE.body("The clinic"),
            ("unknown_reference", "too_deep", codes.TAKEN),
        ),
        reading(Route(ONE, "Read a clinic", read_clinic, PLACES), SHAPE),
        updating(
            Route(ONE, "Change or move a clinic", update_clinic, PLACES),
            Body(schema=schemas.ClinicPatchSchema, examples=schemas.PATCHES),
            SHAPE,
            ("unknown_reference", "cycle", "too_deep", "in_use", codes.GRANT, codes.MANAGED),
        ),
        deleting(Route(ONE, "Delete a clinic", delete_clinic, PLACES), ("in_use", codes.MANAGED), (CASCADE,)),
    )
    return blueprint_of("clinics", "Clinics and clinic groups, in a tree below their organization.", paths)
