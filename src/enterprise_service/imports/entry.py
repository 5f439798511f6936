"""A record as one line asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, TypeAlias

from enterprise_policy.errors import CallerError, Fault, InvalidRequestError
from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.faults import quoted
from enterprise_service.imports.mapping import ROLES, SHAPES, Rule
from enterprise_service.imports.report import Refusal, Where
from enterprise_service.imports.source_path import Json
from enterprise_service.imports.values import UnusableError, Value

ID_PREFIX: Final = "import-"

Key: TypeAlias = tuple[str, ...]


class RefusedError(Exception):
    """A record can't be taken; ``faults`` are pairs of a field, or ``""``, and the reason."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        """At least one fault."""
        super().__init__(faults)
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The texts of the fields that the mapping gives, ``None`` where the line has nothing; the names are the mapping's.

    ``id`` is that of the record to be.
    """

    kind: Kind
    where: Where
    id: str
    values: Mapping[str, str | None]
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, str | None] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A field that has to be there."""
        return self.values[name] or ""

    @property
    def is_domain(self) -> bool:
        """Whether it is an organization or a clinic."""
        return self.kind in (Kind.ORGANIZATION, Kind.CLINIC)

    @property
    def domain(self) -> str:
        """The domain that it makes or belongs to."""
        if self.is_domain:
            return self.id
        return self.text("domain" if self.kind is Kind.ASSIGNMENT else "clinic_id")

    @property
    def home(self) -> str:
        """The domain under which the record is filed."""
        return PLATFORM if self.is_domain else self.domain

    @property
    def key(self) -> Key:
        """What no other line may say otherwise. An assignment may be moved to another domain, and is the same."""
        if self.is_domain:
            return ("domain", self.id)
        return ("assignment", self.id) if self.kind is Kind.ASSIGNMENT else ("provider", self.domain, self.id)

    def says_the_same(self, other: Entry) -> bool:
        """Whether both ask for the same, wherever they stand."""
        mine = (self.kind, self.values, self.roles, self.attributes)
        return mine == (other.kind, other.values, other.roles, other.attributes)

    def refusals(self, error: CallerError | RefusedError) -> tuple[Refusal, ...]:
        """``error`` as what is told of the line."""
        if isinstance(error, RefusedError):
            faults = error.faults
        else:
            faults = tuple(self._fault(error, fault) for fault in error.faults) or (("", error.detail),)
        return tuple(Refusal(where=self.where, kind=self.kind, field=name, reason=reason) for name, reason in faults)

    def _fault(self, error: CallerError, fault: Fault) -> tuple[str, str]:
        """The field of ``fault`` and its sentence, which begins with the value where that is what is wrong."""
        name = fault.pointer[1:]
        value = self.values.get(name) if isinstance(error, InvalidRequestError) else None
        return name, fault.detail if value is None else f"{quoted(value)} {fault.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One item of a row, read by ``rule``."""

    source: str
    rule: Rule
    where: Where
    row: Json
    item: Json

    def entry(self) -> Entry:
        """What it asks for. Raises ``RefusedError`` with every field that can't be used."""
        faults: list[tuple[str, str]] = []
        values = dict(self._texts(self.rule.values, "", faults))
        attributes = dict(self._texts(self.rule.attributes, "attributes/", faults))
        roles = self._roles(faults)
        missing = [name for name in SHAPES[self.rule.kind].required if not (roles if name == ROLES else values[name])]
        faults += [(name, "there is nothing") for name in missing if name not in dict(faults)]
        if faults:
            raise RefusedError(*faults)
        return Entry(
            kind=self.rule.kind,
            where=self.where,
            id=self._id(values),
            values=values,
            roles=roles,
            attributes=attributes,
        )

    def _texts(
        self, values: Mapping[str, Value], prefix: str, faults: list[tuple[str, str]]
    ) -> Iterator[tuple[str, str | None]]:
        for name, value in values.items():
            text = None
            if name != ROLES:
                try:
                    text = value.text(self.row, self.item)
                except UnusableError as error:
                    faults.append((prefix + name, str(error)))
                yield name, text

    def _roles(self, faults: list[tuple[str, str]]) -> tuple[str, ...]:
        value = self.rule.values.get(ROLES)
        try:
            return () if value is None else tuple(dict.fromkeys(value.texts(self.row, self.item)))
        except UnusableError as error:
            faults.append((ROLES, str(error)))
            return ()

    def _id(self, values: Mapping[str, str | None]) -> str:
        if self.rule.kind is Kind.ASSIGNMENT:
            return assignment_id(self.source, values)
        return values["provider_id" if self.rule.kind is Kind.PROVIDER_ASSIGNMENT else "id"] or ""


def assignment_id(source: str, values: Mapping[str, str | None]) -> str:
    """The id of an imported assignment.

    It is ``import-`` and the first 24 hexadecimal digits of the SHA-256 of the source's name and, when the mapping
    gives an `id`, the word `id` and that; else domain, subject, the role's domain and id, and the start of the window.
    They are joined with NUL; what isn't there is empty.
    """
    own = values.get("id")
    names = ("domain", "subject", "role_domain", "role", "starts_at")
    named = ("id", own) if own is not None else tuple(values.get(name) or "" for name in names)
    return ID_PREFIX + sha256("\0".join((source, *named)).encode("utf-8", "surrogatepass")).hexdigest()[:24]
