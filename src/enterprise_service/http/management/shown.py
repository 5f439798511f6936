"""Records as answers show them: exactly the fields of the HTTP contract, section 4."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Fields, Versioned, window_fields
from enterprise_policy.state.role import Role
from enterprise_policy.values.windows import Instant, format_instant

Show: TypeAlias = Callable[[Sequence[Versioned[Any]]], list[Fields]]
"""Shows records of one kind."""


def each(show: Callable[[Versioned[Any]], Fields]) -> Show:
    """Shows records one by one."""

    def show_all(found: Sequence[Versioned[Any]]) -> list[Fields]:
        return [show(versioned) for versioned in found]

    return show_all


def organization(found: Versioned[Organization]) -> Fields:
    """An organization."""
    record = found.record
    return {
        "id": record.id,
        "name": record.name,
        "status": record.status.value,
        "attributes": dict(record.attributes),
        **_times(found),
        "revision": found.revision,
    }


def clinic(found: Versioned[Clinic]) -> Fields:
    """A clinic."""
    record = found.record
    return {
        "id": record.id,
        "organization_id": record.organization_id,
        "parent_id": record.parent_id,
        "name": record.name,
        "status": record.status.value,
        "attributes": dict(record.attributes),
        **_times(found),
        "revision": found.revision,
    }


def provider(found: Versioned[ProviderAssignment]) -> Fields:
    """A provider at a clinic."""
    record = found.record
    return {
        "provider_id": record.provider_id,
        "clinic_id": record.clinic_id,
        "roles": [role.to_fields() for role in record.roles],
        **window_fields(record.window),
        "verification": record.verification.value,
        "revision": found.revision,
    }


def role(found: Versioned[Role]) -> Fields:
    """A role, or an extension of one."""
    record = found.record
    return {
        "id": record.id,
        "domain": record.domain,
        "description": record.description or None,
        "extends": record.extends,
        "inherits": [ref.to_fields() for ref in record.inherits],
        "permissions": [permission.to_fields() for permission in record.permissions],
        "built_in": record.built_in,
        "managed_by": record.managed_by,
        "revision": found.revision,
    }


def assignment(found: Versioned[Assignment]) -> Fields:
    """An assignment."""
    record = found.record
    return {
        "id": record.id,
        "domain": record.domain,
        "subject": record.subject,
        "role": record.role.to_fields(),
        **window_fields(record.window),
        "reason": record.reason,
        "source": record.source.value,
        "created_by": record.created_by,
        "created_at": format_instant(found.created_at),
        "revision": found.revision,
    }


def api_key(found: Versioned[ApiKey], last_used: Mapping[str, Instant]) -> Fields:
    """An API key, without what could be used in its place; ``last_used`` is by id."""
    record = found.record
    return {
        "id": record.id,
        "name": record.name,
        "domain": record.domain,
        "scopes": [scope.value for scope in record.scopes],
        "expires_at": _time(record.expires_at),
        "created_by": record.created_by,
        "last_used_at": _time(last_used.get(record.id)),
        "revision": found.revision,
    }


def _times(found: Versioned[Any]) -> Fields:
    return {"created_at": format_instant(found.created_at), "updated_at": format_instant(found.updated_at)}


def _time(moment: Instant | None) -> str | None:
    return None if moment is None else format_instant(moment)
