"""What the HTTP side is made from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from enterprise_policy.state.chain import Keyring
from enterprise_service.administer.commit import Commit
from enterprise_service.chores.key_use import KeyUses
from enterprise_service.follow.follower import Follower
from enterprise_service.http.edge.credentials import Credentials
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.checkpoints import Checkpoints
from enterprise_service.ports.clock import Clock
from enterprise_service.ports.hints import Hints

if TYPE_CHECKING:
    # Never when a process is prepared: `prometheus_client` looks for its folder when it is imported.
    from enterprise_service.http.operations.store_metrics import StoreMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process's service, ready to be asked.

    ``log`` and ``checkpoints`` are what ``follower`` reads, ``commit`` the way to write, which a process that doesn't
    manage has not. ``keyring`` signs what callers bring back, ``key_use`` knows when API keys were used. ``store`` is
    what readiness calls the store, ``store_metrics`` what its driver does; ``hints`` are ``None`` where processes only
    poll. ``decides`` and ``manages`` say which paths there are.
    """

    follower: Follower
    log: ChangeLog
    checkpoints: Checkpoints
    keyring: Keyring
    key_use: KeyUses
    credentials: Credentials
    clock: Clock
    max_staleness: float
    version: str
    commit: Commit | None = None
    hints: Hints | None = None
    store: str = "sqlite"
    store_metrics: StoreMetrics | None = None
    decides: bool = True
    manages: bool = True


OpenService: TypeAlias = Callable[[], AbstractContextManager[Service]]
"""Makes a process's service, with its threads and connections, and takes it down again."""
