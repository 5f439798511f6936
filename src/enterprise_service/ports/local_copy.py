"""A checkpoint on the disk of this machine, for a start while the store is away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from enterprise_policy.values.windows import Instant
from enterprise_service.ports.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A checkpoint, and what o'clock it was when its revision was last known to be the newest.

    ``mac`` is over ``confirmed_at`` and the checkpoint's own mac.
    """

    checkpoint: Checkpoint
    confirmed_at: Instant
    mac: bytes


class LocalCopy(ABC):
    """One copy, shared by the processes of a machine.

    1. A reader gets what one writer wrote, byte for byte, or nothing; never parts of two.
    2. Nobody but its owner may read it.
    3. Trouble with the disk leaves as ``StoreUnavailableError``.
    4. What was damaged isn't returned: ``read`` gives ``None``.
    """

    @abstractmethod
    def read(self) -> Copy | None:
        """The copy. 5. ``None`` when there is none."""

    @abstractmethod
    def write(self, copy: Copy) -> None:
        """Put ``copy`` in the place of the one that is there. 6. It survives the end of the process and a restart."""

    @abstractmethod
    def confirm(self, copy: Copy) -> None:
        """Keep the new ``confirmed_at`` and ``mac`` of ``copy``, if its checkpoint is the one that is there.

        7. Writes only a few bytes. 8. Does nothing when another checkpoint is there.
        """
