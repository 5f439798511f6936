"""The policy as it was: snapshots of revisions that aren't the newest any more.

Those that were kept are there at once. Any other is made again from the newest checkpoint at or below it and the log
since, so that whoever got a revision from one process can go on with it at another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import PolicyUnavailableError
from enterprise_policy.state.chain import Keyring
from enterprise_service.follow.follower import Store
from enterprise_service.follow.rebuilding import rebuild

KEPT: Final = 16
"""So many snapshots are kept. They share with each other and with the newest all that is equal."""

WAIT_SECONDS: Final = 10.0
"""How long a caller waits for others whose revision is being made again."""


class Past:
    """See the module. Any thread may call it."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        """Nothing is kept yet."""
        self._store = store
        self._keyring = keyring
        self._kept: OrderedDict[int, Snapshot] = OrderedDict()
        self._keeping = threading.Lock()
        self._making = threading.Lock()

    def keep(self, snapshot: Snapshot) -> None:
        """Have ``snapshot`` at hand, in the place of the one that was wanted least lately."""
        with self._keeping:
            self._kept[snapshot.revision] = snapshot
            self._kept.move_to_end(snapshot.revision)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def at(self, log_id: str, revision: int) -> Snapshot:
        """The snapshot of ``revision`` of the log ``log_id``.

        Raises ``RevisionNotReachedError`` when there is no such revision, ``StoreUnavailableError`` when the store
        can't be asked or isn't trusted, ``PolicyUnavailableError`` when it takes too long.
        """
        found = self._find(log_id, revision)
        if found is not None:
            return found
        if not self._making.acquire(timeout=WAIT_SECONDS):
            raise PolicyUnavailableError("the revision could not be read in time")
        try:
            found = self._find(log_id, revision) or self._make(log_id, revision)
        finally:
            self._making.release()
        return found

    def _find(self, log_id: str, revision: int) -> Snapshot | None:
        with self._keeping:
            found = self._kept.get(revision)
        if found is None or found.state.log_id != log_id:
            return None
        self.keep(found)
        return found

    def _make(self, log_id: str, revision: int) -> Snapshot:
        snapshot = rebuild(self._store, self._keyring, log_id, revision)
        self.keep(snapshot)
        return snapshot
