"""What a pass of the export has to look at: everything, or only what has changed since this process's pass before."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.chores.export_comparison import Differences, compare, rows_of
from enterprise_service.ports.policy_export import Claim, ExportStatus, PolicyExport, Written, key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What this process's pass ``number`` has left: the rules of ``state`` at ``at``, right until ``due_at``.

    No process that would have to look at everything need begin before ``rests_until``.
    """

    number: int
    state: PolicyState
    at: Instant
    due_at: Instant
    rests_until: Instant

    def is_there(self, status: ExportStatus, now: Instant) -> bool:
        """Whether nobody has made a pass since, and no window has opened or closed."""
        newest = self.number == status.claimed == status.finished
        return newest and not status.doubted and self.at <= now < self.due_at

    def holds_for(self, claim: Claim, state: PolicyState, now: Instant) -> bool:
        """Whether the pass that has begun with ``claim`` has only to follow what changed between the two states."""
        next_of = claim.number == self.number + 1 and not claim.disturbed
        return next_of and state.log_id == self.state.log_id and self.at <= now < self.due_at

    def written(self) -> Written:
        """The same as the store keeps it."""
        return Written(
            log_id=self.state.log_id,
            revision=self.state.revision,
            at=self.at,
            due_at=self.due_at,
            rests_until=self.rests_until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is compared: the rules of ``state`` at ``at``, all of them or, after ``left``, those of ``domains``."""

    state: PolicyState
    at: Instant
    left: Left | None = None
    domains: Collection[str] | None = None

    def differences(self, export: PolicyExport) -> Differences:
        """What there is to write to ``export``. Raises what reading it raises."""
        rules = list(rows_of(effective_rules(self.state, self.at, self.domains)))
        if self.left is None:
            return compare(rules, export.rows())
        before = rows_of(effective_rules(self.left.state, self.at, self.domains))
        return compare(rules, export.rows(frozenset(key_of(rule) for rule in chain(rules, before))))

    def boundary(self) -> Instant | None:
        """The next one in what is compared: see ``next_boundary``."""
        return next_boundary(self.state, self.at, self.domains)


def look_after(left: Left | None, claim: Claim, state: PolicyState, at: Instant) -> Look:
    """What the pass that has begun with ``claim`` compares, in a process whose own newest pass has left ``left``."""
    if left is None or not left.holds_for(claim, state, at):
        return Look(state=state, at=at)
    return Look(state=state, at=at, left=left, domains=set(changed_domains(left.state, state)))


def changed_domains(before: PolicyState, after: PolicyState) -> Iterator[str]:
    """The domains whose rules aren't the same in both states, windows aside, and perhaps some more.

    A table's shelf is never changed: what is the same object has the same records.
    """
    for domain in {*before.tree.below(PLATFORM), *after.tree.below(PLATFORM)}:
        same = (
            before.roles.shelves.get(domain) is after.roles.shelves.get(domain)
            and before.assignments.shelves.get(domain) is after.assignments.shelves.get(domain)
            and before.tree.parent(domain) == after.tree.parent(domain)
            and before.suspended_at(domain) == after.suspended_at(domain)
        )
        if not same:
            yield domain


def next_boundary(state: PolicyState, now: Instant, domains: Collection[str] | None = None) -> Instant | None:
    """When a window opens or closes next after ``now``, in ``domains`` or anywhere; ``None`` when none does."""
    tables = (state.assignments.items(domain) for domain in domains or ())
    found = state.assignments if domains is None else chain.from_iterable(tables)
    windows = (versioned.record.window for versioned in found)
    bounds = (bound for window in windows for bound in (window.starts_at, window.ends_at))
    return min((bound for bound in bounds if bound is not None and bound > now), default=None)
