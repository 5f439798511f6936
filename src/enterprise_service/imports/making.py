"""From an entry to its record: what the mapping gives over what is there."""

from __future__ import annotations

from collections.abc import Mapping

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.checks import read_enum
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Kind, Status
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.windows import ALWAYS, Instant, Window, parse_instant
from enterprise_service.bundles.faults import quoted
from enterprise_service.bundles.traces import Traced
from enterprise_service.imports.entry import Entry, RefusedError


def make(entry: Entry, stored: Traced | None, state: PolicyState, actor: str) -> Traced:
    """The record that ``entry`` asks for, made by ``actor`` if nothing is ``stored``.

    A field that the mapping doesn't give stays as it is; one that it gives and the line doesn't have gets its default.
    Raises ``InvalidRequestError`` or ``RefusedError``.
    """
    match entry.kind:
        case Kind.ORGANIZATION:
            return _organization(entry, stored if isinstance(stored, Organization) else None)
        case Kind.CLINIC:
            return _clinic(entry, stored if isinstance(stored, Clinic) else None)
        case Kind.PROVIDER_ASSIGNMENT:
            return _provider(entry, stored if isinstance(stored, ProviderAssignment) else None, state, actor)
        case _:
            return _assignment(entry, stored if isinstance(stored, Assignment) else None, state, actor)


def _organization(entry: Entry, stored: Organization | None) -> Organization:
    return Organization(
        id=entry.id,
        name=entry.text("name"),
        status=_status(entry, stored),
        attributes=_attributes(entry, stored),
        managed_by=None if stored is None else stored.managed_by,
    )


def _clinic(entry: Entry, stored: Clinic | None) -> Clinic:
    organization = entry.text("organization_id")
    kept = organization if stored is None else stored.parent_id
    return Clinic(
        id=entry.id,
        organization_id=organization,
        parent_id=entry.values.get("parent_id", kept) or organization,
        name=entry.text("name"),
        status=_status(entry, stored),
        attributes=_attributes(entry, stored),
        managed_by=None if stored is None else stored.managed_by,
    )


def _status(entry: Entry, stored: Organization | Clinic | None) -> Status:
    if "status" in entry.values:
        return read_enum(Status, entry.values["status"] or Status.ACTIVE.value, "/status")
    return Status.ACTIVE if stored is None else stored.status


def _attributes(entry: Entry, stored: Organization | Clinic | None) -> tuple[tuple[str, str], ...]:
    kept = dict(() if stored is None else stored.attributes)
    merged: Mapping[str, str | None] = {**kept, **entry.attributes}
    return tuple(sorted((name, text) for name, text in merged.items() if text is not None))


def _provider(entry: Entry, stored: ProviderAssignment | None, state: PolicyState, actor: str) -> ProviderAssignment:
    made = ProviderAssignment(
        clinic_id=entry.domain,
        provider_id=entry.id,
        roles=tuple(_role(entry, "roles", name, state) for name in entry.roles),
        window=_window(entry, ALWAYS if stored is None else stored.window),
        created_by=actor,
    )
    if stored is None:
        return made
    return ProviderAssignment(
        clinic_id=made.clinic_id,
        provider_id=made.provider_id,
        roles=made.roles,
        window=made.window,
        verification=stored.verification,
        created_by=stored.created_by,
        managed_by=stored.managed_by,
    )


def _assignment(entry: Entry, stored: Assignment | None, state: PolicyState, actor: str) -> Assignment:
    return Assignment(
        domain=entry.domain,
        id=entry.id,
        subject=entry.text("subject"),
        role=_role(entry, "role", entry.text("role"), state),
        window=_window(entry, ALWAYS if stored is None else stored.window),
        reason=entry.values.get("reason", None if stored is None else stored.reason),
        created_by=actor if stored is None else stored.created_by,
        managed_by=None if stored is None else stored.managed_by,
    )


def _role(entry: Entry, field: str, name: str, state: PolicyState) -> RoleRef:
    """The role of that name: made where the line says, else the nearest."""
    made_in = entry.values.get("role_domain")
    if made_in is not None:
        return RoleRef(made_in, name)
    if entry.domain not in state.tree:
        where = "domain" if entry.kind is Kind.ASSIGNMENT else "clinic_id"
        raise RefusedError((where, f"there is no domain {quoted(entry.domain)}"))
    found = state.resolve_role(entry.domain, name)
    if found is None:
        raise RefusedError((field, f"there is no role {quoted(name)} made at {quoted(entry.domain)} or above"))
    return found


def _window(entry: Entry, stored: Window) -> Window:
    starts_at = _moment(entry, "starts_at", stored.starts_at)
    ends_at = _moment(entry, "ends_at", stored.ends_at)
    try:
        return Window(starts_at, ends_at)
    except ValueError as error:
        raise InvalidRequestError.at("/ends_at", str(error)) from error


def _moment(entry: Entry, name: str, stored: Instant | None) -> Instant | None:
    text = entry.values.get(name)
    if name not in entry.values or text is None:
        return None if name in entry.values else stored
    try:
        return parse_instant(text)
    except ValueError as error:
        raise RefusedError((name, f"{quoted(text)} {error}")) from error
