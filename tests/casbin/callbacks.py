"""Callbacks of watchers."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, Queue
from typing import Final

SOON: Final = 5.0
SILENCE: Final = 0.3


class Called:
    """A callback that does something, and then tells with what it was called."""

    def __init__(self, then: Callable[[str], object] = str) -> None:
        self._calls: Queue[str] = Queue()
        self._then = then

    def __call__(self, revision: str) -> None:
        """The watcher calls."""
        try:
            self._then(revision)
        finally:
            self._calls.put(revision)

    def next(self) -> str:
        """The revision of the next call, once it is done."""
        return self._calls.get(timeout=SOON)

    def is_left_alone(self) -> bool:
        """Whether no call comes for a while."""
        try:
            self._calls.get(timeout=SILENCE)
        except Empty:
            return True
        return False
