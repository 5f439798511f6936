"""A log whose first change made the policy that a test begins with, and the history of it."""

from __future__ import annotations

from collections.abc import Iterator

from enterprise_adapters.memory import MemoryChangeLog
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Record
from enterprise_service.administer.history import History
from tests.support.logs import append
from tests.unit.administer.calls import given


class Written:
    """The policy of ``given`` with ``records``; ``state`` is the one that the last change led to."""

    def __init__(self, *records: Record) -> None:
        """One change is written."""
        self.log = MemoryChangeLog()
        self.history = History(self.log)
        self.state = append(self.log, *map(create, _records(given(*records))))

    def write(self, *edits: Edit, **more: object) -> Change:
        """Append a change; nothing judges it."""
        self.state = append(self.log, *edits, **more)
        return self.history.raw(self.state.revision)


def _records(state: PolicyState) -> Iterator[Record]:
    """All that edits made, parents first."""
    yield from (each.record for each in state.organizations)
    yield from sorted((each.record for each in state.clinics), key=lambda clinic: len(state.tree.path(clinic.id)))
    for table in (state.roles, state.assignments, state.providers, state.api_keys):
        for each in table:
            if getattr(each.record, "source", None) is not Source.PROVIDER:
                yield each.record
