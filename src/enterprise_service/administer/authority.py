"""Who may do what (HTTP contract section 5): one table, for routes, for the edits of a change, and for reverts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Final, NamedTuple

from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.record import Kind, Record
from enterprise_service.administer.rights import ANY, Right


class Deed(StrEnum):
    """What is done to a record. ``administer`` is to suspend, move or delete a domain."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    ADMINISTER = "administer"


class Asked(Enum):
    """The domain in which the right is needed: the record's own, or the one above it."""

    ITSELF = "itself"
    PARENT = "parent"


class Rule(NamedTuple):
    """A row of the table."""

    right: Right
    asked: Asked


def _rows(kind: Kind, collection: str, *deeds: Deed) -> dict[tuple[Kind, Deed], Rule]:
    return {(kind, deed): Rule(Right(collection, deed.value), Asked.ITSELF) for deed in deeds}


def _domain_rows(kind: Kind, collection: str) -> dict[tuple[Kind, Deed], Rule]:
    above = {(kind, deed): Rule(Right(collection, deed.value), Asked.PARENT) for deed in (Deed.CREATE, Deed.ADMINISTER)}
    return {**above, **_rows(kind, collection, Deed.READ, Deed.UPDATE)}


_EACH: Final = (Deed.CREATE, Deed.READ, Deed.UPDATE, Deed.DELETE)

AUTHORITY: Final[Mapping[tuple[Kind, Deed], Rule]] = {
    **_domain_rows(Kind.ORGANIZATION, "organizations"),
    **_domain_rows(Kind.CLINIC, "clinics"),
    **_rows(Kind.PROVIDER_ASSIGNMENT, "providers", *_EACH),
    **_rows(Kind.ROLE, "roles", *_EACH),
    **_rows(Kind.ASSIGNMENT, "assignments", *_EACH),
    **_rows(Kind.API_KEY, "api-keys", *_EACH),
}
"""What each deed needs. Changes, queries and decisions are only read: ``TO_READ_CHANGES`` and its neighbours."""

TO_READ_CHANGES: Final = Right("changes", "read")
PROGRAM_ONLY: Final = Right(ANY, ANY)
"""For the catalogue and the model, which come from git and with the program."""

ADMINISTERED: Final = frozenset({"status", "parent_id"})
"""The fields of a domain that its own administrator can't change."""


class Demand(NamedTuple):
    """That ``right`` is held in ``domain``."""

    right: Right
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A record that something is done to, as far as authority cares.

    ``domain`` is where it is made (for an organization or clinic its parent); ``names`` are the fields that are set by
    an update, ``moved_to`` the new parent of a domain that moves.
    """

    kind: Kind
    op: Op
    domain: str
    id: str
    names: frozenset[str] = frozenset()
    moved_to: str | None = None

    @classmethod
    def of(cls, edit: Edit) -> Target:
        """The target of ``edit``; its names are the fields that really change."""
        before, after = edit.before, edit.after
        where = edit.record if before is None else before
        moved_to = None if after is None or after.domain == where.domain else after.domain
        names = _changed(before, after)
        return cls(kind=edit.kind, op=edit.op, domain=where.domain, id=where.id, names=names, moved_to=moved_to)

    @property
    def is_domain(self) -> bool:
        """Whether it is an organization or a clinic."""
        return self.kind in (Kind.ORGANIZATION, Kind.CLINIC)

    def demands(self) -> Iterator[Demand]:
        """All that is needed, in the order in which it is asked."""
        for deed in self._deeds():
            rule = AUTHORITY.get((self.kind, deed))
            if rule is None:
                yield Demand(PROGRAM_ONLY, self.domain)
            elif rule.asked is Asked.ITSELF:
                yield Demand(rule.right, self.id if self.is_domain else self.domain)
            else:
                yield Demand(rule.right, self.domain)
                if self.moved_to is not None:
                    yield Demand(rule.right, self.moved_to)

    def _deeds(self) -> Iterator[Deed]:
        if not self.is_domain or self.op is Op.CREATE:
            yield Deed(self.op.value)
        elif self.op is Op.DELETE:
            yield Deed.ADMINISTER
        else:
            administered = self.names & ADMINISTERED
            if self.names - ADMINISTERED or not administered:
                yield Deed.UPDATE
            if administered:
                yield Deed.ADMINISTER


def to_read(kind: Kind) -> Right:
    """The right to read records of ``kind`` where they are."""
    return AUTHORITY[kind, Deed.READ].right


def _changed(before: Record | None, after: Record | None) -> frozenset[str]:
    if before is None or after is None:
        return frozenset()
    names = (field.name for field in fields(before))  # type: ignore[arg-type]  # every record is a dataclass
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))
