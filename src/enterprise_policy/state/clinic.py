"""A clinic, or a clinic group, which is a clinic that has clinics below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from enterprise_policy.state.checks import NAME_LIMIT, attributes_checks, optional_text_fault, read_enum, refuse_faults
from enterprise_policy.state.record import Fields, Kind, Status, present
from enterprise_policy.values.names import PLATFORM, id_fault, text_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """``parent_id`` is its organization or a clinic of the same organization."""

    KIND: ClassVar[Kind] = Kind.CLINIC

    id: str
    organization_id: str
    parent_id: str
    name: str
    status: Status = Status.ACTIVE
    attributes: tuple[tuple[str, str], ...] = ()
    managed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/id", id_fault(self.id)),
            ("/organization_id", id_fault(self.organization_id)),
            ("/parent_id", id_fault(self.parent_id)),
            ("/name", text_fault(self.name, NAME_LIMIT)),
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
            *attributes_checks(self.attributes),
        )

    @property
    def home(self) -> str:
        """Clinics of all organizations share one name space."""
        return PLATFORM

    @property
    def domain(self) -> str:
        """Its parent."""
        return self.parent_id

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "id": self.id,
                "organization_id": self.organization_id,
                "parent_id": self.parent_id,
                "name": self.name,
                "status": self.status.value,
                "attributes": dict(self.attributes),
                "managed_by": self.managed_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Clinic:
        """The clinic that ``to_fields`` gave."""
        return cls(
            id=fields["id"],
            organization_id=fields["organization_id"],
            parent_id=fields["parent_id"],
            name=fields["name"],
            status=read_enum(Status, fields["status"], "/status"),
            attributes=tuple(sorted(fields.get("attributes", {}).items())),
            managed_by=fields.get("managed_by"),
        )
