"""The domain tree that a Casbin policy file means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.organization import Organization
from enterprise_policy.values.names import PLATFORM
from enterprise_service.bundles.casbin_rows import Row
from enterprise_service.bundles.document import ScalarNode
from enterprise_service.bundles.draft import Draft
from enterprise_service.bundles.faults import quoted
from enterprise_service.bundles.section import Notes
from enterprise_service.bundles.tenant_file import domain_draft

_DOMAIN_AT = {"p": (1,), "g": (2,), "g2": (0, 1)}


@dataclass(frozen=True, slots=True)
class Tree:
    """``mentioned`` says where each domain stands first, ``parents`` which domain is above each but `platform`."""

    mentioned: dict[str, ScalarNode]
    parents: dict[str, str]

    def drafts(self, path: str) -> Iterator[Draft]:
        """The organizations and clinics, called by their ids."""
        for domain, parent in self.parents.items():
            node = self.mentioned[domain]
            nodes = {"": node, "/id": node}
            fields = {"id": domain, "name": domain, "status": "active"}
            if parent == PLATFORM:
                yield domain_draft(path, Organization, fields, nodes)
            else:
                fields |= {"organization_id": self._top(domain), "parent_id": parent}
                yield domain_draft(path, Clinic, fields, nodes)

    def _top(self, domain: str) -> str:
        while self.parents[domain] != PLATFORM:
            domain = self.parents[domain]
        return domain


def read_tree(notes: Notes, rows: Sequence[Row]) -> Tree:
    """The tree of the `g2` rows, with each domain that the others mention; what makes it none is noted."""
    mentioned: dict[str, ScalarNode] = {}
    for row in rows:
        for place in _DOMAIN_AT[row.kind]:
            mentioned.setdefault(row.texts[place], row.values[place])
    edges = _edges(notes, rows)
    for domain in mentioned:
        _cut_cycle(notes, edges, domain)
    parents = {
        domain: edges[domain].text if domain in edges else PLATFORM for domain in mentioned if domain != PLATFORM
    }
    if any(row.texts[place] == PLATFORM for row in rows if row.kind != "g2" for place in _DOMAIN_AT[row.kind]):
        _refuse_loose(notes, mentioned, edges)
    return Tree(mentioned, parents)


def _edges(notes: Notes, rows: Sequence[Row]) -> dict[str, ScalarNode]:
    """Where the domain above each stands."""
    edges: dict[str, ScalarNode] = {}
    for row in rows:
        if row.kind != "g2":
            continue
        child, parent = row.values
        if child.text == PLATFORM:
            notes.add(child.place, "`platform` can't lie below another domain", "expected another domain")
            continue
        other = edges.setdefault(child.text, parent)
        if other.text != parent.text:
            expected = f"expected one domain above it; line {other.place.line} says {quoted(other.text)}"
            notes.add(parent.place, f"{quoted(child.text)} lies below two domains", expected)
    return edges


def _cut_cycle(notes: Notes, edges: dict[str, ScalarNode], domain: str) -> None:
    """Note it when ``domain`` lies below itself, and cut the cycle there, so that it is told once."""
    seen: set[str] = set()
    above = edges.get(domain)
    while above is not None and above.text not in seen:
        if above.text == domain:
            notes.add(edges.pop(domain).place, f"{quoted(domain)} lies below itself", "expected a tree")
            return
        seen.add(above.text)
        above = edges.get(above.text)


def _refuse_loose(notes: Notes, mentioned: dict[str, ScalarNode], edges: dict[str, ScalarNode]) -> None:
    """What is given at `platform` doesn't hold, for Casbin, where no `g2` row leads up to it; here it would."""
    for domain, node in mentioned.items():
        if domain != PLATFORM and domain not in edges:
            detail = f"no row says that {quoted(domain)} lies below `platform`, where this file gives something too"
            notes.add(node.place, detail, f"expected a row {quoted(f'g2, {domain}, {PLATFORM}')}")
