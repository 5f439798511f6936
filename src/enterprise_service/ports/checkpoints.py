"""Immutable copies of the whole state at one revision."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A state as bytes.

    ``chain`` is the mac of the log entry at ``revision``; ``content`` the compressed canonical state
    (``state/checkpoint.py``); ``mac`` is over all the other fields. The store keeps every byte as it is.
    """

    log_id: str
    revision: int
    chain: bytes
    content: bytes
    mac: bytes


class Checkpoints(ABC):
    """Where checkpoints are kept.

    1. A checkpoint that was written is returned byte for byte, or not at all; never half of one.
    2. Content of any size up to 1 GiB is kept (in chunks where the store limits a value).
    3. Every driver error leaves as ``StoreUnavailableError`` or ``StoreRefusedError``.
    4. One instance may be used by many threads at once.
    """

    @abstractmethod
    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        """The one with the highest revision of ``log_id``, not above ``at_most``.

        5. ``None`` when there is none.
        """

    @abstractmethod
    def write(self, checkpoint: Checkpoint) -> None:
        """Keep ``checkpoint``.

        6. Writing the same revision of the same log again changes nothing, whoever was first.
        7. Returns only when it is durable.
        """

    @abstractmethod
    def close(self) -> None:
        """Give back what is held. 8. May be called twice."""
