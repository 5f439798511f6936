"""A provider at a clinic, and the assignments that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.checks import NAME_LIMIT, optional_text_fault, read_enum, refuse_faults
from enterprise_policy.state.record import Fields, Kind, present, read_window, window_fields
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import id_fault, provider_fault, text_fault
from enterprise_policy.values.windows import ALWAYS, Window


class Verification(StrEnum):
    """What the provider directory says of the provider."""

    NOT_CHECKED = "not_checked"
    PENDING = "pending"
    VERIFIED = "verified"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAssignment:
    """A provider works at a clinic in ``roles`` for a time. The provider's subject is ``provider_id``."""

    KIND: ClassVar[Kind] = Kind.PROVIDER_ASSIGNMENT

    clinic_id: str
    provider_id: str
    roles: tuple[RoleRef, ...]
    window: Window = ALWAYS
    verification: Verification = Verification.NOT_CHECKED
    created_by: str
    managed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/clinic_id", id_fault(self.clinic_id)),
            ("/provider_id", provider_fault(self.provider_id)),
            ("/created_by", text_fault(self.created_by, NAME_LIMIT)),
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
            *((f"/roles/{i}", id_fault(r.domain) or id_fault(r.id)) for i, r in enumerate(self.roles)),
        )
        if not self.roles or len(set(self.roles)) < len(self.roles):
            raise InvalidRequestError.at("/roles", "must name one role or more, each once")

    @property
    def id(self) -> str:
        """The provider's id."""
        return self.provider_id

    @property
    def home(self) -> str:
        """The clinic."""
        return self.clinic_id

    @property
    def domain(self) -> str:
        """The clinic."""
        return self.clinic_id

    def assignments(self) -> tuple[Assignment, ...]:
        """What the provider holds by this record, one assignment for each role."""
        verified = self.verification in (Verification.NOT_CHECKED, Verification.VERIFIED)
        return tuple(
            Assignment(
                domain=self.clinic_id,
                id=self._assignment_id(role),
                subject=self.provider_id,
                role=role,
                window=self.window,
                source=Source.PROVIDER,
                created_by=self.created_by,
                managed_by=self.managed_by,
                verified=verified,
            )
            for role in self.roles
        )

    def _assignment_id(self, role: RoleRef) -> str:
        named = "\0".join((self.clinic_id, self.provider_id, *role))
        return "provider-" + sha256(named.encode()).hexdigest()[:24]

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "clinic_id": self.clinic_id,
                "provider_id": self.provider_id,
                "roles": [role.to_fields() for role in self.roles],
                **window_fields(self.window),
                "verification": self.verification.value,
                "created_by": self.created_by,
                "managed_by": self.managed_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> ProviderAssignment:
        """The record that ``to_fields`` gave."""
        return cls(
            clinic_id=fields["clinic_id"],
            provider_id=fields["provider_id"],
            roles=tuple(RoleRef(**role) for role in fields["roles"]),
            window=read_window(fields),
            verification=read_enum(Verification, fields["verification"], "/verification"),
            created_by=fields["created_by"],
            managed_by=fields.get("managed_by"),
        )
