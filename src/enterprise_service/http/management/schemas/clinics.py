"""Clinics and clinic groups: bodies and answers."""

from __future__ import annotations

from typing import ClassVar, Final

from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Attributes, Id
from enterprise_service.http.strict_schema import Strict

_ID: Final = "A clinic's id: given, or made; never changed, and never used again."
_ORGANIZATION: Final = "The organization that it belongs to, for good."
_PARENT: Final = "The clinic group, or the organization, right above it."
_ATTRIBUTES: Final = "What the enterprise wants to note; it means nothing to decisions."


class ClinicSchema(Strict):
    """A clinic, or a clinic group, which is a clinic that has clinics below it."""

    id = Id(_ID, required=True)
    organization_id = Id(_ORGANIZATION, required=True)
    parent_id = Id(_PARENT, required=True)
    name = common.name("What people call it.", required=True)
    status = common.status(required=True)
    attributes = Attributes(_ATTRIBUTES, required=True)
    created_at = common.created_at()
    updated_at = common.updated_at()
    revision = common.revision()


class NewClinicSchema(Strict):
    """A clinic to be made."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"created_at", "updated_at", "revision"})

    id = Id(_ID)
    organization_id = Id(_ORGANIZATION, required=True)
    parent_id = Id(f"{_PARENT} Default the organization.", allow_none=True)
    name = common.name("What people call it.", required=True)
    status = common.status()
    attributes = Attributes(_ATTRIBUTES)


class ClinicPatchSchema(Strict):
    """What of a clinic is to be otherwise. `null` is the default."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "updated_at", "revision"})

    organization_id = Id("It can't change; the same as before may be said.")
    parent_id = Id(f"{_PARENT} Another one moves the clinic, with all below it.", allow_none=True)
    name = common.name("What people call it.")
    status = common.status(allow_none=True)
    attributes = Attributes(f"{_ATTRIBUTES} A key that is `null` goes.", removable=True, allow_none=True)


CLINIC: Final = {
    "id": "clinic-7",
    "organization_id": "bright-harbor",
    "parent_id": "north",
    "name": "Clinic Seven",
    "status": "active",
    "attributes": {},
    "created_at": "2026-01-31T08:00:00Z",
    "updated_at": "2026-02-02T09:30:00Z",
    "revision": 17,
}
NEW: Final = {
    "Below the organization": {"organization_id": "bright-harbor", "name": "Clinic Seven"},
    "In a clinic group, with an id": {
        "id": "clinic-7",
        "organization_id": "bright-harbor",
        "parent_id": "north",
        "name": "Clinic Seven",
    },
}
PATCHES: Final = {"Move it to the organization": {"parent_id": None}, "Suspend it": {"status": "suspended"}}
