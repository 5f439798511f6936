"""Two sets of permissions: is something allowed by one that the other doesn't allow?

The question has a direction and knows nothing of it: asked the other way round, it finds what is lost.

A pattern is also a resource: the one that fewest others match. In a question ``:name`` and ``*`` are segments like any
other, and no pattern can fix them, so whatever matches them matches every segment in their place. Hence a right that
appears for some resource appears for a pattern read as a resource: that of an allow after, where nothing was allowed
before, or what it has in common with a deny before. Only how long a path is remains to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from enterprise_policy.state.role import ANY_ACTION, Effect, Permission
from enterprise_policy.values.patterns import ANY_SEGMENT, common, covers, matches, overlaps

LOOKS: Final = 500_000
"""How many patterns may be looked at, each as often as it is: about a second, for which other writers wait."""

ALLOWED_BEFORE: Final = 1
DENIED_BEFORE: Final = 2
ALLOWED_AFTER: Final = 4
DENIED_AFTER: Final = 8
BEFORE: Final = {Effect.ALLOW: ALLOWED_BEFORE, Effect.DENY: DENIED_BEFORE}
AFTER: Final = {Effect.ALLOW: ALLOWED_AFTER, Effect.DENY: DENIED_AFTER}

_Named: TypeAlias = Mapping[str, Sequence[tuple[str, int]]]
"""By action: patterns, each with an effect before or after."""


class Witness(NamedTuple):
    """A question that is allowed by one set and not by another; it reads like a permission.

    The action ``*`` is one that no permission names: in a question it is an action like any other, as ``:name`` and
    ``*`` are segments like any other.
    """

    resource: str
    action: str


@dataclass(slots=True)
class Looks:
    """How many more looks there are, for one comparison or for several."""

    left: int

    def spent(self, count: int) -> bool:
        """Whether ``count`` more are too many."""
        self.left -= count
        return self.left < 0


def appears(before: frozenset[Permission], after: frozenset[Permission], looks: Looks | None = None) -> Witness | None:
    """What ``after`` allows and ``before`` doesn't; ``None`` when there is no such thing.

    A deny beats every allow of its set. What takes more than ``looks``, or ``LOOKS``, to find out counts as appearing:
    what can't be shown to be no gain is one. How long a resource may be is left aside.
    """
    if before == after:
        return None
    looks = Looks(LOOKS) if looks is None else looks
    named = _by_action(before, after)
    by_action: dict[str, _Effects] = {}
    for pattern, action in _to_compare(before, after):
        if action not in by_action:
            looks.spent(len(named.get(ANY_ACTION, ())))
            by_action[action] = _on_action(named, action)
        resource = by_action[action].gained(pattern, looks)
        if resource is not None:
            return Witness(resource, action)
    return None


def _to_compare(before: Iterable[Permission], after: Iterable[Permission]) -> Iterator[tuple[str, str]]:
    """Each pattern allowed after, with the actions to look at.

    Of one allowed for every action these are one that nobody names, and those denied before: any other action has
    the same denies before, and more permissions that tell against a gain.
    """
    denied = sorted({p.action for p in before if p.effect is Effect.DENY} - {ANY_ACTION})
    for permission in sorted(after):
        if permission.effect is Effect.ALLOW:
            actions = (ANY_ACTION, *denied) if permission.action == ANY_ACTION else (permission.action,)
            yield from ((permission.resource, action) for action in actions)


@dataclass(frozen=True, slots=True)
class _Effects:
    """The joined effects, on one action, of each pattern; ``freed`` are those denied before and not after."""

    joined: Mapping[str, int]
    freed: tuple[str, ...]

    def gained(self, pattern: str, looks: Looks) -> str | None:
        """A resource of ``pattern``, which is allowed after, that is gained; ``None`` when there is none.

        ``pattern`` itself, or what is tried just then, when there are no ``looks`` left.
        """
        if looks.spent(1 + len(self.freed)):
            return pattern
        if not self._may_give(pattern):
            return None
        near = {text: bits for text, bits in self.joined.items() if overlaps(text, pattern)}
        looks.spent(len(self.joined))
        tried = _to_try(near, pattern)
        return next((r for r in tried if looks.spent(len(near)) or _is_gained(near, r)), None)

    def _may_give(self, pattern: str) -> bool:
        """Whether it is new, or something in it was denied and isn't any more."""
        if self.joined[pattern] & DENIED_AFTER:
            return False
        return not self.joined[pattern] & ALLOWED_BEFORE or any(overlaps(freed, pattern) for freed in self.freed)


def _by_action(before: Iterable[Permission], after: Iterable[Permission]) -> _Named:
    """The patterns of both, each with what it does, by the action that its permission names."""
    named: dict[str, list[tuple[str, int]]] = {}
    for permissions, bits in ((before, BEFORE), (after, AFTER)):
        for permission in permissions:
            named.setdefault(permission.action, []).append((permission.resource, bits[permission.effect]))
    return named


def _on_action(named: _Named, action: str) -> _Effects:
    joined: dict[str, int] = {}
    for each in {ANY_ACTION, action}:
        for pattern, bits in named.get(each, ()):
            joined[pattern] = joined.get(pattern, 0) | bits
    return _Effects(joined, tuple(sorted(text for text, bits in joined.items() if _is_freed(bits))))


def _is_freed(bits: int) -> bool:
    return bits & (DENIED_BEFORE | DENIED_AFTER) == DENIED_BEFORE


def _to_try(near: Mapping[str, int], pattern: str) -> Iterator[str]:
    """Resources of ``pattern``: if anything in it is gained, one of these is.

    ``near`` has the effects of what overlaps ``pattern``.
    """
    if any(bits & DENIED_AFTER and covers(text, pattern) for text, bits in near.items()):
        return
    longest = max(text.count("/") for text in near)
    if not near[pattern] & ALLOWED_BEFORE:
        yield from _of_each_length(pattern, longest)
    for text in sorted(near):
        shared = common(text, pattern) if _is_freed(near[text]) else None
        if shared is not None:
            yield from _of_each_length(shared, longest)


def _of_each_length(pattern: str, longest: int) -> Iterator[str]:
    """``pattern`` as a resource; if it is a path that goes on, also longer ones, to one segment more than ``longest``.

    The pattern ``*`` needs no more than the resource ``*``: no other pattern matches that.
    """
    yield pattern
    while pattern.endswith("/*") and pattern.count("/") <= longest:
        pattern = f"{pattern[:-1]}{ANY_SEGMENT}/*"
        yield pattern


def _is_gained(near: Mapping[str, int], resource: str) -> bool:
    effects = 0
    for pattern, bits in near.items():
        if matches(pattern, resource):
            effects |= bits
    allowed = effects & (ALLOWED_AFTER | DENIED_AFTER) == ALLOWED_AFTER
    return allowed and effects & (ALLOWED_BEFORE | DENIED_BEFORE) != ALLOWED_BEFORE
