"""A role with all that it inherits, turned into look-ups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from enterprise_policy.state.role import ANY_ACTION, Effect, Permission
from enterprise_policy.values.names import MANAGEMENT
from enterprise_policy.values.patterns import EVERYTHING, Pattern, fits, parse_pattern

ALLOW: Final = 1
DENY: Final = 2
BITS: Final = {Effect.ALLOW: ALLOW, Effect.DENY: DENY}
"""Effects as bits, so that those of many permissions are joined by ``|``."""


class Shape(NamedTuple):
    """A path pattern with variable segments, and the effect of the permissions that have it."""

    pattern: Pattern
    effects: int


@dataclass(frozen=True, slots=True)
class ResourceIndex:
    """Finds the effects on a resource by its whole text, and by its first segment for the few patterns left.

    ``by_first`` has, for a first segment that some pattern fixes, all shapes to try; any other path tries ``rest``.
    Below ``/management/`` only ``managed`` is tried.
    """

    exact: dict[str, int]
    everything: int
    by_first: dict[str, tuple[Shape, ...]]
    rest: tuple[Shape, ...]
    managed: tuple[Shape, ...]

    def effects(self, resource: str) -> int:
        """The joined effects of the patterns that match ``resource``."""
        found = self.exact.get(resource, 0)
        if resource[0] != "/":
            return found | self.everything
        segments = resource[1:].split("/")
        if resource.startswith(MANAGEMENT):
            shapes = self.managed
        else:
            found |= self.everything
            shapes = self.by_first.get(segments[0], self.rest)
        for shape in shapes:
            if fits(shape.pattern, segments):
                found |= shape.effects
        return found


@dataclass(frozen=True, slots=True, weakref_slot=True)
class CompiledRole:
    """``by_action`` has each action that a permission names, the permissions on every action worked in."""

    by_action: dict[str, ResourceIndex]
    any_action: ResourceIndex | None

    def effects(self, resource: str, action: str) -> int:
        """The joined effects of the role's permissions on doing ``action`` to ``resource``."""
        index = self.by_action.get(action, self.any_action)
        return 0 if index is None else index.effects(resource)


def compile_role(permissions: frozenset[Permission]) -> CompiledRole:
    """The look-ups for ``permissions``, which are those of a role and of all that it inherits somewhere."""
    named = {permission.action for permission in permissions} - {ANY_ACTION}
    general = [permission for permission in permissions if permission.action == ANY_ACTION]
    by_action = {
        action: _index([*general, *(p for p in permissions if p.action == action)]) for action in sorted(named)
    }
    return CompiledRole(by_action, _index(general) if general else None)


def _index(permissions: Iterable[Permission]) -> ResourceIndex:
    joined: dict[str, int] = {}
    for permission in permissions:
        joined[permission.resource] = joined.get(permission.resource, 0) | BITS[permission.effect]
    shapes = {
        text: Shape(parse_pattern(text), joined[text]) for text in sorted(joined) if text[0] == "/" and _varies(text)
    }
    rest = tuple(shape for shape in shapes.values() if _first(shape) is None)
    firsts = {first for first in map(_first, shapes.values()) if first is not None}
    return ResourceIndex(
        exact={text: effects for text, effects in joined.items() if text not in shapes and text != EVERYTHING},
        everything=joined.get(EVERYTHING, 0),
        by_first={first: (*(s for s in shapes.values() if _first(s) == first), *rest) for first in sorted(firsts)},
        rest=rest,
        managed=tuple(shape for text, shape in shapes.items() if text.startswith(MANAGEMENT)),
    )


def _varies(path: str) -> bool:
    pattern = parse_pattern(path)
    return pattern.open_ended or None in pattern.segments


def _first(shape: Shape) -> str | None:
    return shape.pattern.segments[0] if shape.pattern.segments else None
