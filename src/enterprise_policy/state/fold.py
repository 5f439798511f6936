"""The fold: a state and a change give the next state.

It trusts the change (``invariants.py`` judged it before it was appended) but for one thing: an edit has to meet the
record that it says it replaces. Costs are those of the change, never of the state.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from rpds import HashTrieMap, HashTrieSet

from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.chain import Position
from enterprise_policy.state.change import Change
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import TABLES, PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Record, Versioned
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.windows import Instant

K = TypeVar("K")


def apply_change(state: PolicyState, change: Change, mac: bytes) -> PolicyState:
    """The state after ``change``, whose entry in the log has ``mac``.

    Raises ``ChainBrokenError`` when the change doesn't come next, or an edit doesn't meet its record.
    """
    if (change.log_id, change.revision) != (state.log_id, state.revision + 1):
        detail = f"change {change.revision} doesn't follow revision {state.revision}"
        raise ChainBrokenError(detail, revision=state.revision + 1)
    for edit in change.edits:
        state = apply_edit(state, edit, change.revision, change.at)
    return replace(
        state,
        position=Position(state.log_id, change.revision, mac),
        at=change.at,
        remembered=state.remembered.after(change),
    )


def apply_edit(state: PolicyState, edit: Edit, revision: int, at: Instant) -> PolicyState:
    """The state after ``edit``, which belongs to the change of ``revision`` made at ``at``."""
    record = edit.record
    found = state.table(edit.kind).get(record.home, record.id)
    if (None if found is None else found.record) != edit.before:
        detail = f"edit of {edit.kind.value} `{record.id}` in `{record.domain}` doesn't meet its record"
        raise ChainBrokenError(detail, revision=revision)
    created_at = at if found is None else found.created_at
    if edit.after is None:
        return remove(state, record, revision)
    return place(state, Versioned(edit.after, revision, created_at, at))


def place(state: PolicyState, versioned: Versioned[Any]) -> PolicyState:
    """The state with the record, in the place of the one of its name if there was one."""
    record: Record = versioned.record
    table = state.table(record.KIND)
    found = table.get(record.home, record.id)
    state = _with(state, record, table.with_record(versioned))
    if isinstance(record, Organization | Clinic):
        return _in_tree(state, record.id, record.domain)
    if isinstance(record, Role):
        return _count_roles(state, None if found is None else found.record, record)
    if isinstance(record, Assignment):
        return _hold(state if found is None else _release(state, found.record), record)
    if isinstance(record, ProviderAssignment):
        state = state if found is None else _release_provider(state, found.record)
        return _hold_provider(state, versioned)
    if isinstance(record, ApiKey):
        return _list_key(state if found is None else _unlist_key(state, found.record), record)
    return state


def remove(state: PolicyState, record: Record, revision: int) -> PolicyState:
    """The state without ``record``, which goes with the change of ``revision``."""
    state = _with(state, record, state.table(record.KIND).without(record.home, record.id))
    if isinstance(record, Organization | Clinic):
        retired = state.retired.insert(record.id, revision)
        return replace(state, tree=state.tree.without(record.id), retired=retired)
    if isinstance(record, Role):
        return _count_roles(state, record, None)
    if isinstance(record, Assignment):
        return _release(state, record)
    if isinstance(record, ProviderAssignment):
        return _release_provider(state, record)
    if isinstance(record, ApiKey):
        return _unlist_key(state, record)
    return state


def _with(state: PolicyState, record: Record, table: object) -> PolicyState:
    changed: dict[str, Any] = {TABLES[record.KIND]: table}
    return replace(state, **changed)


def _in_tree(state: PolicyState, domain: str, parent: str) -> PolicyState:
    if state.tree.parent(domain) == parent:
        return state
    return replace(state, tree=state.tree.with_domain(domain, parent))


def _count_roles(state: PolicyState, old: Role | None, new: Role | None) -> PolicyState:
    uses = state.uses
    for role, step in ((old, -1), (new, 1)):
        for ref in () if role is None else named_roles(role):
            uses = _count(uses, ref, role.domain if role else "", step)
    return replace(state, uses=uses)


def named_roles(role: Role) -> tuple[RoleRef, ...]:
    """The roles that ``role`` can't do without: those that it inherits, and the one that it extends."""
    return (*role.inherits, role.ref) if role.extends is not None else role.inherits


def _hold_provider(state: PolicyState, versioned: Versioned[ProviderAssignment]) -> PolicyState:
    table = state.assignments
    for assignment in versioned.record.assignments():
        table = table.with_record(Versioned(assignment, versioned.revision, versioned.created_at, versioned.updated_at))
        state = _hold(state, assignment)
    return replace(state, assignments=table)


def _release_provider(state: PolicyState, record: ProviderAssignment) -> PolicyState:
    table = state.assignments
    for assignment in record.assignments():
        table = table.without(assignment.home, assignment.id)
        state = _release(state, assignment)
    return replace(state, assignments=table)


def _hold(state: PolicyState, assignment: Assignment) -> PolicyState:
    kept = state.assignments_of(assignment.subject, assignment.domain)
    return _with_held(state, assignment, (*kept, assignment), 1)


def _release(state: PolicyState, assignment: Assignment) -> PolicyState:
    held = state.assignments_of(assignment.subject, assignment.domain)
    return _with_held(state, assignment, tuple(a for a in held if a.id != assignment.id), -1)


def _with_held(state: PolicyState, assignment: Assignment, kept: tuple[Assignment, ...], step: int) -> PolicyState:
    domain, subject = assignment.domain, assignment.subject
    shelf: HashTrieMap[str, tuple[Assignment, ...]] = state.held.get(domain) or HashTrieMap()
    ordered = tuple(sorted(kept, key=lambda a: a.id))
    shelf = shelf.insert(subject, ordered) if ordered else shelf.discard(subject)
    return replace(
        state,
        held=state.held.insert(domain, shelf) if shelf else state.held.discard(domain),
        places=_count(state.places, subject, domain, step),
        uses=_count(state.uses, assignment.role, domain, step),
    )


def _list_key(state: PolicyState, key: ApiKey) -> PolicyState:
    keys_in, keys_by = _with_id(state.keys_in, key.domain, key.id), _with_id(state.keys_by, key.created_by, key.id)
    return replace(state, keys_in=keys_in, keys_by=keys_by)


def _unlist_key(state: PolicyState, key: ApiKey) -> PolicyState:
    keys_in = _without_id(state.keys_in, key.domain, key.id)
    return replace(state, keys_in=keys_in, keys_by=_without_id(state.keys_by, key.created_by, key.id))


def _with_id(ids: HashTrieMap[str, HashTrieSet[str]], under: str, new: str) -> HashTrieMap[str, HashTrieSet[str]]:
    kept: HashTrieSet[str] = ids.get(under) or HashTrieSet()
    return ids.insert(under, kept.insert(new))


def _without_id(ids: HashTrieMap[str, HashTrieSet[str]], under: str, old: str) -> HashTrieMap[str, HashTrieSet[str]]:
    kept = ids[under].remove(old)
    return ids.insert(under, kept) if kept else ids.remove(under)


def _count(
    counts: HashTrieMap[K, HashTrieMap[str, int]], key: K, domain: str, step: int
) -> HashTrieMap[K, HashTrieMap[str, int]]:
    shelf: HashTrieMap[str, int] = counts.get(key) or HashTrieMap()
    number = (shelf.get(domain) or 0) + step
    shelf = shelf.insert(domain, number) if number else shelf.discard(domain)
    return counts.insert(key, shelf) if shelf else counts.discard(key)
