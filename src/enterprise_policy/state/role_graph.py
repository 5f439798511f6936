"""The graph of role inheritance as one domain sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from enterprise_policy.errors import CycleError, Fault, TooDeepError
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Role, RoleRef
from enterprise_policy.values.tree import DEPTH_LIMIT

Links = Mapping[RoleRef, tuple[RoleRef, ...]]


def roles_on(state: PolicyState, path: tuple[str, ...]) -> Iterator[Role]:
    """The roles and extensions made in the domains of ``path``."""
    return (versioned.record for domain in path for versioned in state.roles.items(domain))


def links_at(state: PolicyState, domain: str) -> Links:
    """What each role inherits directly in ``domain``: its own links and those that extensions add."""
    links: dict[RoleRef, tuple[RoleRef, ...]] = {}
    for role in roles_on(state, state.tree.path(domain)):
        links[role.ref] = links.get(role.ref, ()) + role.inherits
    return links


def reach(links: Links, start: RoleRef) -> dict[RoleRef, tuple[RoleRef, ...]]:
    """Each role that ``start`` has, itself included, with the shortest way there, from ``start`` on."""
    ways: dict[RoleRef, tuple[RoleRef, ...]] = {start: (start,)}
    waiting = [start]
    for found in waiting:
        for inherited in links.get(found, ()):
            if inherited not in ways:
                ways[inherited] = (*ways[found], inherited)
                waiting.append(inherited)
    return ways


def reached_from(state: PolicyState, roles: Iterable[RoleRef], path: tuple[str, ...]) -> set[RoleRef]:
    """``roles`` and each role that they have by what is made in the domains of ``path``.

    Costs what is reached, however many roles are made there.
    """
    reached = set(roles)
    waiting = list(reached)
    for ref in waiting:
        for role in state.role_records(ref, path):
            fresh = set(role.inherits) - reached
            reached |= fresh
            waiting.extend(fresh)
    return reached


def check_inheritance(state: PolicyState, domain: str) -> None:
    """Judge inheritance as ``domain`` and every domain below it see it.

    Raises ``CycleError`` or ``TooDeepError`` for the first domain in which roles contain themselves, or a chain has
    more than ``DEPTH_LIMIT`` roles. A domain whose own roles inherit nothing sees no chain that the one above doesn't.
    """
    links = _only_inheriting(links_at(state, domain))
    _check_links(links, domain)
    waiting = [(domain, links)]
    for above, seen_above in waiting:
        for below in state.tree.children_of(above):
            seen = _with_links_of(state, below, seen_above)
            if seen is not seen_above:
                _check_links(seen, below)
            waiting.append((below, seen))


def _only_inheriting(links: Links) -> Links:
    return {role: inherited for role, inherited in links.items() if inherited}


def _with_links_of(state: PolicyState, domain: str, links: Links) -> Links:
    """``links`` with those that the roles made in ``domain`` add; the very same when they add none."""
    made = [versioned.record for versioned in state.roles.items(domain) if versioned.record.inherits]
    if not made:
        return links
    found = dict(links)
    for role in made:
        found[role.ref] = found.get(role.ref, ()) + role.inherits
    return found


def _check_links(links: Links, domain: str) -> None:
    depths: dict[RoleRef, int] = {}
    for role in sorted(links):
        cycle = _measure(links, role, depths, ())
        if cycle:
            names = " > ".join(f"`{ref.id}`" for ref in cycle)
            detail = f"roles would inherit themselves in `{domain}`: {names}"
            raise CycleError(detail, faults=(Fault("/inherits", detail),))
        if depths[role] > DEPTH_LIMIT:
            detail = f"role `{role.id}` would be the first of more than {DEPTH_LIMIT} roles in `{domain}`"
            raise TooDeepError(detail, faults=(Fault("/inherits", detail),))


def _measure(
    links: Links, role: RoleRef, depths: dict[RoleRef, int], above: tuple[RoleRef, ...]
) -> tuple[RoleRef, ...]:
    """Note in ``depths`` how many roles the longest chain from ``role`` has; give a cycle if there is one.

    A chain is followed to twice the limit: what begins it is too deep by then, however it goes on.
    """
    if role in above:
        return (*above[above.index(role) :], role)
    if role in depths:
        return ()
    if len(above) >= 2 * DEPTH_LIMIT:
        depths[role] = 1
        return ()
    inherited = links.get(role, ())
    for ref in inherited:
        cycle = _measure(links, ref, depths, (*above, role))
        if cycle:
            return cycle
    depths[role] = 1 + max((depths[ref] for ref in inherited), default=0)
    return ()
