"""When API keys were last used, in a dictionary."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from enterprise_policy.values.windows import Instant
from enterprise_service.ports.key_use import KeyUse


class MemoryKeyUse(KeyUse):
    """Shared by the threads of one process; each instance is a store of its own."""

    def __init__(self) -> None:
        self._kept: dict[str, Instant] = {}
        self._lock = threading.Lock()

    def note(self, uses: Mapping[str, Instant]) -> None:
        with self._lock:
            for key_id, at in uses.items():
                self._kept[key_id] = max(at, self._kept.get(key_id, at))

    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        with self._lock:
            return {key_id: self._kept[key_id] for key_id in key_ids if key_id in self._kept}
