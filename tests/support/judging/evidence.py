"""All that a run is judged by: what clients saw, what the log says, how the pods ended, what was done to them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.change import Change, decode_change
from enterprise_service.ports.change_log import ChangeLog, LogEntry
from tests.support.judging.history import Kind, Operation

PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A time in which a pod (``None``: any) may decide by what it knew up to ``seconds`` ago."""

    begun: float
    ended: float
    seconds: float
    pod: str | None = None

    def holds_for(self, operation: Operation) -> bool:
        """Whether ``operation`` was begun in it."""
        return self.pod in (None, operation.pod) and self.begun <= operation.begun <= self.ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is promised of time, in seconds.

    ``bound`` is how old a decision may be outside of ``spells``, ``max_staleness`` how old in any; ``deadline`` is when
    a question with ``at_least`` has its answer, ``convergence`` when all pods are alike after the last fault.
    ``skew`` is how far the wall clocks of pods and clients lie apart.
    """

    bound: float = 1.0
    spells: tuple[Spell, ...] = ()
    max_staleness: float = 300.0
    deadline: float = 4.0
    convergence: float = 10.0
    skew: float = 0.0
    sample: int = 20
    """So many decisions are compared with Casbin's too."""

    def bound_for(self, operation: Operation) -> float:
        """How old the policy may be that ``operation`` is decided by."""
        return max([self.bound, *(spell.seconds for spell in self.spells if spell.holds_for(operation))])


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Decisions begun from ``begun`` to ``ended`` succeed at least at ``ratio``, 99 % of them in ``p99`` seconds.

    Those that demand a revision don't count: it may not be there.
    """

    name: str
    begun: float
    ended: float
    ratio: float = 1.0
    p99: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a worker stood in the end: ``content`` tells all that it holds, ``seconds`` when after the last fault.

    One that only decides doesn't show what it holds: it has no ``content``.
    """

    worker: str
    revision: int
    content: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a process holds of the machine."""

    descriptors: int
    threads: int
    memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that was to be done to the system, how often it was ``seen``, and how often it had to be."""

    name: str
    seen: int
    wanted: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of a kind there had to be in each second of the run."""

    kind: Kind
    wanted: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """See the module.

    ``since`` is the revision at which the run began: what the log has up to there nobody in ``operations`` sent.
    ``rebuilt`` is the ``content`` of a worker made anew from the log. ``held`` has what each process held before and
    after.
    """

    operations: tuple[Operation, ...]
    log_id: str
    entries: tuple[LogEntry, ...]
    keyring: Keyring
    since: int = 0
    limits: Limits = Limits()
    ends: tuple[End, ...] = ()
    rebuilt: str | None = None
    faults: tuple[Fault, ...] = ()
    rates: tuple[Rate, ...] = ()
    demands: tuple[Demand, ...] = ()
    held: Mapping[str, tuple[Held, Held]] | None = None

    @cached_property
    def changes(self) -> Mapping[int, Change]:
        """The changes of the log that can be read, by the revision that they are at."""
        return {entry.revision: change for entry in self.entries if (change := _read(entry)) is not None}

    @property
    def head(self) -> int:
        """The newest revision of the log."""
        return self.entries[-1].revision if self.entries else 0

    @cached_property
    def writes(self) -> tuple[Operation, ...]:
        """The writes."""
        return tuple(each for each in self.operations if each.kind is Kind.WRITE)

    @cached_property
    def acknowledged(self) -> tuple[Operation, ...]:
        """The writes that were reported as done."""
        return tuple(each for each in self.writes if each.is_acknowledged)

    @cached_property
    def decisions(self) -> tuple[Operation, ...]:
        """The questions that were decided."""
        return tuple(o for o in self.operations if o.kind is Kind.DECISION and o.status == 200)

    @cached_property
    def requests(self) -> Mapping[str, Operation]:
        """The writes by their request ids."""
        return {each.request_id: each for each in self.writes}

    def known_at(self, moment: float) -> int:
        """The newest revision of which somebody was told by ``moment`` that it is made."""
        place = bisect_right(self._known[0], moment)
        return self._known[1][place - 1] if place else self.since

    @cached_property
    def _known(self) -> tuple[Sequence[float], Sequence[int]]:
        told = sorted((o.ended, o.answer.revision or 0) for o in self.acknowledged if o.answer is not None)
        newest, moments, revisions = self.since, list[float](), list[int]()
        for moment, revision in told:
            if revision > newest:
                newest = revision
                moments.append(moment)
                revisions.append(newest)
        return moments, revisions


def _read(entry: LogEntry) -> Change | None:
    try:
        return decode_change(entry.body)
    except ValueError:
        return None


def read_log(log: ChangeLog) -> tuple[str, tuple[LogEntry, ...]]:
    """The identity of ``log``, and all its entries."""
    entries = list[LogEntry]()
    while page := log.read(entries[-1].revision if entries else 0, PAGE):
        entries.extend(page)
    return log.head().log_id, tuple(entries)
