"""Requests of the management API as values, and what an edit looks like as a request of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from enterprise_policy.state.record import Kind

PATHS: Final[Mapping[Kind, str]] = {
    Kind.ORGANIZATION: "/organizations",
    Kind.CLINIC: "/clinics",
    Kind.ROLE: "/domains/{domain}/roles",
    Kind.ASSIGNMENT: "/domains/{domain}/assignments",
    Kind.PROVIDER_ASSIGNMENT: "/clinics/{domain}/providers",
    Kind.API_KEY: "/api-keys",
}
_METHODS: Final = {"create": "POST", "update": "PATCH", "delete": "DELETE"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request; ``name`` says what it tries."""

    name: str
    method: str
    path: str
    fields: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a call wants of one record; as a request of its own, or in `POST /changes`."""

    op: str
    kind: Kind
    domain: str
    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    cascade: bool = False

    def as_call(self) -> Call:
        """The request of the record's own path."""
        path, fields = PATHS[self.kind].format(domain=self.domain), dict(self.fields)
        if self.op != "create":
            path = f"{path}/{self.id}{'?cascade=true' if self.cascade else ''}"
        elif self.kind is Kind.PROVIDER_ASSIGNMENT:
            fields["provider_id"] = self.id
        elif self.kind is Kind.API_KEY:
            fields["domain"] = self.domain
        elif self.kind is not Kind.ASSIGNMENT:
            fields["id"] = self.id
        name = f"{self.op} {self.kind.value}{' with all in it' if self.cascade else ''}"
        return Call(name, _METHODS[self.op], path, None if self.op == "delete" else fields)

    def as_edit(self) -> dict[str, Any]:
        """One of the edits of `POST /changes`; the service gives assignments their ids there too."""
        made: dict[str, Any] = {"op": self.op, "kind": self.kind.value}
        if self.kind not in (Kind.ORGANIZATION, Kind.CLINIC, Kind.API_KEY):
            made["domain"] = self.domain
        if not (self.op == "create" and self.kind is Kind.ASSIGNMENT):
            made["id"] = self.id
        return made if self.op == "delete" else {**made, "fields": dict(self.fields)}
