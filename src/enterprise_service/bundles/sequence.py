"""Finds an order in which steps can be made, so that every invariant holds after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from enterprise_policy.errors import CallerError
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Role
from enterprise_policy.values.windows import Instant
from enterprise_service.bundles.merge import Step


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that can't be made, and what the invariants say of it."""

    step: Step
    error: CallerError


@dataclass(frozen=True, slots=True)
class Sequenced:
    """The ``edits`` that can be made, in order, and the ``failures``, which have no edit."""

    edits: tuple[Edit, ...]
    failures: tuple[Failure, ...]


def sequence(state: PolicyState, steps: Sequence[Step], now: Instant) -> Sequenced:
    """As many of ``steps`` as can be made from ``state``, in an order in which they can.

    Steps are tried again and again while one more can be made: parents come before children so, and what was in the
    way goes first. Where that ends, the steps that are left are made in two: a role first without what it inherits, a
    clinic first right below its organization, a provider's record anew. That finds the few orders that need it, and
    says of roles that contain each other that they do, and not that each lacks the other.
    """
    trial = _Trial(state, now)
    failures = trial.make(steps)
    if failures:
        failures = trial.make([part for failure in failures for part in trial.parted(failure.step)])
    if not failures:
        return Sequenced(tuple(trial.edits), ())
    failed = {id(failure.step.draft) for failure in failures}
    others = sequence(state, [step for step in steps if id(step.draft) not in failed], now)
    return Sequenced(others.edits, tuple(failures))


class _Trial:
    """A state that steps are tried on, and the edits made so far."""

    def __init__(self, state: PolicyState, now: Instant) -> None:
        self.edits: list[Edit] = []
        self._state = state
        self._now = now

    def make(self, steps: Sequence[Step]) -> list[Failure]:
        """Make all of ``steps`` that can be made; the others, with what forbade each in the end."""
        waiting = list(steps)
        while True:
            failures = [Failure(step, error) for step in waiting if (error := self._attempt(step)) is not None]
            if not failures or len(failures) == len(waiting):
                return failures
            waiting = [failure.step for failure in failures]

    def parted(self, step: Step) -> list[Step]:
        """What is left of ``step`` once its first part was made; all of it when it has none, or that can't be made."""
        between = _between(step)
        if between == step.before or self._attempt(Step(step.draft, step.before, between)) is not None:
            return [step]
        return [Step(step.draft, between, step.after)]

    def _attempt(self, step: Step) -> CallerError | None:
        edit = Edit(step.before, step.after)
        try:
            self._state = admit(self._state, edit, self._now)
        except CallerError as error:
            return error
        self.edits.append(edit)
        return None


def _between(step: Step) -> Record | None:
    """What ``step`` can make of its record first, without the links that hold it up; else what was before."""
    before, after = step.before, step.after
    if isinstance(after, Role):
        held = before.inherits if isinstance(before, Role) else ()
        return replace(after, inherits=tuple(ref for ref in after.inherits if ref in held))
    if isinstance(after, Clinic):
        return replace(after, parent_id=after.organization_id)
    return None if isinstance(after, ProviderAssignment) else before
