"""What a mapping says: which lines make which records, and of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from enterprise_policy.state.record import Kind
from enterprise_service.imports.source_path import Json, SourcePath, look_up
from enterprise_service.imports.values import Value, scalars


class Shape(NamedTuple):
    """The fields that a mapping gives to a kind of record."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


SHAPES: Final[Mapping[Kind, Shape]] = {
    Kind.ORGANIZATION: Shape(("id", "name"), ("status", "attributes")),
    Kind.CLINIC: Shape(("id", "organization_id", "name"), ("parent_id", "status", "attributes")),
    Kind.PROVIDER_ASSIGNMENT: Shape(("clinic_id", "provider_id", "roles"), ("role_domain", "starts_at", "ends_at")),
    Kind.ASSIGNMENT: Shape(("domain", "subject", "role"), ("role_domain", "id", "starts_at", "ends_at", "reason")),
}
"""What can be made; parts of a whole come after it."""

ATTRIBUTES: Final = "attributes"
ROLES: Final = "roles"
ANYTHING: Final = "*"


@dataclass(frozen=True, slots=True)
class Condition:
    """That one of ``words`` stands at ``path``; ``*`` among them is any value."""

    path: SourcePath
    words: frozenset[str]

    def holds(self, row: Json, item: Json) -> bool:
        """Whether it does. Raises ``UnusableError`` where an object stands that would have to be compared."""
        if ANYTHING in self.words:
            return look_up(self.path, row, item) not in (None, "", [])
        return not self.words.isdisjoint(scalars(self.path, row, item))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of record that lines make.

    It is for lines of files whose names match ``files``, as far as all of ``when`` hold; of those it passes over the
    ones for which one of ``unless`` holds. With ``each`` it makes a record of each item of the list there.
    """

    kind: Kind
    files: str = ANYTHING
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    each: SourcePath | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)

    def is_for(self, file: str, row: Json) -> bool:
        """Whether it is for the line. Raises ``UnusableError``."""
        if not fnmatchcase(file.rpartition("/")[2], self.files):
            return False
        return all(condition.holds(row, None) for condition in self.when if not condition.path.in_item)

    def chooses(self, row: Json, item: Json) -> bool:
        """Whether it is for the item too. Raises ``UnusableError``."""
        return all(condition.holds(row, item) for condition in self.when if condition.path.in_item)

    def passes_over(self, row: Json, item: Json) -> bool:
        """Whether it leaves the item out. Raises ``UnusableError``."""
        return any(condition.holds(row, item) for condition in self.unless)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMapping:
    """``source`` names where the rows come from: what is imported is known by it again."""

    source: str
    rules: tuple[Rule, ...]
