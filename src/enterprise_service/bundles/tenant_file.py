"""Reads a tenant: an organization with its clinics, roles, providers and assignments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enterprise_policy.state.assignment import Assignment, Source
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Fields, Status
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import ALWAYS, Window
from enterprise_service.bundles.document import MapNode, Node
from enterprise_service.bundles.draft import Draft, Load, Make, assignment_id
from enterprise_service.bundles.role_file import ROLE_FIELDS, read_role, read_role_name, read_role_names
from enterprise_service.bundles.section import Section, read_section

_ORGANIZATION_FIELDS = ("id", "name", "status", "attributes")
_CLINIC_FIELDS = ("id", "name", "parent", "status", "attributes")
_PROVIDER_FIELDS = ("provider", "clinic", "roles", "starts_at", "ends_at")
_ASSIGNMENT_FIELDS = ("subject", "role", "domain", "starts_at", "ends_at", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What a tenant's file says.

    ``domains`` are its organization and clinics with the domain above each. It is ``complete`` unless a record in it
    couldn't be told by its name.
    """

    drafts: tuple[Draft, ...]
    domains: dict[str, str]
    complete: bool


def read_tenant_file(section: Section) -> Tenant | None:
    """The tenant of a file of ``kind: tenant``; ``None`` when its organization has no id.

    The rest is read even then, so that its faults are noted.
    """
    organization_id, organization = _organization(section)
    home = "unread" if organization_id is None else organization_id
    clinics = [_clinic(item, home) for item in _sections(section, "clinics", _CLINIC_FIELDS)]
    given = [
        *(read_role(item, home) for item in _sections(section, "roles", ROLE_FIELDS)),
        *(_provider(item) for item in _sections(section, "providers", _PROVIDER_FIELDS)),
        *(_assignment(item) for item in _sections(section, "assignments", _ASSIGNMENT_FIELDS)),
    ]
    if organization_id is None:
        return None
    made = [clinic for clinic in clinics if clinic is not None]
    drafts = (*organization, *(draft for _, _, draft in made), *(draft for draft in given if draft is not None))
    parents = {clinic_id: parent for clinic_id, parent, _ in made}
    complete = None not in clinics and None not in given
    return Tenant(drafts=drafts, domains={organization_id: PLATFORM, **parents}, complete=complete)


def _sections(section: Section, field: str, names: tuple[str, ...]) -> Iterator[Section]:
    """Each item of a list of fields."""
    for node in section.items(field):
        item = read_section(section.notes, node, names)
        if item is not None:
            yield item


def _organization(section: Section) -> tuple[str | None, tuple[Draft, ...]]:
    node = section.get("organization", required=True)
    item = None if node is None else read_section(section.notes, node, _ORGANIZATION_FIELDS)
    if item is None:
        return None, ()
    organization_id = item.text("id", required=True)
    fields = {"id": organization_id, **_described(item)}
    return organization_id, () if organization_id is None else (_domain_draft(item, Organization, fields),)


def _clinic(section: Section, organization_id: str) -> tuple[str, str, Draft] | None:
    """The clinic's id, the domain above it, and its draft."""
    clinic_id = section.text("id", required=True)
    parent = section.text("parent") or organization_id
    places = {"id": clinic_id, "organization_id": organization_id, "parent_id": parent}
    fields = {**places, **_described(section)}
    return None if clinic_id is None else (clinic_id, parent, _domain_draft(section, Clinic, fields))


def _described(section: Section) -> Fields:
    """What organizations and clinics have in common."""
    name = section.text("name", required=True)
    return {
        "name": "unread" if name is None else name,
        "status": section.word("status", Status, Status.ACTIVE).value,
        "attributes": dict(section.texts("attributes")),
    }


def _domain_draft(section: Section, kind: type[Organization | Clinic], fields: Fields) -> Draft:
    nodes = section.nodes(id="id", name="name", parent="parent_id", attributes="attributes")
    attributes = section.get("attributes")
    if isinstance(attributes, MapNode):
        nodes |= {f"/attributes/{key.text}": value for key, value in attributes.entries}
    return domain_draft(section.notes.path, kind, fields, _around(section, "id", nodes))


def domain_draft(path: str, kind: type[Organization | Clinic], fields: Fields, nodes: Mapping[str, Node]) -> Draft:
    """The organization or clinic of these ``fields``, which have an id."""

    def make(_: tuple[RoleRef, ...], load: Load) -> Organization | Clinic:
        return kind.from_fields({**fields, "managed_by": load.managed_by})

    parent = fields.get("parent_id")
    return Draft(
        path=path,
        domain=PLATFORM,
        make=make,
        nodes=nodes,
        domains=() if parent is None else (("/parent_id", parent),),
        defines=fields["id"],
    )


def _provider(section: Section) -> Draft | None:
    provider_id = section.text("provider", required=True)
    clinic_id = section.text("clinic", required=True)
    names = tuple(read_role_names(section, "roles", required=True))
    window = section.window()
    if provider_id is None or clinic_id is None or not names:
        return None

    def make(refs: tuple[RoleRef, ...], load: Load) -> ProviderAssignment:
        return ProviderAssignment(
            clinic_id=clinic_id,
            provider_id=provider_id,
            roles=refs,
            window=window,
            created_by=load.actor,
            managed_by=load.managed_by,
        )

    nodes = section.nodes(provider="provider_id", clinic="clinic_id", roles="roles")
    nodes |= {f"/roles/{place}": name.node for place, name in enumerate(names)}
    return Draft(
        path=section.notes.path,
        domain=clinic_id,
        make=make,
        nodes=_around(section, "provider", nodes),
        names=names,
        domains=(("/clinic_id", clinic_id),),
    )


def _assignment(section: Section) -> Draft | None:
    subject = section.text("subject", required=True)
    domain = section.text("domain", required=True)
    node = section.get("role", required=True)
    name = None if node is None else read_role_name(section.notes, node)
    window, reason = section.window(), section.prose("reason")
    if subject is None or domain is None or name is None:
        return None
    nodes = section.nodes(subject="subject", role="role", domain="domain", reason="reason")
    return Draft(
        path=section.notes.path,
        domain=domain,
        make=assignment_maker(domain, subject, window, reason),
        nodes=_around(section, "subject", nodes),
        names=(name,),
        domains=(("/domain", domain),),
    )


def assignment_maker(domain: str, subject: str, window: Window = ALWAYS, reason: str | None = None) -> Make:
    """Makes the assignment of the one role that it is given."""

    def make(refs: tuple[RoleRef, ...], load: Load) -> Assignment:
        (role,) = refs
        return Assignment(
            domain=domain,
            id=assignment_id(domain, subject, role, window),
            subject=subject,
            role=role,
            window=window,
            reason=reason or None,
            source=Source.DIRECT if load.managed_by is None else Source.BUNDLE,
            created_by=load.actor,
            managed_by=load.managed_by,
        )

    return make


def _around(section: Section, field: str, nodes: dict[str, Node]) -> dict[str, Node]:
    """``nodes`` with a place for the record as a whole: its ``field``, or where it begins."""
    return {"": section.get(field) or section.node, **nodes}
