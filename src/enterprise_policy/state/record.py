"""What all records have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, Self, TypeAlias, TypeVar

from rpds import HashTrieMap

from enterprise_policy.values.windows import Instant, Window, format_instant, parse_instant

Fields: TypeAlias = dict[str, Any]
"""A record as a JSON object; what is absent or empty by default is left out."""


class Kind(StrEnum):
    """The kinds of records, as changes name them."""

    ORGANIZATION = "organization"
    CLINIC = "clinic"
    ROLE = "role"
    ASSIGNMENT = "assignment"
    PROVIDER_ASSIGNMENT = "provider_assignment"
    API_KEY = "api_key"
    CATALOGUE = "catalogue"
    MODEL = "model"


class Status(StrEnum):
    """Whether a domain, and all below it, is in service."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Record(Protocol):
    """An immutable value that checks itself when it is made.

    ``home`` is the domain under which it is filed, ``domain`` the one in which it is made (for an organization or
    clinic its parent), ``id`` names it among those of its kind and home.
    """

    KIND: ClassVar[Kind]

    @property
    def id(self) -> str:
        """Its name among those of its kind and home."""

    @property
    def home(self) -> str:
        """The domain under which it is filed."""

    @property
    def domain(self) -> str:
        """The domain in which it is made."""

    @property
    def managed_by(self) -> str | None:
        """The bundle in git that it comes from."""

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The record that ``to_fields`` gave."""


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Versioned(Generic[R]):
    """A record with the revision of its last change and the moments of its first and last."""

    record: R
    revision: int
    created_at: Instant
    updated_at: Instant


@dataclass(frozen=True, slots=True)
class Table(Generic[R]):
    """The records of one kind, by home and id; immutable, a change costs its own size."""

    shelves: HashTrieMap[str, HashTrieMap[str, Versioned[R]]] = field(default_factory=HashTrieMap)

    def get(self, home: str, record_id: str) -> Versioned[R] | None:
        """The record, or ``None``."""
        shelf = self.shelves.get(home)
        return None if shelf is None else shelf.get(record_id)

    def items(self, home: str) -> Iterator[Versioned[R]]:
        """Those filed under ``home``, in no order."""
        shelf = self.shelves.get(home)
        return iter(()) if shelf is None else iter(shelf.values())

    def homes(self) -> Iterator[str]:
        """The domains that have any."""
        return iter(self.shelves)

    def __iter__(self) -> Iterator[Versioned[R]]:
        """All of them, in no order."""
        return (versioned for shelf in self.shelves.values() for versioned in shelf.values())

    def with_record(self, versioned: Versioned[R]) -> Table[R]:
        """The table in which ``versioned`` is the record of its home and id."""
        record = versioned.record
        shelf: HashTrieMap[str, Versioned[R]] = self.shelves.get(record.home) or HashTrieMap()
        return Table(self.shelves.insert(record.home, shelf.insert(record.id, versioned)))

    def without(self, home: str, record_id: str) -> Table[R]:
        """The table without the record; ``KeyError`` when it isn't there."""
        shelf = self.shelves[home].remove(record_id)
        return Table(self.shelves.insert(home, shelf) if shelf else self.shelves.remove(home))


def present(fields: Fields) -> Fields:
    """``fields`` without those that are ``None`` or empty."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def window_fields(window: Window) -> Fields:
    """The two fields of a window."""
    return {
        "starts_at": None if window.starts_at is None else format_instant(window.starts_at),
        "ends_at": None if window.ends_at is None else format_instant(window.ends_at),
    }


def read_window(fields: Mapping[str, Any]) -> Window:
    """The window that ``window_fields`` gave."""
    starts_at, ends_at = fields.get("starts_at"), fields.get("ends_at")
    return Window(
        None if starts_at is None else parse_instant(starts_at),
        None if ends_at is None else parse_instant(ends_at),
    )
