"""An assignment: a subject holds a role in a domain and below, perhaps for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from enterprise_policy.state.checks import NAME_LIMIT, REASON_LIMIT, optional_text_fault, read_enum, refuse_faults
from enterprise_policy.state.record import Fields, Kind, present, read_window, window_fields
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import id_fault, subject_fault, text_fault
from enterprise_policy.values.windows import ALWAYS, Instant, Window


class Source(StrEnum):
    """Where an assignment comes from; one from a provider's record changes only through that record."""

    DIRECT = "direct"
    PROVIDER = "provider"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """``verified`` is ``False`` while the provider that it comes from isn't known to be employed: no effect."""

    KIND: ClassVar[Kind] = Kind.ASSIGNMENT

    domain: str
    id: str
    subject: str
    role: RoleRef
    window: Window = ALWAYS
    reason: str | None = None
    source: Source = Source.DIRECT
    created_by: str
    managed_by: str | None = None
    verified: bool = True

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/domain", id_fault(self.domain)),
            ("/id", id_fault(self.id)),
            ("/subject", subject_fault(self.subject)),
            ("/role", id_fault(self.role.domain) or id_fault(self.role.id)),
            ("/reason", optional_text_fault(self.reason, REASON_LIMIT)),
            ("/created_by", text_fault(self.created_by, NAME_LIMIT)),
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
        )

    @property
    def home(self) -> str:
        """The domain where it holds."""
        return self.domain

    def is_current(self, now: Instant) -> bool:
        """Whether it gives its role at ``now``."""
        return self.verified and self.window.contains(now)

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "domain": self.domain,
                "id": self.id,
                "subject": self.subject,
                "role": self.role.to_fields(),
                **window_fields(self.window),
                "reason": self.reason,
                "source": self.source.value,
                "created_by": self.created_by,
                "managed_by": self.managed_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Assignment:
        """The assignment that ``to_fields`` gave."""
        return cls(
            domain=fields["domain"],
            id=fields["id"],
            subject=fields["subject"],
            role=RoleRef(**fields["role"]),
            window=read_window(fields),
            reason=fields.get("reason"),
            source=read_enum(Source, fields["source"], "/source"),
            created_by=fields["created_by"],
            managed_by=fields.get("managed_by"),
        )
