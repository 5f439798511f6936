"""Judges a run by its evidence: every law, in time that grows with the number of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from tests.support.judging import deciding_laws, running_laws, writing_laws
from tests.support.judging.evidence import Evidence, Fault

Law: TypeAlias = Callable[[Evidence], Iterator[str]]
"""Gives, in words, all that breaks it."""

LOST: Final = "L1 nothing is lost"
DOUBLED: Final = "L2 nothing is doubled"

LAWS: Final[Mapping[str, Law]] = {
    LOST: writing_laws.nothing_is_lost,
    "L2 nothing is invented": writing_laws.nothing_is_invented,
    DOUBLED: writing_laws.nothing_is_doubled,
    "L2 what is sent again is answered again": writing_laws.what_is_sent_again_is_answered_again,
    "L3 the log is whole": writing_laws.the_log_is_whole,
    "L4 answers are right": deciding_laws.answers_are_right,
    "L4 answers are Casbin's": deciding_laws.answers_are_casbins,
    "L4 no answer is from the future": deciding_laws.no_answer_is_from_the_future,
    "L5 an error allows nothing": deciding_laws.an_error_allows_nothing,
    "L6 you read what was written": deciding_laws.you_read_what_was_written,
    "L7 revisions never fall": deciding_laws.revisions_never_fall,
    "L8 what is revoked ends in time": deciding_laws.what_is_revoked_ends_in_time,
    "L8 staleness is told": deciding_laws.staleness_is_told,
    "L9 tenants are isolated": deciding_laws.tenants_are_isolated,
    "L10 all end alike": running_laws.all_end_alike,
    "L11 decisions go on": running_laws.decisions_go_on,
    "L12 nothing leaks": running_laws.nothing_leaks,
    "L13 the faults took place": running_laws.the_faults_took_place,
}

WRONG: Final = ("L4", "L5", "L6", "L7", "L8", "L9")
"""The laws that tell of wrong decisions."""

SHOWN: Final = 5
"""So many violations of a law are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was counted, and what each law that was broken tells."""

    acknowledged: int
    unknown_there: int
    unknown_absent: int
    decisions: int
    faults: tuple[Fault, ...]
    broken: Mapping[str, tuple[str, ...]]

    @property
    def lost(self) -> int:
        """How many acknowledged writes aren't there."""
        return len(self.broken.get(LOST, ()))

    @property
    def doubled(self) -> int:
        """How many writes are there more than once."""
        return len(self.broken.get(DOUBLED, ()))

    @property
    def wrong(self) -> int:
        """How often a law of deciding was broken."""
        return sum(len(told) for law, told in self.broken.items() if law.split()[0] in WRONG)

    def line(self, name: str) -> str:
        """Itself on one line, for a report."""
        faults = ", ".join(f"{fault.name} {fault.seen}" for fault in self.faults) or "none"
        return (
            f"{name}: {self.acknowledged} writes acknowledged, {self.lost} lost, {self.doubled} doubled, "
            f"{self.unknown_there}+{self.unknown_absent} unknown (there+absent), "
            f"{self.decisions} decisions, {self.wrong} wrong; faults seen: {faults}"
        )

    def check(self) -> None:
        """Raise ``AssertionError`` with what was broken, if anything was."""
        lines = [f"{law}: {each}" for law, told in self.broken.items() for each in told[:SHOWN]]
        counts = [f"{law}: {len(told)} in all" for law, told in self.broken.items() if len(told) > SHOWN]
        assert not self.broken, "\n".join((*lines, *counts))


def judge(evidence: Evidence) -> Verdict:
    """The verdict on ``evidence``."""
    told = {name: tuple(law(evidence)) for name, law in LAWS.items()}
    there, absent = writing_laws.unknown(evidence)
    return Verdict(
        acknowledged=len(evidence.acknowledged),
        unknown_there=there,
        unknown_absent=absent,
        decisions=sum(len(operation.questions) for operation in evidence.decisions),
        faults=evidence.faults,
        broken={name: violations for name, violations in told.items() if violations},
    )
