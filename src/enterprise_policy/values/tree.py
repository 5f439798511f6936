"""The tree of domains: ``platform``, the organizations, and their clinics."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from rpds import HashTrieMap, HashTrieSet

from enterprise_policy.values.names import PLATFORM

DEPTH_LIMIT: Final = 8
"""How many domains a path may have, ``platform`` counted; roles on a chain of inheritance likewise."""


@dataclass(frozen=True, slots=True)
class DomainTree:
    """An immutable tree; every operation that changes it gives another and costs what it touches.

    It trusts its caller: what may be added, moved or removed is judged by ``state/invariants.py``.
    """

    parents: HashTrieMap[str, str] = field(default_factory=HashTrieMap)
    children: HashTrieMap[str, HashTrieSet[str]] = field(default_factory=HashTrieMap)

    def __contains__(self, domain: str) -> bool:
        """Whether ``domain`` exists."""
        return domain == PLATFORM or domain in self.parents

    def parent(self, domain: str) -> str | None:
        """The domain above ``domain``; ``None`` for ``platform`` and for what doesn't exist."""
        return self.parents.get(domain)

    def path(self, domain: str) -> tuple[str, ...]:
        """From ``domain`` up to ``platform``; empty when ``domain`` doesn't exist."""
        if domain not in self:
            return ()
        path = [domain]
        while (above := self.parents.get(path[-1])) is not None:
            path.append(above)
        return tuple(path)

    def is_within(self, domain: str, top: str) -> bool:
        """Whether ``domain`` is ``top`` or lies below it."""
        return top in self.path(domain)

    def children_of(self, domain: str) -> HashTrieSet[str]:
        """The domains right below ``domain``."""
        return self.children.get(domain) or HashTrieSet()

    def below(self, domain: str) -> Iterator[str]:
        """``domain`` and every domain below it, parents first."""
        waiting = [domain]
        while waiting:
            found = waiting.pop()
            yield found
            waiting.extend(self.children_of(found))

    def height(self, domain: str) -> int:
        """How many domains the longest path down from ``domain`` has, ``domain`` counted."""
        return 1 + max((self.height(child) for child in self.children_of(domain)), default=0)

    def with_domain(self, domain: str, parent: str) -> DomainTree:
        """The tree with ``domain`` below ``parent``, moved there if it was elsewhere; what is below it comes along."""
        cut = self.without(domain) if domain in self.parents else self
        siblings = cut.children_of(parent).insert(domain)
        return DomainTree(cut.parents.insert(domain, parent), cut.children.insert(parent, siblings))

    def without(self, domain: str) -> DomainTree:
        """The tree without the edge above ``domain``."""
        parent = self.parents[domain]
        siblings = self.children_of(parent).remove(domain)
        children = self.children.insert(parent, siblings) if siblings else self.children.remove(parent)
        return DomainTree(self.parents.remove(domain), children)
