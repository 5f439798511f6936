"""What a change gives: a right that a subject has in one state and not in another, at any instant from now on.

Nothing counts as suspended, and every provider as verified. What a subject may do in a domain follows from what it is
given on the domain's path and from the roles made there, so only domains at and below an edit are looked at, and those
where both are the same are looked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from enterprise_policy.decide.comparison import LOOKS, Looks, Witness, appears
from enterprise_policy.decide.meaning import permissions_of
from enterprise_policy.decide.timeline import combinations_from
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.tree import DomainTree
from enterprise_policy.values.windows import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """A right that appears in ``domain`` and is there at ``at``.

    ``resource`` and ``action`` are a question that shows it (``comparison.Witness``), and read like a permission.
    """

    domain: str
    resource: str
    action: str
    at: Instant


def gain_of(subject: str, before: PolicyState, after: PolicyState, edits: Sequence[Edit], now: Instant) -> Gain | None:
    """A right that ``subject`` has in ``after`` and not in ``before``; ``None`` when there is none.

    ``edits`` led from one state to the other. A domain that is new is compared with the nearest one above it that
    isn't: what holds there is no gain. The gain is in the highest domain that has one, and the first in time there.
    Where patterns are too many to compare, there is a gain (``comparison.appears``).
    """
    comparison = _Comparison(subject, before, after, now)
    gains = (comparison.gain_in(domain) for domain in _domains(subject, after, edits))
    return next((gain for gain in gains if gain is not None), None)


# --- where to look ------------------------------------------------------------------------------------


def _domains(subject: str, after: PolicyState, edits: Iterable[Edit]) -> list[str]:
    """The domains where ``edits`` may give ``subject`` something, the highest first.

    Without something that the subject is given on a domain's path there is nothing to gain there.
    """
    tree = after.tree
    found: set[str] = set()
    for top in _tops(tree, set(_origins(subject, edits)), set(after.places.get(subject) or ())):
        if top not in found:
            found.update(tree.below(top))
    return sorted(found, key=lambda domain: (len(tree.path(domain)), domain))


def _tops(tree: DomainTree, origins: Iterable[str], places: Collection[str]) -> Iterator[str]:
    """The domains that lie below one of ``origins`` and one of ``places``, and with them all that is below."""
    below: dict[str, list[str]] = {}
    for place in places:
        for above in tree.path(place):
            below.setdefault(above, []).append(place)
    for origin in origins:
        if any(domain in places for domain in tree.path(origin)):
            yield origin
        else:
            yield from below.get(origin, ())


def _origins(subject: str, edits: Iterable[Edit]) -> Iterator[str]:
    """The domains at and below which ``edits`` may change what ``subject`` may do."""
    for edit in edits:
        record = edit.record
        if isinstance(record, Organization | Clinic):
            if edit.before is None or edit.before.domain != record.domain:
                yield record.id
        elif isinstance(record, Role) or _holder(record) == subject:
            yield record.domain


def _holder(record: Record) -> str | None:
    if isinstance(record, Assignment):
        return record.subject
    return record.provider_id if isinstance(record, ProviderAssignment) else None


# --- what holds there -----------------------------------------------------------------------------------


class _Standing(NamedTuple):
    """All that a subject's rights in a domain of a state follow from, by name.

    ``given``: where on the path the subject is given something; ``makers``: where on it roles are made.
    """

    given: tuple[str, ...]
    makers: tuple[str, ...]


_Current: TypeAlias = frozenset[tuple[bool, RoleRef]]
"""Roles that a subject has at the same instant: each with whether that is after, or before."""


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Compares domain by domain; ``done`` has what was compared, and gave nothing."""

    subject: str
    before: PolicyState
    after: PolicyState
    now: Instant
    looks: Looks = field(default_factory=lambda: Looks(LOOKS))
    done: set[tuple[Hashable, ...]] = field(default_factory=set)
    timelines: dict[tuple[tuple[str, ...], ...], dict[_Current, Instant]] = field(default_factory=dict)

    def gain_in(self, domain: str) -> Gain | None:
        """The first right that appears in ``domain``."""
        path = self.after.tree.path(domain)
        older = next(above for above in path if above in self.before.tree)
        old, new = self._standing(self.before, older), self._standing(self.after, domain)
        if not self._is_news(old, new):
            return None
        for current, at in self._timeline(old.given, new.given).items():
            witness = self._appears(current, old.makers, new.makers)
            if witness is not None:
                return Gain(domain=domain, resource=witness.resource, action=witness.action, at=at)
        return None

    def _standing(self, state: PolicyState, domain: str) -> _Standing:
        path = state.tree.path(domain)
        return _Standing(
            given=tuple(d for d in path if state.assignments_of(self.subject, d)),
            makers=tuple(d for d in path if d in state.roles.shelves),
        )

    def _timeline(self, old: tuple[str, ...], new: tuple[str, ...]) -> dict[_Current, Instant]:
        if (old, new) not in self.timelines:
            before, after = self._given(self.before, old), self._given(self.after, new)
            given = [*((a.window, (False, a.role)) for a in before), *((a.window, (True, a.role)) for a in after)]
            self.timelines[old, new] = combinations_from(given, self.now)
        return self.timelines[old, new]

    def _given(self, state: PolicyState, places: tuple[str, ...]) -> Iterator[Assignment]:
        return (a for place in places for a in state.assignments_of(self.subject, place))

    def _appears(self, current: _Current, old: tuple[str, ...], new: tuple[str, ...]) -> Witness | None:
        """What ``current`` roles give after and not before, by what is made in ``new`` and was made in ``old``."""
        if not self._is_news(current, old, new):
            return None
        before = permissions_of(self.before, (role for is_after, role in current if not is_after), old)
        after = permissions_of(self.after, (role for is_after, role in current if is_after), new)
        return appears(before, after, self.looks) if self._is_news(before, after) else None

    def _is_news(self, *inputs: Hashable) -> bool:
        known = inputs in self.done
        self.done.add(inputs)
        return not known
