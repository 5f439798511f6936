"""What became of an import."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from enterprise_policy.state.record import Kind


class Where(NamedTuple):
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something of a line can't be taken.

    ``kind`` is the record that it would have made and ``field`` the field of it that is to blame, where that is known.
    """

    where: Where
    reason: str
    kind: Kind | None = None
    field: str = ""


class Fate(StrEnum):
    """What became of a record that a line makes. ``kept``: people have changed it since, and the line is as it was."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    REFUSED = "refused"


Tally = Counter[tuple[Kind, Fate]]


@dataclass(slots=True, kw_only=True)
class Report:
    """``refusals`` in the order of the lines at the end, ``tally`` of records, and counts.

    ``skipped`` records were left out as the mapping says, ``repeated`` ones stand on an earlier line too; ``changes``
    were made, or would be.
    """

    lines: int = 0
    skipped: int = 0
    repeated: int = 0
    changes: int = 0
    tally: Tally = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, *refusals: Refusal) -> None:
        """Note why one line, or one record of it, can't be taken."""
        self.refusals += refusals
        if refusals[0].kind is not None:
            self.tally[refusals[0].kind, Fate.REFUSED] += 1


KINDS: Final = (Kind.ORGANIZATION, Kind.CLINIC, Kind.PROVIDER_ASSIGNMENT, Kind.ASSIGNMENT)
"""What can be made, in the order in which it is shown."""
