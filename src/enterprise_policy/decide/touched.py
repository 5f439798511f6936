"""Which parts of a snapshot changes make out of date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.change import Change
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record
from enterprise_policy.state.role import Role


@dataclass(slots=True)
class Touched:
    """Domains to look at again: their shard, their role table, and the subjects that hold something there.

    ``makers`` are the domains whose roles changed: what is below each is walked once.
    """

    makers: set[str] = field(default_factory=set)
    shards: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)
    holders: dict[str, set[str]] = field(default_factory=dict)


def touched_by(old: PolicyState, new: PolicyState, changes: Iterable[Change]) -> Touched:
    """What ``changes``, which led from ``old`` to ``new``, touched."""
    touched = Touched()
    for change in changes:
        for edit in change.edits:
            _touch(touched, old, new, edit)
    return touched


def _touch(touched: Touched, old: PolicyState, new: PolicyState, edit: Edit) -> None:
    if isinstance(edit.record, Organization | Clinic):
        _touch_domain(touched, new, edit)
    elif isinstance(edit.record, Role):
        _touch_role(touched, old, new, edit.record.domain)
    elif isinstance(edit.record, Assignment | ProviderAssignment):
        subjects = touched.holders.setdefault(edit.record.domain, set())
        subjects.update(_subject(record) for record in (edit.before, edit.after) if record is not None)


def _touch_domain(touched: Touched, new: PolicyState, edit: Edit) -> None:
    before, after = edit.before, edit.after
    if before is not None and after is not None and _standing(before) == _standing(after):
        return
    domain = edit.record.id
    below = set(new.tree.below(domain))
    touched.shards |= below
    if before is None or after is None or before.domain != after.domain:
        touched.tables |= {d for d in below if d in new.roles.shelves} | {domain}


def _standing(record: Record) -> tuple[object, ...]:
    """What of a domain's record matters to decisions."""
    return (record.domain, record.status) if isinstance(record, Organization | Clinic) else ()


def _touch_role(touched: Touched, old: PolicyState, new: PolicyState, domain: str) -> None:
    if domain in touched.makers:
        return
    touched.makers.add(domain)
    below = set(new.tree.below(domain))
    touched.tables |= {d for d in below if d in new.roles.shelves} | {domain}
    if (domain in old.roles.shelves) != (domain in new.roles.shelves):
        touched.shards |= below


def _subject(record: Record) -> str:
    if isinstance(record, Assignment):
        return record.subject
    return record.id
