"""Checks now and then that what was made change by change is what the log says."""

from __future__ import annotations

import logging
from typing import Final

from enterprise_policy.state.chain import Keyring
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.follow.rebuilding import is_same, rebuild

REBUILD_SECONDS: Final = 6 * 3600.0
"""How often a process does it: a large policy takes its time."""

_log = logging.getLogger(__name__)


class RebuildChore:
    """Call ``run`` now and then, in each process: each has made its snapshot itself."""

    def __init__(self, follower: Follower, store: Store, keyring: Keyring) -> None:
        """Nothing is read yet."""
        self._follower = follower
        self._store = store
        self._keyring = keyring

    def run(self) -> bool:
        """Make the present snapshot anew; whether the one in use differed, and was replaced by it.

        Raises ``UnavailableError`` when the store can't be asked.
        """
        current = self._follower.current
        if current is None:
            return False
        rebuilt = rebuild(self._store, self._keyring, current.state.log_id, current.revision)
        if is_same(current, rebuilt):
            return False
        _log.error("the policy in use isn't what the log says at revision %d", current.revision)
        self._follower.replace(rebuilt)
        return True
