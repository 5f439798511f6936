"""From a state to a snapshot: whole, or by what a change touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias
from weakref import WeakValueDictionary

from enterprise_policy.decide.compiled_role import CompiledRole, compile_role
from enterprise_policy.decide.meaning import permissions_of
from enterprise_policy.decide.snapshot import FOREVER, Held, Holders, RoleTable, Shard, Sharded, Snapshot
from enterprise_policy.decide.touched import Touched, touched_by
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.change import Change
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Permission, RoleRef
from enterprise_policy.state.role_graph import links_at, reach
from enterprise_policy.values.names import PLATFORM

Pool: TypeAlias = WeakValueDictionary[frozenset[Permission], CompiledRole]


def build(state: PolicyState) -> Snapshot:
    """The snapshot of ``state``, from nothing."""
    empty = Snapshot(
        state=state,
        shards=Sharded({}),
        tables=Sharded({}),
        holders=Sharded({}),
        pool=WeakValueDictionary(),
    )
    domains = tuple(state.tree.below(PLATFORM))
    tables = _tables(empty, state, [d for d in domains if _has_table(state, d)])
    shards = {domain: _shard(state, domain) for domain in domains}
    holders = {domain: holders for domain in state.held if (holders := _holders(state, domain))}
    return replace(empty, shards=Sharded(shards), tables=Sharded(tables), holders=Sharded(holders))


def advance(snapshot: Snapshot, state: PolicyState, changes: Iterable[Change]) -> Snapshot:
    """The snapshot of ``state``, which ``changes`` made of the state that ``snapshot`` was compiled from."""
    touched = touched_by(snapshot.state, state, changes)
    alive = [domain for domain in touched.tables if domain in state.tree and _has_table(state, domain)]
    alive.sort(key=lambda domain: len(state.tree.path(domain)))
    tables: dict[str, RoleTable | None] = dict.fromkeys(touched.tables)
    tables.update(_tables(snapshot, state, alive))
    shards = {d: _shard(state, d) if d in state.tree else None for d in touched.shards}
    return replace(
        snapshot,
        state=state,
        shards=snapshot.shards.changed(shards),
        tables=snapshot.tables.changed(tables),
        holders=snapshot.holders.changed(_changed_holders(snapshot, state, touched)),
    )


def _has_table(state: PolicyState, domain: str) -> bool:
    return domain == PLATFORM or domain in state.roles.shelves


def _shard(state: PolicyState, domain: str) -> Shard:
    path = state.tree.path(domain)
    roles_at = next(above for above in path if _has_table(state, above))
    return Shard(path, state.suspended_at(domain) is not None, roles_at)


# --- role tables --------------------------------------------------------------------------------------


def _tables(snapshot: Snapshot, state: PolicyState, domains: Iterable[str]) -> dict[str, RoleTable]:
    """The role tables of ``domains``, which come parents first."""
    made: dict[str, RoleTable] = {}
    for domain in domains:
        above = next((d for d in state.tree.path(domain)[1:] if _has_table(state, d)), None)
        inherited = {} if above is None else made.get(above) or snapshot.tables.get(above) or {}
        made[domain] = dict(_table(state, domain, inherited, snapshot.pool))
    return made


def _table(state: PolicyState, domain: str, inherited: RoleTable, pool: Pool) -> Iterator[tuple[RoleRef, CompiledRole]]:
    """Each role as ``domain`` sees it: as the table above has it, unless something made right here takes part."""
    links, path = links_at(state, domain), state.tree.path(domain)
    made_here = {versioned.record.ref for versioned in state.roles.items(domain)}
    for ref in links:
        parts = reach(links, ref)
        if ref in inherited and made_here.isdisjoint(parts):
            yield ref, inherited[ref]
        else:
            yield ref, _compiled(permissions_of(state, (ref,), path), pool)


def _compiled(permissions: frozenset[Permission], pool: Pool) -> CompiledRole:
    found = pool.get(permissions)
    if found is None:
        found = pool[permissions] = compile_role(permissions)
    return found


# --- holders ------------------------------------------------------------------------------------------


def _changed_holders(snapshot: Snapshot, state: PolicyState, touched: Touched) -> dict[str, Holders | None]:
    changed: dict[str, Holders | None] = {}
    for domain, subjects in touched.holders.items():
        kept = snapshot.holders.get(domain) or {}
        holders = dict(kept)
        for subject in subjects:
            held = _held(state.assignments_of(subject, domain))
            if held:
                holders[subject] = held
            else:
                holders.pop(subject, None)
        changed[domain] = holders or None
    return changed


def _holders(state: PolicyState, domain: str) -> Holders:
    shelf = state.held[domain]
    compiled = ((subject, _held(assignments)) for subject, assignments in shelf.items())
    return {subject: held for subject, held in compiled if held}


def _held(assignments: Iterable[Assignment]) -> tuple[Held, ...]:
    """What can ever be current: an unverified provider's role isn't, until a change says otherwise."""
    return tuple(
        Held(
            assignment.role,
            -FOREVER if assignment.window.starts_at is None else assignment.window.starts_at,
            FOREVER if assignment.window.ends_at is None else assignment.window.ends_at,
        )
        for assignment in assignments
        if assignment.verified
    )
