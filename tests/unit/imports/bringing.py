"""Imports in tests, on a store in memory that has two roles."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Author
from enterprise_service.bundles.traces import Traces
from enterprise_service.imports.batch import Batch
from enterprise_service.imports.lines import read_lines
from enterprise_service.imports.mapping import ImportMapping
from enterprise_service.imports.mapping_file import read_mapping
from enterprise_service.imports.report import Report
from enterprise_service.imports.run import Import, Rehearsal, writer
from enterprise_service.ports.policy_files import SourceFile
from tests.support.logs import Process
from tests.support.policies import role

MAPPING: Final = """\
kind: import
source: crm
records:
  - make: organization
    when: {type: org}
    fields: {id: _id, name: name, status: {from: state, map: {A: active, S: suspended}, default: active}}
  - make: clinic
    when: {type: site}
    unless: {gone: "*"}
    fields: {id: _id, organization_id: org, parent_id: group, name: name, attributes: {city: address.city}}
  - make: provider_assignment
    when: {type: doctor}
    fields: {clinic_id: site, provider_id: login, roles: {from: roles, drop: [x]}, ends_at: until}
  - make: assignment
    when: {type: person}
    each: roles
    fields: {id: {text: "{_id}-{.n}"}, domain: .at, subject: login, role: .role, starts_at: .since, ends_at: .until,
      reason: .why}
"""

PERSON: Final = Author(actor="bootstrap", credential="key", request_id="r1")
SOON, LATER = "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"

Row = Mapping[str, Any] | str


def mapping(text: str = MAPPING) -> ImportMapping:
    """The mapping of that text."""
    return read_mapping(SourceFile(path="mapping.yaml", text=text))


def org(org_id: str = "acme", **more: Any) -> Row:  # noqa: ANN401 - JSON
    """A row that is an organization."""
    return {"type": "org", "_id": org_id, "name": org_id, **more}


def site(site_id: str = "north", **more: Any) -> Row:  # noqa: ANN401 - JSON
    """A row that is a clinic of `acme`."""
    return {"type": "site", "_id": site_id, "name": site_id, "org": "acme", **more}


def person(login: str = "ann", *held: Mapping[str, Any], number: int = 1) -> Row:
    """A row that is a person who holds roles."""
    return {"type": "person", "_id": number, "login": login, "roles": list(held)}


def holds(role_id: str = "nurse", at: str = "north", n: int = 1, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    """A role as a person's row has it."""
    return {"role": role_id, "at": at, "n": n, **more}


def text_of(rows: Iterable[Row]) -> bytes:
    """JSON Lines."""
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


ACME: Final = (org(), site(), person("ann", holds()))
"""An organization with a clinic where somebody holds a role."""


@dataclass
class Bringing:
    """Imports into one store."""

    process: Process = field(default_factory=Process)
    mapping_text: str = MAPPING

    def __post_init__(self) -> None:
        """The store has the roles `nurse` and `dentist` of `platform`."""
        self.process.make(create(role("nurse@platform")), create(role("dentist@platform")))

    def batch(self, *rows: Row, file: str = "rows.jsonl") -> Batch:
        """What ``rows`` ask for."""
        batch = Batch(mapping(self.mapping_text))
        batch.read(read_lines(file, io.BytesIO(text_of(rows)), lambda _: None))
        return batch

    def bring(self, *rows: Row, overwrite: bool = False) -> Report:
        """Import ``rows``."""
        batch = self.batch(*rows)
        traces = None if overwrite else Traces(self.process.log)
        whole = Import(batch=batch, state=self.state, traces=traces)
        return whole.run(writer(self.process.commit, batch.mapping.source), list)

    def by_hand(self, *edits: Edit, author: Author = PERSON) -> None:
        """Make a change as somebody does it over the API."""
        self.process.commit(author, Request(propose=lambda _: edits))

    def rehearse(self, *rows: Row) -> Report:
        """Try to import ``rows``."""
        batch = self.batch(*rows)
        whole = Import(batch=batch, state=self.state, traces=Traces(self.process.log))
        return whole.run(Rehearsal(batch.mapping.source, self.state, 0), list)

    @property
    def state(self) -> PolicyState:
        """What is there."""
        return self.process.follower.catch_up().state


def held(store: Bringing, subject: str = "ann", domain: str = "north") -> list[tuple[str, str | None]]:
    """The roles of ``subject`` in ``domain``, each with its reason."""
    return [(found.role.id, found.reason) for found in store.state.assignments_of(subject, domain)]


def ann(store: Bringing) -> Assignment:
    """What `ann` holds at `north`."""
    (found,) = store.state.assignments_of("ann", "north")
    return found


def north(store: Bringing) -> Clinic:
    """The clinic `north`."""
    found = store.state.clinic("north")
    if found is None:
        raise LookupError("north")
    return found


def fates(report: Report) -> dict[str, int]:
    """How many records had each fate, by `kind fate`."""
    return {f"{kind.value} {fate.value}": count for (kind, fate), count in sorted(report.tally.items()) if count}


def told(report: Report) -> list[tuple[int, str, str]]:
    """The line, field and reason of each refusal."""
    return [(refusal.where.line, refusal.field, refusal.reason) for refusal in report.refusals]
