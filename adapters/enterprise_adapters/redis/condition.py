"""Whether hints go out and come in, as the threads that send and hear them find it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from enterprise_adapters.redis.trouble import SILENT, sentence

_KEPT_BEATS: Final = 8

_log = logging.getLogger(__name__)


class Part(Enum):
    """The two ways, each on a connection of its own."""

    SENDING = auto()
    HEARING = auto()


class Condition:
    """Judged when it is asked for: a part that has shown nothing for ``patience`` seconds is in trouble by that alone.

    Any thread may call any method. Trouble is logged when it begins and when it ends, not in between.
    """

    def __init__(self, patience: float, masked: Callable[[str], str]) -> None:
        """``masked`` takes out of the driver's words what nobody may read."""
        self._patience = patience
        self._masked = masked
        self._proved: dict[Part, float] = {}
        self._failed: dict[Part, str] = {}
        self._in_trouble = False
        self._lock = threading.Lock()

    def begins(self, part: Part) -> None:
        """``part`` has begun, and has shown nothing yet."""
        with self._lock:
            self._proved[part] = time.monotonic()

    def works(self, part: Part) -> None:
        """``part`` has just shown that it works."""
        with self._lock:
            self._proved[part] = time.monotonic()
            self._failed.pop(part, None)
            self._tell()

    def fails(self, part: Part, error: Exception) -> None:
        """``part`` met ``error``; so it stays until ``part`` works."""
        with self._lock:
            self._failed[part] = sentence(error)
            self._tell(error)

    def trouble(self) -> str | None:
        """What is wrong now, as a public sentence."""
        with self._lock:
            return self._trouble()

    def _trouble(self) -> str | None:
        if self._failed:
            return next(iter(self._failed.values()))
        silent_since = time.monotonic() - self._patience
        return SILENT if any(proved <= silent_since for proved in self._proved.values()) else None

    def _tell(self, error: Exception | None = None) -> None:
        trouble = self._trouble()
        if trouble is not None and not self._in_trouble:
            _log.warning("hints are in trouble: %s", trouble, extra={"driver_error": self._words(error)})
        elif trouble is None and self._in_trouble:
            _log.info("hints arrive again")
        self._in_trouble = trouble is not None

    def _words(self, error: Exception | None) -> str:
        return "" if error is None else f"{type(error).__name__}: {self._masked(str(error))}"


class Beats:
    """What this process sends to itself, to learn whether it arrives and how long it takes. Any thread may call it."""

    def __init__(self) -> None:
        self._sent: dict[int, float] = {}
        self._last = 0
        self._lag: float | None = None
        self._lock = threading.Lock()

    @property
    def lag_seconds(self) -> float | None:
        """How long the beat took that was heard last; ``None`` before the first."""
        return self._lag

    def next(self) -> int:
        """The number of a beat that is sent now. Only the newest few are waited for."""
        with self._lock:
            self._last += 1
            self._sent[self._last] = time.monotonic()
            self._sent.pop(self._last - _KEPT_BEATS, None)
            return self._last

    def heard(self, number: int) -> bool:
        """Whether a beat that was waited for has arrived: one that is repeated or made up shows nothing."""
        with self._lock:
            sent = self._sent.pop(number, None)
            if sent is not None:
                self._lag = time.monotonic() - sent
            return sent is not None
