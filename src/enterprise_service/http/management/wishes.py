"""The edits of ``POST /changes``, each read as the body of the call that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from enterprise_policy.errors import Fault
from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind
from enterprise_service.administer.wish import Origin, Wish
from enterprise_service.http.management.schemas.api_keys import ApiKeyPatchSchema
from enterprise_service.http.management.schemas.assignments import AssignmentPatchSchema, NewAssignmentSchema
from enterprise_service.http.management.schemas.clinics import ClinicPatchSchema, NewClinicSchema
from enterprise_service.http.management.schemas.organizations import NewOrganizationSchema, OrganizationPatchSchema
from enterprise_service.http.management.schemas.providers import NewProviderSchema, ProviderPatchSchema
from enterprise_service.http.management.schemas.roles import NewRoleSchema, RolePatchSchema
from enterprise_service.http.strict_schema import Strict, read, refuse

FIELDS: Final[Mapping[tuple[Kind, Op], Strict]] = {
    (Kind.ORGANIZATION, Op.CREATE): NewOrganizationSchema(exclude=("id",)),
    (Kind.ORGANIZATION, Op.UPDATE): OrganizationPatchSchema(),
    (Kind.CLINIC, Op.CREATE): NewClinicSchema(exclude=("id",)),
    (Kind.CLINIC, Op.UPDATE): ClinicPatchSchema(),
    (Kind.PROVIDER_ASSIGNMENT, Op.CREATE): NewProviderSchema(exclude=("provider_id",)),
    (Kind.PROVIDER_ASSIGNMENT, Op.UPDATE): ProviderPatchSchema(),
    (Kind.ROLE, Op.CREATE): NewRoleSchema(exclude=("id",)),
    (Kind.ROLE, Op.UPDATE): RolePatchSchema(),
    (Kind.ASSIGNMENT, Op.CREATE): NewAssignmentSchema(),
    (Kind.ASSIGNMENT, Op.UPDATE): AssignmentPatchSchema(),
    (Kind.API_KEY, Op.UPDATE): ApiKeyPatchSchema(),
}
"""What ``fields`` holds; what names the record stands beside it. A delete has none, and no key is made here."""

_ID_MADE: Final = frozenset({Kind.ORGANIZATION, Kind.CLINIC})
"""Kinds whose id is made when none is given."""

_NEEDS_DOMAIN: Final = frozenset({Kind.PROVIDER_ASSIGNMENT, Kind.ROLE, Kind.ASSIGNMENT})
"""Kinds whose id alone says nothing."""


def wishes_of(edits: Sequence[Mapping[str, Any]]) -> list[Wish]:
    """The wishes that ``edits`` are, as ``NewEditSchema`` gave them. Raises ``InvalidRequestError`` with each fault."""
    faults: list[Fault] = []
    wishes = [_wish(edit, f"/edits/{place}", faults) for place, edit in enumerate(edits)]
    refuse(faults)
    return wishes


def _wish(edit: Mapping[str, Any], at: str, faults: list[Fault]) -> Wish:
    op, kind = edit["op"], edit["kind"]
    schema = FIELDS.get((kind, op))
    faults.extend(Fault(at + pointer, detail) for pointer, detail in _misnamed(edit))
    fields: dict[str, Any] = {}
    if schema is not None:
        fields, wrong = read(schema, edit.get("fields", {}), f"{at}/fields")
        faults.extend(wrong)
    made_id = uuid4().hex if op is Op.CREATE and kind in _ID_MADE | {Kind.ASSIGNMENT} else None
    return Wish(
        op=op,
        kind=kind,
        domain=edit.get("domain"),
        id=edit.get("id") or made_id,
        fields=fields,
        origin=Origin.BODY,
    )


def _misnamed(edit: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with how ``edit`` names its record, by pointer."""
    op, kind = edit["op"], edit["kind"]
    if (kind, op) == (Kind.API_KEY, Op.CREATE):
        yield "/kind", "is made at `/api-keys`, the only place that shows a key"
        return
    if kind in _NEEDS_DOMAIN and edit.get("domain") is None:
        yield "/domain", "is missing"
    if (kind, op) == (Kind.ASSIGNMENT, Op.CREATE):
        if edit.get("id") is not None:
            yield "/id", "is read-only"
    elif edit.get("id") is None and not (op is Op.CREATE and kind in _ID_MADE):
        yield "/id", "is missing"
    if op is Op.DELETE and edit.get("fields"):
        yield "/fields", "has no meaning when a record is deleted"
