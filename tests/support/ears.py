"""What was heard of hints, and waiting for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Ear:
    """Give it to ``listen``."""

    def __init__(self) -> None:
        """Nothing was heard yet."""
        self._heard: list[int | None] = []
        self._changed = threading.Condition()

    def __call__(self, revision: int | None) -> None:
        """Hear ``revision``."""
        with self._changed:
            self._heard.append(revision)
            self._changed.notify_all()

    @property
    def heard(self) -> list[int | None]:
        """All so far."""
        with self._changed:
            return list(self._heard)

    @property
    def revisions(self) -> list[int]:
        """The revisions among all so far."""
        return [revision for revision in self.heard if revision is not None]

    @property
    def missed(self) -> int:
        """How often it was told that hints may have been missed."""
        return self.heard.count(None)

    def hears(self, revision: int | None, seconds: float = 10.0) -> bool:
        """Whether ``revision`` was heard, or is within ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: revision in self._heard, seconds)

    def misses(self, times: int, seconds: float = 10.0) -> bool:
        """Whether it was told ``times`` times that hints may have been missed, or is within ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._heard.count(None) >= times, seconds)


def soon(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether ``holds`` says so now, or within ``seconds``."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
