"""Takes away what unfinished appends have left in the store."""

from __future__ import annotations

import logging
from typing import Final

from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.leases import Leases

LEASE: Final = "sweep"
SWEEP_SECONDS: Final = 600.0
"""How often a process looks."""

_log = logging.getLogger(__name__)


class SweepChore:
    """Call ``run`` now and then."""

    def __init__(self, log: ChangeLog, leases: Leases) -> None:
        """Nothing is read yet."""
        self._log = log
        self._leases = leases

    def run(self, holder: str) -> int:
        """Sweep, unless another process does; of how many appends something was left. Raises ``UnavailableError``."""
        if not self._leases.acquire(LEASE, holder, SWEEP_SECONDS):
            return 0
        try:
            swept = self._log.sweep()
        finally:
            self._leases.release(LEASE, holder)
        if swept:
            _log.info("what %d unfinished appends had left was taken away", swept)
        return swept
