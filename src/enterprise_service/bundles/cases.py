"""Test cases of a policy folder: loaded, asked, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import create
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.values.windows import Instant
from enterprise_service.bundles.draft import Bundle, Case, Load
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.bundles.parse import parse
from enterprise_service.bundles.plan import plan
from enterprise_service.ports.policy_files import SourceFile

_LOAD = Load(actor="system:policy-files", managed_by="policy-files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decision, with its reason code where whoever was asked tells it."""

    allowed: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was answered to a case."""

    case: Case
    answer: Answer

    @property
    def passed(self) -> bool:
        """Whether decision and reason are those that the case expects; a reason that isn't told can't differ."""
        if self.answer.reason is not None and self.answer.reason != self.case.reason:
            return False
        return self.answer.allowed is self.case.allowed


def load_cases(files: Sequence[SourceFile]) -> list[Case]:
    """The test cases in ``files``, in their order.

    Raises ``PolicyFilesError`` when one of the files, of whatever kind, has a fault of its own.
    """
    bundle = parse(files)
    if bundle.faults:
        raise PolicyFilesError(bundle.faults)
    return list(bundle.cases)


def run_cases(cases: Iterable[Case], ask: Callable[[Case], Answer]) -> list[Outcome]:
    """What ``ask`` answers to each case, in their order; what it raises goes through."""
    return [Outcome(case=case, answer=ask(case)) for case in cases]


def state_of(bundle: Bundle, at: Instant = 0) -> PolicyState:
    """The state of a store that has the built-in roles and ``bundle``, loaded at ``at``, and nothing else.

    Raises ``PolicyFilesError`` with every fault of the files.
    """
    base = empty = empty_state("policy-files")
    built_in = tuple(create(role) for role in BUILT_IN_ROLES)
    for edit in built_in:
        base = admit(base, edit, at)
    planned = plan(base, bundle, _LOAD, at)
    change = Change(
        log_id=empty.log_id,
        revision=1,
        id="policy-files",
        at=at,
        actor=_LOAD.actor,
        credential="none",
        request_id="policy-files",
        edits=(*built_in, *planned.edits),
    )
    return apply_change(empty, change, b"")
