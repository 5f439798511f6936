"""Hints among those of one process, each of which stands for a process of its own."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Final

from enterprise_service.ports.hints import LARGEST_REVISION, Heard, Hints, HintsHealth

_SILENT: Final = "the hint bus is silent"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldHint:
    """A hint on its way. Whoever holds it lets it arrive once, often, late or never."""

    to: MemoryHints
    revision: int | None

    def arrive(self) -> None:
        """Have it heard now, by the caller's thread."""
        self.to.hear(self.revision)


class HintBus:
    """Carries hints at once, in the thread that publishes them; ``hold`` keeps them in ``held`` instead.

    Any thread may call any method.
    """

    def __init__(self, *, hold: bool = False) -> None:
        """``hold``: nothing arrives by itself."""
        self.held: list[HeldHint] = []
        self._hold = hold
        self._silent = False
        self._listening: list[MemoryHints] = []
        self._lock = threading.Lock()

    def hints(self) -> MemoryHints:
        """The hints of one more process."""
        return MemoryHints(self)

    @property
    def silent(self) -> bool:
        """Whether it carries nothing."""
        return self._silent

    def silence(self) -> None:
        """Lose whatever is published from now on."""
        self._silent = True

    def restore(self) -> None:
        """Carry again; all who listen hear that they may have missed something."""
        with self._lock:
            self._silent = False
            listening = list(self._listening)
        for hints in listening:
            self._carry(HeldHint(to=hints, revision=None))

    def join(self, hints: MemoryHints) -> None:
        """Let ``hints`` hear the others."""
        with self._lock:
            self._listening.append(hints)
        self._carry(HeldHint(to=hints, revision=None))

    def leave(self, hints: MemoryHints) -> None:
        """Let ``hints`` hear nothing more."""
        with self._lock:
            self._listening = [one for one in self._listening if one is not hints]

    def publish(self, sender: MemoryHints, revision: int) -> bool:
        """Carry ``revision`` to all but ``sender``; whether it was carried."""
        with self._lock:
            listening = [hints for hints in self._listening if hints is not sender]
            silent = self._silent
        if not silent:
            for hints in listening:
                self._carry(HeldHint(to=hints, revision=revision))
        return not silent

    def _carry(self, hint: HeldHint) -> None:
        if self._hold:
            self.held.append(hint)
        else:
            hint.arrive()


class MemoryHints(Hints):
    """One end of a ``HintBus``; there is no heartbeat, since the bus says itself whether it carries."""

    def __init__(self, bus: HintBus) -> None:
        self._bus = bus
        self._heard: Heard | None = None
        self._lag: float | None = None
        self._closed = False
        self._lock = threading.Lock()

    def publish(self, revision: int) -> None:
        if not self._closed and self._bus.publish(self, revision):
            self._lag = 0.0

    def listen(self, heard: Heard) -> None:
        with self._lock:
            if self._closed or self._heard is not None:
                raise RuntimeError("hints are listened to once, before they are closed")
            self._heard = heard
        self._bus.join(self)

    def health(self) -> HintsHealth:
        return HintsHealth(trouble=_SILENT if self._bus.silent else None, lag_seconds=self._lag)

    def close(self) -> None:
        self._closed = True
        self._bus.leave(self)

    def hear(self, revision: int | None) -> None:
        """Have ``revision`` heard by whoever listens; a fault of his is logged, and isn't the publisher's."""
        if self._heard is None or self._closed or not (revision is None or 0 < revision <= LARGEST_REVISION):
            return
        try:
            self._heard(revision)
        except Exception:  # noqa: BLE001 - it is the listener's, and whoever publishes isn't concerned
            _log.exception("what was to hear a hint met a fault of its own")
