"""A whole import: the groups of a batch, one change each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from enterprise_policy.errors import CallerError
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.commit import Commit, Committed, Proposal, Request, judge
from enterprise_service.administer.scene import scene_of
from enterprise_service.bundles.traces import Traces
from enterprise_service.imports.authorship import Authorship, author_of
from enterprise_service.imports.batch import Batch, Group
from enterprise_service.imports.entry import ID_PREFIX
from enterprise_service.imports.report import Report
from enterprise_service.imports.taking import Taking

Write: TypeAlias = Callable[[Proposal], Committed]
"""Makes one change of a proposal, or tries it. Raises what a commit raises."""


def writer(commit: Commit, source: str) -> Write:
    """Makes changes."""
    author = author_of(source)
    return lambda proposal: commit(author, Request(propose=proposal, reason=f"import {source}"))


class Rehearsal:
    """Tries changes one after the other, each on what those before it led to."""

    def __init__(self, source: str, state: PolicyState, now: Instant) -> None:
        """Nothing is tried yet."""
        self._author = author_of(source)
        self._state = state
        self._now = now

    def __call__(self, proposal: Proposal) -> Committed:
        """What would come of ``proposal``."""
        scene = scene_of(self._state, self._now, self._author)
        edits = judge(scene, proposal)
        self._state = scene.state
        return Committed(state=scene.state, edits=edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """``batch`` as it goes into a store that stands at ``state``.

    ``traces`` are the store's; without them it doesn't matter what people did there.
    """

    batch: Batch
    state: PolicyState
    traces: Traces | None

    def run(self, write: Write, over: Callable[[list[Group]], Iterable[Group]]) -> Report:
        """Write each group and tell what became of it; ``over`` goes through them.

        One that is refused leaves the others. Raises ``UnavailableError`` and ``OperatorError`` when the store can't be
        written; the groups before are.
        """
        report = self.batch.report
        homes = _homes(self.state)
        authorship = Authorship(self.batch.mapping.source, self.traces)
        for group in over(self.batch.groups(self.state)):
            taking = Taking(group, authorship, homes)
            report.changes += _write(taking, write)
            report.tally.update((entry.kind, fate) for entry, fate in taking.fates)
            for refusals in taking.refusals:
                report.refuse(*refusals)
        return report


def _write(taking: Taking, write: Write) -> int:
    """How many changes were made, or would be: one, or none."""
    try:
        return 1 if write(taking).edits else 0
    except CallerError as error:
        taking.refuse_all(error)
        return 0


def _homes(state: PolicyState) -> Mapping[str, str]:
    """Where imported assignments are, by their ids: a line may move one."""
    held = (versioned.record for versioned in state.assignments)
    return {assignment.id: assignment.domain for assignment in held if assignment.id.startswith(ID_PREFIX)}
