"""The state compiled for deciding: immutable, published by one reference, read without a lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from enterprise_policy.decide.compiled_role import CompiledRole
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Permission, RoleRef
from enterprise_policy.values.windows import Instant

V = TypeVar("V")

FOREVER: Final[Instant] = 2**63
"""Later than any moment; its negative is earlier than any."""


class Held(NamedTuple):
    """A role that a subject has from ``starts_at`` on and before ``ends_at``."""

    role: RoleRef
    starts_at: Instant
    ends_at: Instant


Holders: TypeAlias = Mapping[str, tuple[Held, ...]]
"""What each subject is given right at a domain."""

RoleTable: TypeAlias = Mapping[RoleRef, CompiledRole]
"""Each role that can be held at a domain, as that domain sees it."""


class Shard(NamedTuple):
    """A domain: its path up to ``platform``, whether it is out of service, and the domain whose role table it uses."""

    path: tuple[str, ...]
    suspended: bool
    roles_at: str


class Sharded(Generic[V]):
    """An immutable mapping from domains, split by hash so that a copy with few changes copies few entries.

    A change costs the square root of the size; a look-up is one of a plain dictionary.
    """

    __slots__ = ("_mask", "_parts")

    def __init__(self, entries: Mapping[str, V]) -> None:
        """A mapping with ``entries``."""
        count = 1
        while count * count < len(entries):
            count *= 2
        parts: list[dict[str, V]] = [{} for _ in range(count)]
        for key, value in entries.items():
            parts[hash(key) & (count - 1)][key] = value
        self._parts = tuple(parts)
        self._mask = count - 1

    def get(self, key: str) -> V | None:
        """The value of ``key``, or ``None``."""
        return self._parts[hash(key) & self._mask].get(key)

    def __iter__(self) -> Iterator[str]:
        """The keys, in no order."""
        return (key for part in self._parts for key in part)

    def __len__(self) -> int:
        """How many keys there are."""
        return sum(map(len, self._parts))

    def to_dict(self) -> dict[str, V]:
        """All entries."""
        return {key: value for part in self._parts for key, value in part.items()}

    def __eq__(self, other: object) -> bool:
        """Whether both have the same entries."""
        return isinstance(other, Sharded) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # equal by content, so never a key

    def changed(self, changes: Mapping[str, V | None]) -> Sharded[V]:
        """The mapping with ``changes``; ``None`` takes an entry out."""
        if not changes:
            return self
        parts = list(self._parts)
        for place in {hash(key) & self._mask for key in changes}:
            parts[place] = dict(parts[place])
        for key, value in changes.items():
            part = parts[hash(key) & self._mask]
            if value is None:
                part.pop(key, None)
            else:
                part[key] = value
        return self._resized(tuple(parts))

    def _resized(self, parts: tuple[dict[str, V], ...]) -> Sharded[V]:
        result: Sharded[V] = Sharded.__new__(Sharded)
        result._parts, result._mask = parts, self._mask
        grown = len(parts[0]) > 16 + 4 * len(parts)
        return Sharded(result.to_dict()) if grown else result


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What ``decide`` reads, and the state that it was compiled from.

    ``tables`` has a role table for ``platform`` and each domain that makes roles; ``holders`` has the domains where
    somebody is given one. ``pool`` finds a compiled role of the same permissions again, so that equal tenants share it.
    """

    state: PolicyState = field(compare=False, repr=False)
    shards: Sharded[Shard]
    tables: Sharded[RoleTable]
    holders: Sharded[Holders]
    pool: WeakValueDictionary[frozenset[Permission], CompiledRole] = field(compare=False, repr=False)

    @property
    def revision(self) -> int:
        """The revision that it decides at."""
        return self.state.revision
