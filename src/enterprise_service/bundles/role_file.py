"""Reads roles: a file of its own each, or in a tenant's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.document import MapNode, Node
from enterprise_service.bundles.draft import Draft, Load, RoleName
from enterprise_service.bundles.faults import quoted
from enterprise_service.bundles.section import Notes, Section, read_section, read_text

ROLE_FIELDS = ("id", "domain", "description", "extends", "inherits", "permissions")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleText:
    """What a file says of a role; each permission with the places of its resource and its action."""

    path: str
    domain: str
    id: str
    description: str = ""
    extends: str | None = None
    names: tuple[RoleName, ...] = ()
    permissions: tuple[tuple[Permission, Node, Node], ...] = ()
    nodes: Mapping[str, Node]

    def draft(self) -> Draft:
        """The record to be."""
        ref = RoleRef(self.extends or self.domain, self.id)
        return Draft(
            path=self.path,
            domain=self.domain,
            make=self._make,
            nodes=self._all_nodes(),
            names=self.names,
            domains=(("/domain", self.domain), *((("/extends", self.extends),) if self.extends else ())),
            defines=ref if self.extends is None else None,
            extends=None if self.extends is None else ref,
        )

    def _make(self, refs: tuple[RoleRef, ...], load: Load) -> Role:
        return Role(
            domain=self.domain,
            id=self.id,
            description=self.description,
            extends=self.extends,
            inherits=refs,
            permissions=tuple(permission for permission, _, _ in self.permissions),
            managed_by=load.managed_by,
        )

    def _all_nodes(self) -> dict[str, Node]:
        nodes = {f"/inherits/{place}": name.node for place, name in enumerate(self.names)}
        for place, (_, resource, action) in enumerate(self.permissions):
            nodes[f"/permissions/{place}/resource"] = resource
            nodes[f"/permissions/{place}/action"] = action
        return {**self.nodes, **nodes}


def read_role_file(section: Section) -> Draft | None:
    """The role of a file of ``kind: role``."""
    return read_role(section, PLATFORM)


def read_role(section: Section, domain: str) -> Draft | None:
    """The role in ``section``, made in ``domain`` unless it says otherwise; ``None`` when it has no name."""
    role_id = section.text("id", required=True)
    made_in = section.text("domain") if section.get("domain") else domain
    extends = section.text("extends")
    description = section.prose("description") or ""
    names = tuple(read_role_names(section, "inherits"))
    permissions = tuple(_permissions(section))
    if role_id is None or made_in is None:
        return None
    nodes = section.nodes(id="id", domain="domain", description="description", extends="extends", inherits="inherits")
    return RoleText(
        path=section.notes.path,
        domain=made_in,
        id=role_id,
        description=description,
        extends=extends,
        names=names,
        permissions=permissions,
        nodes={"": nodes["/id"], **nodes},
    ).draft()


def read_role_names(section: Section, field: str, *, required: bool = False) -> Iterator[RoleName]:
    """The roles that a list names, those that could be read."""
    for node in section.items(field, required=required):
        name = read_role_name(section.notes, node)
        if name is not None:
            yield name


def read_role_name(notes: Notes, node: Node) -> RoleName | None:
    """The role that ``node`` names, by its id or by domain and id."""
    if not isinstance(node, MapNode):
        text = read_text(notes, node)
        return None if text is None else RoleName(id=text, node=node)
    section = Section(notes, node, ("domain", "id"))
    domain, role_id = section.text("domain", required=True), section.text("id", required=True)
    if domain is None or role_id is None:
        return None
    return RoleName(id=role_id, node=section.get("id") or node, domain=domain, domain_node=section.get("domain"))


def _permissions(section: Section) -> Iterator[tuple[Permission, Node, Node]]:
    """Each permission, one for each action, with the nodes of its resource and its action."""
    for node in section.items("permissions"):
        item = read_section(section.notes, node, ("resource", "actions", "effect"))
        if item is not None:
            yield from _permission(item)


def _permission(section: Section) -> Iterator[tuple[Permission, Node, Node]]:
    resource = section.text("resource", required=True)
    effect = section.word("effect", Effect, Effect.ALLOW)
    seen: set[str] = set()
    for node in section.items("actions", required=True):
        action = read_text(section.notes, node)
        if action is not None and action in seen:
            section.notes.add(node.place, f"the action {quoted(action)} twice", "expected it once")
        elif action is not None and resource is not None:
            seen.add(action)
            yield Permission(resource, action, effect), section.get("resource") or node, node
