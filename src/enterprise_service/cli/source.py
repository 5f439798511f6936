"""What answers questions, whatever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enterprise_policy.decide.question import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A decision, the revision it was made at, and the reason as the HTTP contract writes it."""

    allowed: bool
    revision: int
    reason: Mapping[str, Any]


class Source(ABC):
    """Answers questions."""

    @abstractmethod
    def ask(self, questions: Sequence[Question], at_least: int | None = None) -> Iterator[Answered]:
        """An answer to each, in order, at revision ``at_least`` or a later one.

        Raises ``Failure`` or an ``EnterpriseError`` when there is none; that is never taken for an answer.
        """
