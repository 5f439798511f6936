"""An organization: a tenant right below ``platform``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from enterprise_policy.state.checks import NAME_LIMIT, attributes_checks, optional_text_fault, read_enum, refuse_faults
from enterprise_policy.state.record import Fields, Kind, Status, present
from enterprise_policy.values.names import PLATFORM, id_fault, text_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """``attributes`` are pairs of texts, ordered by key; they mean nothing to a decision."""

    KIND: ClassVar[Kind] = Kind.ORGANIZATION

    id: str
    name: str
    status: Status = Status.ACTIVE
    attributes: tuple[tuple[str, str], ...] = ()
    managed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/id", id_fault(self.id)),
            ("/name", text_fault(self.name, NAME_LIMIT)),
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
            *attributes_checks(self.attributes),
        )

    @property
    def home(self) -> str:
        """Organizations share one name space."""
        return PLATFORM

    @property
    def domain(self) -> str:
        """Its parent."""
        return PLATFORM

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "id": self.id,
                "name": self.name,
                "status": self.status.value,
                "attributes": dict(self.attributes),
                "managed_by": self.managed_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Organization:
        """The organization that ``to_fields`` gave."""
        return cls(
            id=fields["id"],
            name=fields["name"],
            status=read_enum(Status, fields["status"], "/status"),
            attributes=tuple(sorted(fields.get("attributes", {}).items())),
            managed_by=fields.get("managed_by"),
        )
