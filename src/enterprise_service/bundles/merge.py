"""What differs between a bundle and a state, record by record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Fields, Kind, Record
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.windows import Instant
from enterprise_service.bundles.draft import Draft, Given, Load
from enterprise_service.bundles.faults import FileFault, quoted
from enterprise_service.bundles.wanted import Wanted, defines, describe

_MAKING = (
    Kind.CATALOGUE,
    Kind.ORGANIZATION,
    Kind.CLINIC,
    Kind.ROLE,
    Kind.PROVIDER_ASSIGNMENT,
    Kind.ASSIGNMENT,
)
_GIVEN = (Kind.ASSIGNMENT, Kind.PROVIDER_ASSIGNMENT)
_UNMAKING = (Kind.ROLE, Kind.CLINIC, Kind.ORGANIZATION, Kind.CATALOGUE)

_Key = tuple[Kind, str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """An edit to come: ``before`` in the state, ``after`` in the bundle. ``draft`` is where the file asks for it."""

    draft: Draft | None
    before: Record | None
    after: Record | None


@dataclass(slots=True)
class Difference:
    """``steps`` in the order in which they mostly can be made, ``faults``, and what the load leaves as it is.

    ``drift`` is what the bundle says and people ended since, ``skipped`` what else.
    """

    steps: list[Step] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    skipped: list[FileFault] = field(default_factory=list)
    drift: list[FileFault] = field(default_factory=list)


def difference(state: PolicyState, wants: Sequence[Wanted], load: Load, now: Instant) -> Difference:
    """The steps that make of ``state`` what is wanted.

    A managed load (``load.managed_by``) makes, changes and deletes records of its bundle. It takes over a record of
    nobody that is just as wanted, and never overwrites one that is somebody else's, or nobody's and different: that
    is a fault. A load of samples only makes what isn't there by its id; what is there and differs is skipped. What
    people ended since (``load.ended``) stays so with both.
    """
    found = Difference()
    for wanted in sorted(wants, key=lambda wanted: _MAKING.index(wanted.record.KIND)):
        if load.managed_by is None:
            _compare_sample(found, state, wanted, load)
        else:
            _compare(found, state, wanted, load)
    if load.managed_by is not None:
        _delete_rest(found, state, load.managed_by, {_key(wanted.record) for wanted in wants}, now)
    return found


def _compare_sample(found: Difference, state: PolicyState, wanted: Wanted, load: Load) -> None:
    stored = _stored(state, wanted.record)
    if stored is None and _revives(stored, wanted.record, load):
        found.skipped.append(_stays_ended(wanted))
    elif stored is None:
        found.steps.append(Step(wanted.draft, None, wanted.record))
    elif _unmanaged(stored) != _unmanaged(_carried(stored, wanted.record)):
        detail = f"{describe(wanted.record)} is there already and differs"
        found.skipped.append(wanted.draft.fault("", detail, "it stays as it is"))


def _compare(found: Difference, state: PolicyState, wanted: Wanted, load: Load) -> None:
    stored = _stored(state, wanted.record)
    after = wanted.record if stored is None else _carried(stored, wanted.record)
    if stored == after:
        return
    if stored is not None and not _may_change(stored, after, load):
        found.faults.append(_not_ours(wanted, stored))
    elif _revives(stored, after, load):
        found.drift.append(_stays_ended(wanted))
    elif isinstance(stored, Role) and isinstance(after, Role) and stored.extends != after.extends:
        found.steps += [Step(wanted.draft, stored, None), Step(wanted.draft, None, after)]
    else:
        found.steps.append(Step(wanted.draft, stored, after))


def _revives(stored: Record | None, after: Record, load: Load) -> bool:
    """Whether ``after`` would give again what people ended or shortened since it was loaded."""
    if not isinstance(after, Given):
        return False
    narrower = isinstance(stored, Given) and stored.window.covers(after.window)
    return not narrower and load.ended(after)


def _stays_ended(wanted: Wanted) -> FileFault:
    return wanted.draft.fault("", f"{describe(wanted.record)} was ended or shortened since", "it stays so")


def _may_change(stored: Record, after: Record, load: Load) -> bool:
    """Whether a managed load may put ``after`` in the place of ``stored``."""
    if stored.managed_by is None:
        return _unmanaged(stored) == _unmanaged(after)
    return stored.managed_by == load.managed_by


def _not_ours(wanted: Wanted, stored: Record) -> FileFault:
    if stored.managed_by is None:
        whose, expected = "wasn't made from files", "expected another id, or just what is there"
    else:
        whose, expected = f"comes from the bundle {quoted(stored.managed_by)}", "expected another id"
    return wanted.draft.fault("", f"{describe(stored)} is there already and {whose}", expected)


def _delete_rest(found: Difference, state: PolicyState, managed_by: str, kept: set[_Key], now: Instant) -> None:
    """Add the steps that delete what the bundle made and doesn't want any more."""
    given = [record for kind in _GIVEN for record in _removed(state, kind, managed_by, kept)]
    made = [record for kind in _UNMAKING for record in _removed(state, kind, managed_by, kept)]
    ended = [record for record in _ended_with(state, made, now) if record.managed_by != managed_by]
    found.steps = [
        *(Step(None, record, None) for record in (*given, *ended)),
        *found.steps,
        *(Step(None, record, None) for record in made),
    ]


def _removed(state: PolicyState, kind: Kind, managed_by: str, kept: set[_Key]) -> list[Record]:
    stored: Iterator[Record] = (versioned.record for versioned in state.table(kind))
    removed = (
        record
        for record in stored
        if record.managed_by == managed_by and _key(record) not in kept and not _follows(record)
    )
    return sorted(removed, key=lambda record: (record.home, record.id))


def _follows(record: Record) -> bool:
    """Whether ``record`` follows from a provider's and goes with it."""
    return isinstance(record, Assignment) and record.source is Source.PROVIDER


def _ended_with(state: PolicyState, removed: Sequence[Record], now: Instant) -> list[Record]:
    """The ended assignments that are in the way of ``removed`` domains and roles, and go with them."""
    names = {name for record in removed if (name := defines(record)) is not None}
    homes = {name for name in names if isinstance(name, str)}
    homes |= {home for name in names if isinstance(name, RoleRef) for home in state.uses.get(name) or ()}
    held = (versioned.record for home in sorted(homes) for versioned in state.assignments.items(home))
    ended = (record for record in held if record.window.ended(now) and not _follows(record))
    return sorted((r for r in ended if r.role in names or r.domain in names), key=lambda r: (r.domain, r.id))


def _stored(state: PolicyState, record: Record) -> Record | None:
    found = state.table(record.KIND).get(record.home, record.id)
    stored: Record | None = None if found is None else found.record
    return stored


def _carried(stored: Record, wanted: Record) -> Record:
    """``wanted`` with what a load doesn't decide: who made it first, and what is known of a provider."""
    if isinstance(stored, Assignment) and isinstance(wanted, Assignment):
        return replace(wanted, created_by=stored.created_by)
    if isinstance(stored, ProviderAssignment) and isinstance(wanted, ProviderAssignment):
        return replace(wanted, created_by=stored.created_by, verification=stored.verification)
    return wanted


def _unmanaged(record: Record) -> Fields:
    """What ``record`` says, whoever manages it."""
    fields = record.to_fields()
    return {name: value for name, value in fields.items() if name not in ("managed_by", "source")}


def _key(record: Record) -> _Key:
    return record.KIND, record.home, record.id
