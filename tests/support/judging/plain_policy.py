"""The policy at one revision, kept up as plainly as it can be, to ask the naive reference by.

It hands the reference only the records that it would look at anyway: those of the domains on the path, and what the
subject is given there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.change import Change
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.state.role import Role
from enterprise_policy.values.windows import Instant
from tests.support.judging.history import Asked
from tests.support.reference import is_allowed

Name = tuple[Kind, str, str]


class PlainPolicy:
    """Every record by its name; changed in place, one change of the log after the other."""

    def __init__(self) -> None:
        """Nothing is there yet."""
        self._records: dict[Name, Record] = {}
        self._domains: dict[str, Organization | Clinic] = {}
        self._roles: defaultdict[str, dict[Name, Record]] = defaultdict(dict)
        self._given: defaultdict[tuple[str, str], dict[Name, Record]] = defaultdict(dict)

    def apply(self, change: Change) -> list[str]:
        """Do the edits of ``change``; what is wrong with them, in words."""
        wrong = []
        for edit in change.edits:
            name = _name(edit.record)
            if self._records.get(name) != edit.before:
                wrong.append(f"the edit of {' '.join(name)} doesn't meet the record that it replaces")
            self._drop(name)
            if edit.after is not None:
                self._keep(name, edit.after)
        return wrong

    def answers(self, asked: Asked, moments: Iterable[Instant]) -> set[bool]:
        """What the reference says to ``asked`` at ``moments``, and at every moment between that matters."""
        records = list(self._about(asked))
        first, last = min(moments), max(moments)
        between = (at for record in records for at in _bounds(record) if first < at <= last)
        return {is_allowed(records, asked, at) for at in {first, last, *between}}

    def _about(self, asked: Asked) -> Iterator[Record]:
        """The records that an answer to ``asked`` follows from."""
        subject, domain = asked[:2]
        path = [domain]
        while path[-1] in self._domains:
            yield self._domains[path[-1]]
            path.append(self._domains[path[-1]].domain)
        for above in path:
            yield from self._roles.get(above, {}).values()
            yield from self._given.get((above, subject), {}).values()

    def _keep(self, name: Name, record: Record) -> None:
        self._records[name] = record
        if isinstance(record, Organization | Clinic):
            self._domains[record.id] = record
        elif isinstance(record, Role):
            self._roles[record.domain][name] = record
        else:
            self._given[_holder(record)][name] = record

    def _drop(self, name: Name) -> None:
        record = self._records.pop(name, None)
        if isinstance(record, Organization | Clinic):
            del self._domains[record.id]
        elif isinstance(record, Role):
            del self._roles[record.domain][name]
        elif record is not None:
            del self._given[_holder(record)][name]


def _name(record: Record) -> Name:
    return record.KIND, record.home, record.id


def _holder(record: Record) -> tuple[str, str]:
    """Where, and to whom, ``record`` gives something."""
    if isinstance(record, Assignment):
        return record.domain, record.subject
    if isinstance(record, ProviderAssignment):
        return record.clinic_id, record.provider_id
    return "", ""


def _bounds(record: Any) -> Iterator[Instant]:  # noqa: ANN401 - records of any kind, few of which have a window
    window = getattr(record, "window", None)
    return (at for at in (getattr(window, "starts_at", None), getattr(window, "ends_at", None)) if at is not None)
