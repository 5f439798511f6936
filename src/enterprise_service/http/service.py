"""What the HTTP side is made from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from enterprise_service.follow.follower import Follower
from enterprise_service.http.edge.caller import Credentials
from enterprise_service.ports.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process's service, ready to be asked.

    ``store`` is what readiness calls the store; ``decides`` and ``manages`` say which paths there are.
    """

    follower: Follower
    credentials: Credentials
    clock: Clock
    max_staleness: float
    version: str
    store: str = "sqlite"
    decides: bool = True
    manages: bool = True


OpenService: TypeAlias = Callable[[], AbstractContextManager[Service]]
"""Makes a process's service, with its threads and connections, and takes it down again."""
