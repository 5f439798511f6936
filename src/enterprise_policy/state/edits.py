"""One record created, updated or deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.model_pin import ModelPin
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Fields, Kind, Record
from enterprise_policy.state.role import Role

RECORD_TYPES: Final[Mapping[Kind, type[Record]]] = {
    Kind.ORGANIZATION: Organization,
    Kind.CLINIC: Clinic,
    Kind.ROLE: Role,
    Kind.ASSIGNMENT: Assignment,
    Kind.PROVIDER_ASSIGNMENT: ProviderAssignment,
    Kind.API_KEY: ApiKey,
    Kind.CATALOGUE: Catalogue,
    Kind.MODEL: ModelPin,
}


class Op(StrEnum):
    """What is done to a record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Edit:
    """``before`` is the whole record that is replaced or deleted, ``after`` the whole one that stands then.

    Raises ``ValueError`` when both are missing, or aren't the same record.
    """

    before: Record | None
    after: Record | None

    def __post_init__(self) -> None:
        """Refuse what is no edit of one record."""
        if self.before is None and self.after is None:
            reason = "an edit needs a record"
            raise ValueError(reason)
        if self.before is not None and self.after is not None and _key(self.before) != _key(self.after):
            reason = "an edit can't turn one record into another"
            raise ValueError(reason)

    @property
    def record(self) -> Record:
        """The record as it stands after the edit, or as it stood before it was deleted."""
        # One of them is there: `__post_init__` saw to it.
        return cast("Record", self.before if self.after is None else self.after)

    @property
    def op(self) -> Op:
        """What is done."""
        if self.before is None:
            return Op.CREATE
        return Op.UPDATE if self.after is not None else Op.DELETE

    @property
    def kind(self) -> Kind:
        """What kind of record it is."""
        return self.record.KIND

    def to_fields(self) -> Fields:
        """Itself as a JSON object, as the log keeps it."""
        return self._fields(lambda record: record.to_fields())

    def shown(self) -> Fields:
        """Itself as a JSON object, as people and programs are shown it."""
        return self._fields(shown)

    def _fields(self, written: Callable[[Record], Fields]) -> Fields:
        return {
            "op": self.op.value,
            "kind": self.kind.value,
            "domain": self.record.domain,
            "id": self.record.id,
            "before": None if self.before is None else written(self.before),
            "after": None if self.after is None else written(self.after),
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Edit:
        """The edit that ``to_fields`` gave."""
        record_type = RECORD_TYPES[Kind(fields["kind"])]
        before, after = fields["before"], fields["after"]
        return cls(
            None if before is None else record_type.from_fields(before),
            None if after is None else record_type.from_fields(after),
        )


def shown(record: Record) -> Fields:
    """``record`` as a JSON object without what nobody is shown: the hash of an API key."""
    fields = record.to_fields()
    if record.KIND is Kind.API_KEY:
        del fields["hash"]
    return fields


def create(record: Record) -> Edit:
    """The edit that makes ``record``."""
    return Edit(None, record)


def update(before: Record, after: Record) -> Edit:
    """The edit that puts ``after`` in the place of ``before``."""
    return Edit(before, after)


def delete(record: Record) -> Edit:
    """The edit that removes ``record``."""
    return Edit(record, None)


def _key(record: Record) -> tuple[Kind, str, str]:
    return record.KIND, record.home, record.id
