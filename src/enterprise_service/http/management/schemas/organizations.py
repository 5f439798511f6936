"""Organizations: bodies and answers."""

from __future__ import annotations

from typing import ClassVar, Final

from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Attributes, Id
from enterprise_service.http.strict_schema import Strict

_ID: Final = "An organization's id: given, or made; never changed, and never used again."
_ATTRIBUTES: Final = "What the enterprise wants to note; it means nothing to decisions."


class OrganizationSchema(Strict):
    """An organization: a tenant."""

    id = Id(_ID, required=True)
    name = common.name("What people call it.", required=True)
    status = common.status(required=True)
    attributes = Attributes(_ATTRIBUTES, required=True)
    created_at = common.created_at()
    updated_at = common.updated_at()
    revision = common.revision()


class NewOrganizationSchema(Strict):
    """An organization to be made."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"created_at", "updated_at", "revision"})

    id = Id(_ID)
    name = common.name("What people call it.", required=True)
    status = common.status()
    attributes = Attributes(_ATTRIBUTES)


class OrganizationPatchSchema(Strict):
    """What of an organization is to be otherwise. `null` is the default."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"id", "created_at", "updated_at", "revision"})

    name = common.name("What people call it.")
    status = common.status(allow_none=True)
    attributes = Attributes(f"{_ATTRIBUTES} A key that is `null` goes.", removable=True, allow_none=True)


ORGANIZATION: Final = {
    "id": "bright-harbor",
    "name": "Bright Harbor Dental",
    "status": "active",
    "attributes": {"country": "DK"},
    "created_at": "2026-01-31T08:00:00Z",
    "updated_at": "2026-01-31T08:00:00Z",
    "revision": 12,
}
NEW: Final = {
    "An organization": {"id": "bright-harbor", "name": "Bright Harbor Dental", "attributes": {"country": "DK"}}
}
PATCHES: Final = {"Suspend it": {"status": "suspended"}, "Without an attribute": {"attributes": {"country": None}}}
