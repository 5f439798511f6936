"""A worker's way to the store: at each step on it the simulation may step in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry
from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints
from tests.support.simulated.truth import Truth

SHORT_PAGE: Final = 3
"""More entries are never read at once, so that short logs have pages too."""

T = TypeVar("T")


class Weather(ABC):
    """What may happen on the way; any method may raise what the port may, or end the worker."""

    @abstractmethod
    def before(self, operation: str, entry: LogEntry | None) -> None:
        """The store is about to be asked; ``entry`` is what shall be appended."""

    @abstractmethod
    def after(self, operation: str) -> None:
        """It has done what was asked, and its answer is on the way back."""


class Way(ChangeLog):
    """The log, through the weather."""

    def __init__(self, truth: Truth, weather: Weather) -> None:
        """``weather`` is one worker's own."""
        self._truth = truth
        self._weather = weather

    def head(self) -> Head:
        """See the port."""
        return self._passed("head", self._truth.log.head)

    def append(self, entry: LogEntry) -> None:
        """See the port."""
        self._passed("append", lambda: self._truth.append(entry), entry)

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        return self._passed("read", lambda: self._truth.log.read(after, min(limit, SHORT_PAGE)))

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        """See the port."""
        return self._passed("find", lambda: self._truth.log.find(wanted, limit))

    def sweep(self) -> int:
        """See the port."""
        return self._truth.log.sweep()

    def close(self) -> None:
        """Nothing is held."""

    def _passed(self, operation: str, work: Callable[[], T], entry: LogEntry | None = None) -> T:
        self._weather.before(operation, entry)
        result = work()
        self._weather.after(operation)
        return result


class CheckpointWay(Checkpoints):
    """The checkpoints, through the weather."""

    def __init__(self, truth: Truth, weather: Weather) -> None:
        """``weather`` is one worker's own."""
        self._truth = truth
        self._weather = weather

    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        """See the port."""
        self._weather.before("newest", None)
        return self._truth.checkpoints.newest(log_id, at_most)

    def write(self, checkpoint: Checkpoint) -> None:
        """See the port."""
        self._weather.before("write", None)
        self._truth.checkpoints.write(checkpoint)

    def close(self) -> None:
        """Nothing is held."""
