"""The records that a bundle wants, made from its drafts; and what is wrong with them before any is loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from enterprise_policy.errors import CallerError
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.built_in import BUILT_IN_IDS
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.fold import named_roles
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Record
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.draft import Draft, Load, Named
from enterprise_service.bundles.faults import FileFault, quoted
from enterprise_service.bundles.scope import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record that a bundle wants, and where the file says so."""

    draft: Draft
    record: Record


@dataclass(slots=True)
class Wants:
    """All records that a bundle wants.

    ``sound`` are those that can be loaded, as far as it shows by now; ``made`` has the others too. ``lost`` is what
    would be there if it weren't for a fault that is told already: nothing is said of those who need it.
    """

    made: list[Wanted] = field(default_factory=list)
    sound: list[Wanted] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    lost: set[Named] = field(default_factory=set)


def wants_of(drafts: Sequence[Draft], scope: Scope, load: Load) -> Wants:
    """The records of ``drafts``, each made once, with their faults."""
    wants = Wants()
    for draft in drafts:
        faulty = _misplaced(wants, draft, scope)
        refs, unresolved = _resolve(wants, draft, scope)
        record = _make(wants, draft, refs, load)
        if record is not None:
            wants.made.append(Wanted(draft, record))
        if record is not None and not faulty and not unresolved:
            wants.sound.append(Wanted(draft, record))
        elif draft.defines is not None:
            wants.lost.add(draft.defines)
    _refuse_twice(wants)
    _refuse_overlaps(wants)
    return wants


def defines(record: Record) -> Named | None:
    """What others can refer to once ``record`` is there."""
    if isinstance(record, Organization | Clinic):
        return record.id
    return record.ref if isinstance(record, Role) and record.extends is None else None


def needs(record: Record) -> set[Named]:
    """What ``record`` refers to."""
    match record:
        case Clinic():
            return {record.organization_id, record.parent_id}
        case Role():
            return {record.domain, *named_roles(record)}
        case Assignment():
            return {record.domain, record.role}
        case ProviderAssignment():
            return {record.clinic_id, *record.roles}
        case _:
            return set()


def _misplaced(wants: Wants, draft: Draft, scope: Scope) -> bool:
    found = scope.misplaced(draft)
    if found is not None and found[0] not in scope.unread:
        wants.faults.append(found[1])
    return found is not None


def _resolve(wants: Wants, draft: Draft, scope: Scope) -> tuple[tuple[RoleRef, ...], bool]:
    """The roles that the draft names, one for each name, and whether some of them mean none."""
    refs: list[RoleRef] = []
    known = True
    for name in draft.names:
        found = scope.resolve(draft, name)
        if not isinstance(found, RoleRef):
            known = False
            wants.faults += [found] if found is not None and name.id not in scope.unread else []
            found = RoleRef(name.domain or draft.domain, name.id)
        elif found in refs:
            detail = f"the role {quoted(name.id)} twice"
            wants.faults.append(FileFault.at(draft.path, name.node.place, detail, "expected it once"))
        refs.append(found)
    return tuple(refs), not known


def _make(wants: Wants, draft: Draft, refs: tuple[RoleRef, ...], load: Load) -> Record | None:
    try:
        record = draft.make(refs, load)
    except CallerError as error:
        wants.faults += [draft.value_fault(fault.pointer, fault.detail) for fault in error.faults]
        return None
    taken = _taken(record)
    if taken is not None:
        wants.faults.append(draft.fault("/id", f"{quoted(record.id)} {taken}", "expected another id"))
        return None
    return record


def _taken(record: Record) -> str | None:
    """Why the id of ``record`` is none for a file to use."""
    if isinstance(record, Role) and record.id in BUILT_IN_IDS:
        return "is a built-in role, which can be assigned and not changed"
    if isinstance(record, Organization | Clinic) and record.id == PLATFORM:
        return "is the domain above all others"
    return None


def _refuse_twice(wants: Wants) -> None:
    """Keep the first of those that have the same name."""
    first: dict[tuple[str, str, str], Wanted] = {}
    for wanted in wants.sound:
        key = _name_space(wanted.record), wanted.record.home, wanted.record.id
        other = first.setdefault(key, wanted)
        if other is not wanted:
            detail = f"{describe(wanted.record)} twice"
            expected = f"expected it once; {_elsewhere(other.draft)}"
            wants.faults.append(wanted.draft.fault("", detail, expected))
    wants.sound = list(first.values())


def _name_space(record: Record) -> str:
    """Organizations and clinics share one; of the others each kind has its own."""
    return Kind.CLINIC if record.KIND is Kind.ORGANIZATION else record.KIND


def _refuse_overlaps(wants: Wants) -> None:
    """Keep the first of the assignments that give the same at the same time."""
    held: dict[tuple[str, str, RoleRef], list[tuple[Assignment, Draft]]] = defaultdict(list)
    sound: list[Wanted] = []
    for wanted in wants.sound:
        given = tuple(_assignments(wanted.record))
        clash = next((other for new in given for other in _clashes(held, new)), None)
        if clash is None:
            sound.append(wanted)
            for new in given:
                held[new.domain, new.subject, new.role].append((new, wanted.draft))
        else:
            new, other = clash
            detail = f"{quoted(new.subject)} gets the role {quoted(new.role.id)} at {quoted(new.domain)} twice"
            expected = f"expected windows that don't overlap; {_elsewhere(other)}"
            wants.faults.append(wanted.draft.fault("", f"{detail} for the same time", expected))
    wants.sound = sound


def _assignments(record: Record) -> tuple[Assignment, ...]:
    if isinstance(record, ProviderAssignment):
        return record.assignments()
    return (record,) if isinstance(record, Assignment) else ()


def _clashes(
    held: dict[tuple[str, str, RoleRef], list[tuple[Assignment, Draft]]], new: Assignment
) -> Iterator[tuple[Assignment, Draft]]:
    """Those before ``new`` that overlap with it."""
    for other, draft in held.get((new.domain, new.subject, new.role), ()):
        if other.window.overlaps(new.window):
            yield new, draft


def _elsewhere(draft: Draft) -> str:
    return f"the other is in {draft.path} on line {draft.node('').place.line}"


def describe(record: Record) -> str:
    """What ``record`` is, for a message."""
    match record:
        case Assignment():
            return f"the assignment of {quoted(record.role.id)} to {quoted(record.subject)} at {quoted(record.domain)}"
        case ProviderAssignment():
            return f"the provider {quoted(record.provider_id)} at {quoted(record.clinic_id)}"
        case Role():
            return f"the role {quoted(record.id)} at {quoted(record.domain)}"
        case Catalogue():
            return "the catalogue"
        case _:
            return f"the {record.KIND.value} {quoted(record.id)}"
