"""A process of its own that makes a pass of the export, and stops itself in the middle of its writes.

Says `paused` before its second write, at which it stops until it is told to go on; then what came of the pass.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from enterprise_adapters.memory import MemoryCheckpoints
from enterprise_adapters.mongo import MongoChangeLog, MongoDatabase, MongoLeases, MongoPolicyExport
from enterprise_adapters.system_clock import SystemClock
from enterprise_service.chores.policy_export import PolicyExportChore
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.ports.policy_export import Row, Rule
from tests.support.logs import MODEL_READ
from tests.support.policies import KEYRING
from tests.support.store_process import LONGEST_SECONDS, say

BATCH: Final = 2


class PausedExport(MongoPolicyExport):
    """Stops its process right before its second write, when nothing can keep that from being sent any more."""

    writes = 0

    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        """See the port."""
        self.writes += 1
        if self.writes == 2:
            say("paused")
            os.kill(os.getpid(), signal.SIGSTOP)
        return super().write(number, removed, added)


def make_pass(uri: str) -> None:
    """Make it, in small batches."""
    clock = SystemClock()
    with closing(MongoDatabase(uri, make=False)) as database:
        store = Store(log=MongoChangeLog(database), checkpoints=MemoryCheckpoints())
        follower = Follower(store, KEYRING, clock, MODEL_READ)
        export, leases = PausedExport(database), MongoLeases(database, clock)
        follower.catch_up()
        say(PolicyExportChore(follower, export, leases, clock).run("paused", BATCH))


if __name__ == "__main__":
    signal.alarm(LONGEST_SECONDS)
    make_pass(sys.argv[1])
