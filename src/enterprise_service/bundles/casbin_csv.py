"""A plain Casbin policy file as a bundle that means exactly the same.

What Casbin's model says without saying it is written out:

- `g2` rows are the tree: what lies right below `platform` is an organization, what lies deeper a clinic. A domain
  without such a row is an organization.
- Each name that is a role (the subject of a `p` row, the right side of a `g` row) becomes a role made at `platform`.
  What it holds at a domain below is an extension there, and so is what it inherits by a `g` row between two roles.
- Casbin's `g` is reflexive: a subject called like a role has that role. So each role is assigned, at `platform`, to
  the subject of its name, but for names that begin with `role:`, which no subject can have.
- `role:<domain>/<id>`, as our own export writes roles, is the role of that id made at that domain. A built-in role
  has to hold in the file just what it holds in the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from enterprise_policy.decide.casbin_form import ROLE_PREFIX
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.role import Effect, Permission, RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.casbin_grammar import Grammar, role_names, role_ref
from enterprise_service.bundles.casbin_rows import Row, read_rows
from enterprise_service.bundles.casbin_tree import read_tree
from enterprise_service.bundles.document import Node, ScalarNode
from enterprise_service.bundles.draft import Bundle, Draft, RoleName
from enterprise_service.bundles.faults import quoted
from enterprise_service.bundles.role_file import RoleText
from enterprise_service.bundles.section import Notes
from enterprise_service.bundles.tenant_file import assignment_maker

_BUILT_IN = {role.ref: frozenset(role.permissions) for role in BUILT_IN_ROLES}


def parse_casbin_csv(text: str, *, patterns: bool, path: str = "policy.csv") -> Bundle:
    """The bundle that means what the Casbin policy ``text`` means under the model of `policies/model.conf`.

    Without ``patterns`` resources and actions are compared as they are, as a plain Casbin model does it, and those
    that would be read as patterns here are faults. With it they are patterns, as in our own export. Faults are in
    the bundle, as with other files; ``path`` is the name by which they call this one.
    """
    notes = Notes(path)
    rows = tuple(read_rows(notes, text))
    roles = role_names(rows)
    grammar = Grammar(notes, roles, patterns=patterns)
    fine = [row for row in rows if grammar.holds(row)]
    tree = read_tree(notes, fine)
    meaning = _Meaning(notes, roles)
    for row in fine:
        meaning.add(row)
    drafts = (*tree.drafts(path), *meaning.drafts())
    return Bundle(drafts=drafts, domains=tree.parents, faults=tuple(notes.faults))


@dataclass(slots=True)
class _Held:
    """What a role holds and inherits at one domain; ``node`` says where it is told first."""

    node: ScalarNode
    permissions: dict[Permission, tuple[ScalarNode, ScalarNode]] = field(default_factory=dict)
    inherits: dict[RoleRef, ScalarNode] = field(default_factory=dict)


class _Meaning:
    """Roles and assignments, gathered row by row. ``roles`` are the names that are roles."""

    def __init__(self, notes: Notes, roles: frozenset[str]) -> None:
        self._notes = notes
        self._roles = roles
        self._named: dict[RoleRef, ScalarNode] = {}
        self._held: dict[tuple[RoleRef, str], _Held] = {}
        self._given: dict[tuple[str, RoleRef, str], Row] = {}

    def add(self, row: Row) -> None:
        """Take one more row in; those that say the same again add nothing."""
        if row.kind == "p":
            resource, action = row.values[2:4]
            permission = Permission(resource.text, action.text, Effect((*row.texts, "allow")[4]))
            held = self._at(row.values[0], row.values[1])
            held.permissions.setdefault(permission, (resource, action))
        elif row.kind == "g":
            self._add_link(*row.values, row=row)

    def _add_link(self, member: ScalarNode, role: ScalarNode, domain: ScalarNode, *, row: Row) -> None:
        ref = self._name(role)
        if member.text not in self._roles:
            self._given.setdefault((member.text, ref, domain.text), row)
        elif self._name(member) != ref:
            self._at(member, domain).inherits.setdefault(ref, role)

    def _name(self, node: ScalarNode) -> RoleRef:
        """The role that ``node`` names, which is there from now on."""
        ref = role_ref(node.text)
        first = self._named.setdefault(ref, node)
        if first.text != node.text:
            detail = f"{quoted(node.text)} and {quoted(first.text)} would be the same role here"
            self._notes.add(node.place, detail, "expected one name for one role")
        self._held.setdefault((ref, ref.domain), _Held(first))
        return ref

    def _at(self, role: ScalarNode, domain: ScalarNode) -> _Held:
        return self._held.setdefault((self._name(role), domain.text), _Held(domain))

    def drafts(self) -> Iterator[Draft]:
        """The records to be."""
        for (ref, domain), held in self._held.items():
            if ref not in _BUILT_IN:
                yield self._role(ref, domain, held)
        self._compare_built_in()
        for (subject, ref, domain), row in self._given.items():
            yield self._assignment(subject, ref, domain, row.values)
        for ref, node in self._named.items():
            if not node.text.startswith(ROLE_PREFIX):
                yield self._assignment(node.text, ref, PLATFORM, (node, node, node))

    def _role(self, ref: RoleRef, domain: str, held: _Held) -> Draft:
        named = self._named[ref]
        return RoleText(
            path=self._notes.path,
            domain=domain,
            id=ref.id,
            extends=None if domain == ref.domain else ref.domain,
            names=tuple(
                RoleName(id=inherited.id, domain=inherited.domain, node=node)
                for inherited, node in held.inherits.items()
            ),
            permissions=tuple((permission, *nodes) for permission, nodes in held.permissions.items()),
            nodes={"": held.node, "/id": named, "/domain": held.node, "/extends": held.node},
        ).draft()

    def _assignment(self, subject: str, ref: RoleRef, domain: str, nodes: Sequence[Node]) -> Draft:
        member, role, where = nodes
        return Draft(
            path=self._notes.path,
            domain=domain,
            make=assignment_maker(domain, subject),
            nodes={"": member, "/subject": member, "/role": role, "/domain": where},
            names=(RoleName(id=ref.id, domain=ref.domain, node=role),),
            domains=(("/domain", domain),),
        )

    def _compare_built_in(self) -> None:
        """Note each built-in role that holds something else in the file than in the program."""
        for ref, permissions in _BUILT_IN.items():
            told = {domain: held for (role, domain), held in self._held.items() if role == ref}
            own = told.pop(PLATFORM, None)
            if own is not None and (told or own.inherits or own.permissions.keys() != permissions):
                detail = f"the built-in role {quoted(ref.id)} holds something else than these rows say"
                expected = "expected just what it holds, as an export of this program has it"
                self._notes.add(self._named[ref].place, detail, expected)
