"""The ``Idempotency-Key``s of the last 24 hours of log time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rpds import HashTrieMap

from enterprise_policy.state.change import Change
from enterprise_policy.values.windows import DAY, Instant

KEPT_FOR: Final = DAY


class Remembered(NamedTuple):
    """A key's request and what came of it: the change of ``revision``, made at ``at``."""

    actor: str
    key: str
    digest: str
    revision: int
    at: Instant


@dataclass(frozen=True, slots=True)
class IdempotencyKeys:
    """Immutable. ``by_key`` finds, ``by_revision`` forgets: each change makes at most one key, in order."""

    by_key: HashTrieMap[tuple[str, str], Remembered] = field(default_factory=HashTrieMap)
    by_revision: HashTrieMap[int, Remembered] = field(default_factory=HashTrieMap)
    oldest: int = 0

    def find(self, actor: str, key: str) -> Remembered | None:
        """What ``actor`` did with ``key``."""
        return self.by_key.get((actor, key))

    def __iter__(self) -> Iterator[Remembered]:
        """All that is kept, oldest first."""
        return (self.by_revision[revision] for revision in sorted(self.by_revision))

    def after(self, change: Change) -> IdempotencyKeys:
        """What is kept once ``change`` is made."""
        kept = self._forget(change.at - KEPT_FOR, change.revision)
        if change.idempotency is None:
            return kept
        idempotency = change.idempotency
        return kept.with_key(Remembered(change.actor, idempotency.key, idempotency.digest, change.revision, change.at))

    def with_key(self, remembered: Remembered) -> IdempotencyKeys:
        """What is kept with ``remembered``, the newest."""
        return IdempotencyKeys(
            self.by_key.insert((remembered.actor, remembered.key), remembered),
            self.by_revision.insert(remembered.revision, remembered),
            self.oldest,
        )

    def _forget(self, before: Instant, revision: int) -> IdempotencyKeys:
        """Drop what is older than ``before``, stepping on from the oldest; each revision is passed once."""
        by_key, by_revision, oldest = self.by_key, self.by_revision, self.oldest
        while oldest < revision:
            found = by_revision.get(oldest)
            if found is not None:
                if found.at >= before:
                    break
                by_revision = by_revision.remove(oldest)
                by_key = by_key.discard((found.actor, found.key))
            oldest += 1
        return IdempotencyKeys(by_key, by_revision, oldest)
