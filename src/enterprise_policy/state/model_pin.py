"""Which model file this store's decisions are made by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from enterprise_policy.state.record import Fields, Kind
from enterprise_policy.values.names import PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPin:
    """``digest`` is the model's; a process with another model refuses to start."""

    KIND: ClassVar[Kind] = Kind.MODEL

    digest: str

    @property
    def id(self) -> str:
        """Its one name."""
        return "model"

    @property
    def home(self) -> str:
        """It is the platform's."""
        return PLATFORM

    @property
    def domain(self) -> str:
        """It is the platform's."""
        return PLATFORM

    @property
    def managed_by(self) -> str | None:
        """It comes with the program."""
        return None

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return {"digest": self.digest}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> ModelPin:
        """The pin that ``to_fields`` gave."""
        return cls(digest=fields["digest"])
