"""What the names in policy files refer to, once the files are loaded on a state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.document import Node
from enterprise_service.bundles.draft import Bundle, Draft, Load, Named, RoleName
from enterprise_service.bundles.faults import FileFault, nearest, quoted
from enterprise_service.bundles.section import choice


@dataclass(frozen=True, slots=True)
class Scope:
    """The domains and roles that there will be.

    ``parents`` are the bundle's domains, with the one above each; ``defined`` its roles. What the state has besides
    is there too, but for ``gone``: domains and roles of an earlier load that the files don't have any more.
    """

    state: PolicyState
    parents: dict[str, str]
    defined: frozenset[RoleRef]
    gone: frozenset[Named]
    unread: frozenset[str]

    def path(self, domain: str) -> tuple[str, ...]:
        """From ``domain`` up to ``platform``, as far as it exists; empty when ``domain`` doesn't."""
        path: list[str] = []
        at: str | None = domain
        while at is not None and at not in path and self._has_domain(at):
            path.append(at)
            at = self.parents.get(at) or self.state.tree.parent(at)
        return tuple(path)

    def misplaced(self, draft: Draft) -> tuple[str, FileFault] | None:
        """The first name by which ``draft`` is made where it can't be, an unknown domain or role, and its fault."""
        for pointer, domain in draft.domains:
            if not self._has_domain(domain):
                return domain, self._unknown_domain(draft, draft.node(pointer), domain)
        ref = draft.extends
        if ref is None or self._has_role(ref):
            return None
        expected = f"expected a role made at {quoted(ref.domain)}, to which this is added"
        hint = nearest(ref.id, self._role_ids(ref.domain))
        return ref.id, draft.fault("/id", f"unknown role {quoted(ref.id)}", expected, hint)

    def resolve(self, draft: Draft, name: RoleName) -> RoleRef | FileFault | None:
        """The role that ``name`` means in ``draft``, or the fault that it means none.

        ``None`` in a domain that doesn't exist: no role can be known there.
        """
        path = self.path(draft.domain)
        if not path:
            return None
        made_at = [domain for domain in path if name.domain in (None, domain)]
        refs = (RoleRef(domain, name.id) for domain in made_at)
        found = next((ref for ref in refs if self._has_role(ref)), None)
        return found or self._name_fault(draft, name, path)

    def _name_fault(self, draft: Draft, name: RoleName, path: tuple[str, ...]) -> FileFault:
        if name.domain is not None and not self._has_domain(name.domain):
            return self._unknown_domain(draft, name.domain_node or name.node, name.domain)
        if name.domain is not None and name.domain not in path:
            place = (name.domain_node or name.node).place
            detail = f"a role made at {quoted(name.domain)} can't be used at {quoted(draft.domain)}"
            return FileFault.at(draft.path, place, detail, choice(path), nearest(name.domain, path))
        made_at = path if name.domain is None else (name.domain,)
        known = [role_id for domain in made_at for role_id in self._role_ids(domain)]
        expected = choice(made_at).replace("expected", "expected a role made at", 1)
        detail = f"unknown role {quoted(name.id)}"
        return FileFault.at(draft.path, name.node.place, detail, expected, nearest(name.id, known))

    def _unknown_domain(self, draft: Draft, node: Node, domain: str) -> FileFault:
        expected = "expected the id of an organization or clinic, or `platform`"
        hint = nearest(domain, self._domains())
        return FileFault.at(draft.path, node.place, f"unknown domain {quoted(domain)}", expected, hint)

    def _has_domain(self, domain: str) -> bool:
        return domain in self.parents or (domain in self.state.tree and domain not in self.gone)

    def _has_role(self, ref: RoleRef) -> bool:
        return ref in self.defined or (self.state.role(ref) is not None and ref not in self.gone)

    def _domains(self) -> Iterator[str]:
        yield from self.parents
        yield from (domain for domain in self.state.tree.below(PLATFORM) if domain not in self.gone)

    def _role_ids(self, domain: str) -> Iterator[str]:
        yield from (ref.id for ref in self.defined if ref.domain == domain)
        stored = (versioned.record for versioned in self.state.roles.items(domain))
        yield from (role.id for role in stored if role.extends is None and role.ref not in self.gone)


def scope_of(state: PolicyState, bundle: Bundle, load: Load) -> Scope:
    """The scope of ``bundle`` loaded on ``state``.

    Samples change no record that is there, so they don't move a domain either.
    """
    defined = frozenset(draft.defines for draft in bundle.drafts if isinstance(draft.defines, RoleRef))
    parents = dict(bundle.domains)
    if load.managed_by is None:
        parents = {domain: above for domain, above in parents.items() if domain not in state.tree}
        return Scope(state, parents, defined, frozenset(), bundle.unread)
    gone = frozenset(_gone(state, parents, defined, load.managed_by))
    return Scope(state, parents, defined, gone, bundle.unread)


def _gone(state: PolicyState, parents: dict[str, str], defined: frozenset[RoleRef], managed_by: str) -> Iterator[Named]:
    """The domains and roles of the bundle ``managed_by`` that it doesn't make any more."""
    for table in (state.organizations, state.clinics):
        for domain in table:
            if domain.record.managed_by == managed_by and domain.record.id not in parents:
                yield domain.record.id
    for role in state.roles:
        if role.record.managed_by == managed_by and role.record.extends is None and role.record.ref not in defined:
            yield role.record.ref
