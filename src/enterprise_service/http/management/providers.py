"""``/clinics/{clinic_id}/providers`` and ``/providers/{provider_id}/clinics``."""

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
from enterprise_service.http.management.parameters import place
from enterprise_service.http.management.paths import API, Route, Shape, creating, deleting, listing, reading, updating
from enterprise_service.http.management.reads import Reads, slice_of, taken
from enterprise_service.http.management.schemas import providers as schemas
from enterprise_service.http.management.writes import Made, Writes

ALL: Final = "/clinics/<clinic_id>/providers"
ONE: Final = "/clinics/<clinic_id>/providers/<provider_id>"
CLINICS: Final = "/providers/<provider_id>/clinics"
CLINIC: Final = place("clinic_id", "The clinic's id.")
PROVIDER: Final = place("provider_id", "The provider's id.")
SHAPE: Final = Shape(schemas.ProviderSchema, schemas.PROVIDER)
SHOW: Final = shown.each(shown.provider)
MADE: Final = Made(
    kind=Kind.PROVIDER_ASSIGNMENT,
    show=SHOW,
    location=lambda fields: f"{API}/clinics/{fields['clinic_id']}/providers/{fields['provider_id']}",
)

_wish: Final = partial(Wish, kind=Kind.PROVIDER_ASSIGNMENT)


def provider_routes(reads: Reads, writes: Writes, lists: Lists) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_providers(clinic_id: str) -> Response:
        """Those who work at the clinic, by id."""
        return reads.page(lambda scene, cut: taken(lists.providers(scene, clinic_id, slice_of(cut)), SHOW))

    def list_clinics_of_provider(provider_id: str) -> Response:
        """Where the provider works, by clinic, as far as you may read it; nothing, if that is nowhere."""
        return reads.page(lambda scene, cut: taken(lists.clinics_of_provider(scene, provider_id, slice_of(cut)), SHOW))

    def create_provider(clinic_id: str) -> Response:
        """The provider holds each of the roles at the clinic, for the time that is given."""
        call = writes.posted(schemas.NewProviderSchema)
        provider_id = call.fields.pop("provider_id")
        return writes.create(call, _wish(op=Op.CREATE, domain=clinic_id, id=provider_id, fields=call.fields), MADE)

    def read_provider(clinic_id: str, provider_id: str) -> Response:
        """A provider at a clinic, as it is now."""
        return reads.one(lambda scene: find.provider(scene, clinic_id, provider_id), SHOW)

    def update_provider(clinic_id: str, provider_id: str) -> Response:
        """A merge patch. The assignments that follow from the record change with it."""
        call = writes.patched(schemas.ProviderPatchSchema)
        return writes.update(call, _wish(op=Op.UPDATE, domain=clinic_id, id=provider_id, fields=call.fields), SHOW)

    def delete_provider(clinic_id: str, provider_id: str) -> Response:
        """The provider leaves the clinic; the assignments that follow from the record go with it."""
        return writes.delete(writes.deleted(), _wish(op=Op.DELETE, domain=clinic_id, id=provider_id))

    both = (CLINIC, PROVIDER)
    paths = (
        listing(Route(ALL, "List the providers at a clinic", list_providers, (CLINIC,)), SHAPE, (), codes.IN_PLACE),
        listing(Route(CLINICS, "List the clinics of a provider", list_clinics_of_provider, (PROVIDER,)), SHAPE),
        creating(
            Route(ALL, "Let a provider work at a clinic", create_provider, (CLINIC,)),
            Body(schema=schemas.NewProviderSchema, examples=schemas.NEW),
            SHAPE.body("The provider"),
            ("not_found", "unknown_reference", codes.TAKEN, codes.GRANT),
        ),
        reading(Route(ONE, "Read a provider at a clinic", read_provider, both), SHAPE),
        updating(
            Route(ONE, "Change a provider's work at a clinic", update_provider, both),
            Body(schema=schemas.ProviderPatchSchema, examples=schemas.PATCHES),
            SHAPE,
            ("unknown_reference", codes.TAKEN, codes.GRANT, codes.MANAGED),
        ),
        deleting(Route(ONE, "Let a provider leave a clinic", delete_provider, both), (codes.GRANT,)),
    )
    return blueprint_of("providers", "Who works at which clinic, as what.", paths)
