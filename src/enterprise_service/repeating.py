"""Work that is done again and again beside everything else."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import Final

from enterprise_policy.errors import UnavailableError

_log = logging.getLogger(__name__)


JITTER: Final = 0.2
"""Each time comes up to this part of the interval early, so that processes don't all work at once."""


class Repeating:
    """Does ``work`` every ``seconds`` in a thread of its own; what it raises is logged, and the next time comes."""

    def __init__(self, name: str, seconds: float, work: Callable[[], object]) -> None:
        """Nothing runs yet."""
        self._name = name
        self._seconds = seconds
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first time is after ``seconds``, or a little earlier."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for what it is doing."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        chance = random.Random()  # noqa: S311 (spreads work, guards nothing)
        while not self._stopping.wait(self._seconds * chance.uniform(1 - JITTER, 1)):
            try:
                self._work()
            except UnavailableError as error:
                _log.warning("%s: %s", self._name, error)
            except Exception:  # noqa: BLE001 - the next time may go better
                _log.exception("%s met a fault of its own", self._name)
