"""Who does a chore now."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Leases(ABC):
    """Named rights to do a piece of background work, held for a time.

    1. At one moment at most one holder has a lease, by the store's reckoning.
    2. A lease whose time is over is anybody's. A holder must not rely on it for correctness: it may have been
       paused; what it writes has to be idempotent or conditional.
    3. Every driver error leaves as ``StoreUnavailableError``.
    """

    @abstractmethod
    def acquire(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew the lease ``name`` for ``seconds``. 4. ``False`` when another holder has it."""

    @abstractmethod
    def release(self, name: str, holder: str) -> None:
        """Give it back. 5. Does nothing when ``holder`` doesn't have it."""
