"""How far the caller's sight reaches, in whole subtrees."""

from __future__ import annotations

from enterprise_service.administer.rights import Right
from enterprise_service.administer.scene import Scene


def tops_within(scene: Scene, right: Right, domain: str | None = None) -> tuple[str, ...]:
    """The highest domains in which the caller holds ``right``; of ``domain`` and those below it, if one is given.

    They lie side by side, and ``right`` is held in all below them. None for a domain that doesn't exist.
    """
    tops = scene.rights.tops(right)
    if domain is None:
        return tuple(tops)
    tree = scene.state.tree
    if any(tree.is_within(domain, top) for top in tops):
        return (domain,)
    return tuple(top for top in tops if tree.is_within(top, domain))
