"""Providers at clinics: bodies and answers."""

from __future__ import annotations

from typing import ClassVar, Final

from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.values.names import provider_fault
from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Choice, Id, Items, NamedRole
from enterprise_service.http.strict_schema import Strict, Windowed

_ID: Final = "The provider's id, which is the provider's subject too."
_ROLES: Final = "What the provider is at the clinic; each becomes an assignment."


class ProviderSchema(Strict):
    """A provider at a clinic."""

    provider_id = Id(_ID, required=True)
    clinic_id = Id("The clinic.", required=True)
    roles = common.roles(_ROLES)
    starts_at = common.starts_at()
    ends_at = common.ends_at()
    verification = Choice(Verification, "What the provider directory says of the provider.", required=True)
    revision = common.revision()


class NewProviderSchema(Windowed):
    """A provider who is to work at a clinic."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"clinic_id", "verification", "revision"})

    provider_id = Id(_ID, provider_fault, required=True)
    roles = Items(NamedRole("A role."), _ROLES, (1, None), required=True)


class ProviderPatchSchema(Windowed):
    """What of a provider's work at a clinic is to be otherwise."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"provider_id", "clinic_id", "verification", "revision"})

    roles = Items(NamedRole("A role."), f"{_ROLES} All of them: others go.", (1, None))


PROVIDER: Final = {
    "provider_id": "dr.lee",
    "clinic_id": "clinic-7",
    "roles": [{"domain": "bright-harbor", "id": "dentist"}],
    "starts_at": None,
    "ends_at": "2026-12-31T23:00:00Z",
    "verification": "not_checked",
    "revision": 21,
}
NEW: Final = {
    "A dentist": {"provider_id": "dr.lee", "roles": ["dentist"], "ends_at": "2026-12-31T23:00:00Z"},
    "By a role of one domain": {"provider_id": "dr.lee", "roles": [{"domain": "bright-harbor", "id": "dentist"}]},
}
PATCHES: Final = {"For longer": {"ends_at": None}, "In two roles": {"roles": ["dentist", "trainer"]}}
