"""The rules in force, written out for other Casbin tools. Nothing that this program decides or answers is from it."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from enterprise_policy.values.windows import Instant

Rule: TypeAlias = tuple[str, ...]
"""``ptype``, then ``v0`` and on, as far as the rule has values."""


def key_of(rule: Rule) -> str:
    """What the row of ``rule`` is called: two rules are never called the same, so none can have two rows."""
    return hashlib.blake2b(json.dumps(rule).encode(), digest_size=20).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is in a row now, whoever wrote it.

    ``key`` is what it is called, ``None`` when that is no text; ``rule`` what Casbin tools read in it, ``None`` when it
    isn't of their schema. ``handle`` says to the store which row it is, and which write of it was read.
    """

    key: str | None
    rule: Rule | None
    handle: tuple[object, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The number of a pass. ``disturbed`` is whether the one before it hasn't ended well, or is doubted."""

    number: int
    disturbed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a pass has written: the rules in force at ``at`` by ``revision`` of the log ``log_id``.

    It is due again at ``due_at``; none that compares everything needs to begin before ``rests_until``.
    """

    log_id: str
    revision: int
    at: Instant
    due_at: Instant
    rests_until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportStatus:
    """``claimed`` is the number of the newest pass, ``finished`` of the last that ended well; 0 before the first.

    ``written`` is what that one has written. ``doubted`` is whether a pass that was no longer current may have written
    after it.
    """

    claimed: int = 0
    finished: int = 0
    written: Written | None = None
    doubted: bool = False


class PolicyExport(ABC):
    """Rows that are brought to the rules in force by one pass after the other. Only the newest pass is current.

    1. Every driver error leaves as ``StoreUnavailableError`` or ``StoreRefusedError``.
    2. One instance may be used by many threads at once.
    """

    @abstractmethod
    def status(self) -> ExportStatus:
        """How it stands. 3. Before the first pass every field has its default."""

    @abstractmethod
    def claim(self) -> Claim:
        """Begin a pass, which is the current one from now on.

        4. Each number is given once, and is higher than all before. 5. No longer doubted, unless it is again.
        """

    @abstractmethod
    def is_current(self, number: int) -> bool:
        """6. Whether no pass has begun after the pass ``number``, at some moment of the call."""

    @abstractmethod
    def rows(self, keys: frozenset[str] | None = None) -> Iterator[Row]:
        """Every row, or those that are called by ``keys``. 7. One that nobody writes meanwhile comes once."""

    @abstractmethod
    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        """Take the rows ``removed`` away, then make those of ``added``, for the pass ``number``.

        8. What Casbin tools find in a row is the rule, value by value. 9. A row that was written since it was read, and
        one that is there already, is left; how many were. 10. Returns only when the rest is durable.
        """

    @abstractmethod
    def finish(self, number: int, written: Written) -> bool:
        """Note what the pass ``number`` has written. 11. ``False``, and nothing is noted, when it isn't current."""

    @abstractmethod
    def doubt(self) -> None:
        """Say that a pass may have written after it was current. 12. ``status`` says so until the next ``claim``."""
