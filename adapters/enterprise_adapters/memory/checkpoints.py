"""Checkpoints in a dictionary."""

from __future__ import annotations

import threading

from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints


class MemoryCheckpoints(Checkpoints):
    """Shared by the threads of one process; each instance is a store of its own."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Checkpoint] = {}
        self._lock = threading.Lock()

    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        with self._lock:
            revisions = [
                revision for log, revision in self._kept if log == log_id and (at_most is None or revision <= at_most)
            ]
            return self._kept[log_id, max(revisions)] if revisions else None

    def write(self, checkpoint: Checkpoint) -> None:
        with self._lock:
            self._kept.setdefault((checkpoint.log_id, checkpoint.revision), checkpoint)

    def close(self) -> None:
        """Nothing is held."""
