"""All that the lines ask for, each thing once, in groups of which each makes one change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.faults import quoted
from enterprise_service.imports.entry import Entry, Key, Reading, RefusedError
from enterprise_service.imports.lines import Line
from enterprise_service.imports.mapping import ImportMapping, Rule
from enterprise_service.imports.report import Refusal, Report, Where
from enterprise_service.imports.source_path import Json, look_up
from enterprise_service.imports.values import UnusableError


@dataclass(frozen=True, slots=True)
class Group:
    """An organization's entries, in the order of their lines; those of `platform` itself are a group too."""

    organization: str
    entries: Sequence[Entry]


@dataclass(slots=True)
class Batch:
    """The entries of all lines; ``report`` has what can't be taken already."""

    mapping: ImportMapping
    entries: dict[Key, Entry] = field(default_factory=dict)
    report: Report = field(default_factory=Report)

    def read(self, lines: Iterable[Line | Refusal]) -> None:
        """Take in what ``lines`` ask for."""
        for line in lines:
            self.report.lines += 1
            if isinstance(line, Refusal):
                self.report.refuse(line)
            else:
                self._read_line(line)

    def _read_line(self, line: Line) -> None:
        try:
            rules = [rule for rule in self.mapping.rules if rule.is_for(line.where.file, line.row)]
            for rule in rules:
                self._read_by(rule, line)
        except UnusableError as error:
            self.report.refuse(Refusal(where=line.where, reason=str(error)))
        else:
            if not rules:
                self.report.refuse(Refusal(where=line.where, reason="the mapping has no record for this line"))

    def _read_by(self, rule: Rule, line: Line) -> None:
        for item in _items(rule, line.row):
            if not rule.chooses(line.row, item):
                continue
            if rule.passes_over(line.row, item):
                self.report.skipped += 1
            else:
                self._add(Reading(source=self.mapping.source, rule=rule, where=line.where, row=line.row, item=item))

    def _add(self, reading: Reading) -> None:
        try:
            entry = reading.entry()
        except RefusedError as error:
            kind, where = reading.rule.kind, reading.where
            self.report.refuse(*(Refusal(where=where, kind=kind, field=f, reason=reason) for f, reason in error.faults))
            return
        first = self.entries.setdefault(entry.key, entry)
        if first is entry:
            return
        if first.says_the_same(entry):
            self.report.repeated += 1
        else:
            self.report.refuse(*entry.refusals(RefusedError(("", f"{_place(first.where)} says it otherwise"))))

    def groups(self, state: PolicyState) -> list[Group]:
        """The entries by the organization that they belong to, as the lines and ``state`` have it.

        Those of a domain that isn't there are refused.
        """
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            organization = self._organization(entry, state)
            if organization is None:
                name = "domain" if entry.kind is Kind.ASSIGNMENT else "clinic_id"
                reason = f"there is no organization or clinic {quoted(entry.domain)}"
                self.report.refuse(*entry.refusals(RefusedError((name, reason))))
            else:
                found.setdefault(organization, []).append(entry)
        return [Group(organization, entries) for organization, entries in found.items()]

    def _organization(self, entry: Entry, state: PolicyState) -> str | None:
        if entry.kind is Kind.CLINIC:
            return entry.text("organization_id")
        if entry.kind is Kind.ORGANIZATION or entry.domain == PLATFORM:
            return entry.domain
        made = self.entries.get(("domain", entry.domain))
        if made is not None:
            return self._organization(made, state)
        clinic = state.clinic(entry.domain)
        if clinic is not None:
            return clinic.organization_id
        return None if state.organization(entry.domain) is None else entry.domain


def _items(rule: Rule, row: Json) -> Iterator[Json]:
    """What the rule makes a record of: the row, or each item of the list that it goes through."""
    if rule.each is None:
        yield None
        return
    found = look_up(rule.each, row, None)
    yield from found if isinstance(found, list) else [] if found is None else [found]


def _place(where: Where) -> str:
    return f"{where.file}:{where.line}"
