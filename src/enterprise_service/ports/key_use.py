"""When API keys were last used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from enterprise_policy.values.windows import Instant


class KeyUse(ABC):
    """A help for people who look for keys that nobody needs; nothing else depends on it.

    1. For each key the latest moment that was noted is kept, in whatever order they come.
    2. No moment is a change: the log of changes stays as it is.
    3. Every driver error leaves as ``StoreUnavailableError`` or ``StoreRefusedError``.
    4. One instance may be used by many threads at once.
    """

    @abstractmethod
    def note(self, uses: Mapping[str, Instant]) -> None:
        """Keep when each key, by its id, was used."""

    @abstractmethod
    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        """When each of ``key_ids``, however many, was last used. 5. One of which nothing is known is left out."""
