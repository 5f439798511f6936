"""Numbered steps that bring a store's indexes and exports to what a version of the program needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from enterprise_policy.values.windows import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A step. ``number`` counts from 1; ``applied_at`` is ``None`` while it is pending."""

    number: int
    name: str
    applied_at: Instant | None = None


class Migrations(ABC):
    """The steps that this version of the program knows. None touches the log or a checkpoint.

    1. A step that was interrupted anywhere is completed by the next run; running it again changes nothing.
    2. Of several that run at once one does the work, under a lease; the others raise ``StoreUnavailableError``, and a
       lease that was left behind ends by itself.
    3. Steps that a newer version has applied are left alone, and shown.
    4. Every driver error leaves as ``StoreUnavailableError`` or ``StoreRefusedError``.
    """

    @abstractmethod
    def status(self) -> Sequence[Migration]:
        """All steps, known or applied, by number."""

    @abstractmethod
    def up(self, holder: str) -> Sequence[Migration]:
        """Apply what is pending, in order; what was applied. 5. Nothing is pending afterwards."""

    @abstractmethod
    def down(self, holder: str, to: int) -> Sequence[Migration]:
        """Take back what was applied above ``to``, newest first; what was taken back.

        6. ``up`` brings the same state back.
        """
