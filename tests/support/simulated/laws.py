"""The judge of a simulation: compares what workers say with what is in the store, by means as plain as can be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import ChainBrokenError, EnterpriseError
from enterprise_policy.state.chain import Position
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_service.administer.commit import Committed
from enterprise_service.follow.reading import read_on
from enterprise_service.follow.rebuilding import is_same
from tests.support.policies import KEYRING
from tests.support.reference import is_allowed
from tests.support.simulated.truth import Truth
from tests.support.simulated.worker import MAX_STALENESS, Answer, Worker

ROUNDING: Final = 1e-6


class BrokenLawError(AssertionError):
    """A law doesn't hold, in words."""


@dataclass(slots=True)
class Written:
    """What the sender of a write was told: the revision that was acknowledged, and whether anything is unknown."""

    revision: int | None = None
    is_unknown: bool = False


class Judge:
    """Raises ``BrokenLawError`` when something is told it that mustn't be."""

    def __init__(self, truth: Truth) -> None:
        """Nothing was told yet."""
        self._truth = truth
        self._writes: dict[str, Written] = {}
        self.counts: Counter[str] = Counter()

    # --- decisions -----------------------------------------------------------------------------------

    def answered(self, worker: Worker, asked: Question, answer: Answer, time: float) -> None:
        """A worker has decided."""
        self.counts["decisions"] += 1
        where = f"{worker} answered {tuple(asked)} with {answer}"
        if answer.revision > self._truth.revision:
            raise BrokenLawError(f"L4, there is no such revision: {where}")
        right = is_allowed(self._truth.records(answer.revision), asked, answer.at)
        if answer.allowed is not right:
            raise BrokenLawError(f"L4, the answer is wrong: {where}")
        self.counts["allowed"] += right
        self._judge_age(answer, time, where)
        self.shown(worker, answer.revision)

    def _judge_age(self, answer: Answer, time: float, where: str) -> None:
        if answer.staleness > MAX_STALENESS:
            raise BrokenLawError(f"L8, the policy is too old to answer from: {where}")
        least = self._truth.revision_before(time - answer.staleness - ROUNDING)
        if answer.revision < least:
            raise BrokenLawError(f"L8, revision {least} was there longer than the staleness says: {where}")

    def shown(self, worker: Worker, revision: int) -> None:
        """A worker stands at ``revision``."""
        if revision < worker.highest:
            raise BrokenLawError(f"L7, {worker} stands at {revision} after {worker.highest}")
        worker.highest = revision

    def read_own_writes(self, asked: int, answer: Answer) -> None:
        """Revision ``asked`` was demanded."""
        if answer.revision < asked:
            raise BrokenLawError(f"L6, revision {asked} was demanded of {answer}")

    def not_answered(self, worker: Worker, error: EnterpriseError, *, is_due: bool) -> None:
        """A worker gave no answer; ``is_due`` when nothing kept it from giving one."""
        self.counts["not answered"] += 1
        if is_due:
            raise BrokenLawError(f"L6, {worker} didn't answer, and nothing was wrong: {error}")

    def caught_up(self, worker: Worker, snapshot: Snapshot, least: int) -> None:
        """A worker has caught up with the head, which was at ``least`` or later."""
        if snapshot.revision < least:
            raise BrokenLawError(f"L6, {worker} is current at {snapshot.revision} while {least} is there")
        self.shown(worker, snapshot.revision)

    def rebuilt(self, worker: Worker, used: Snapshot, rebuilt: Snapshot) -> None:
        """A worker has made the snapshot anew that it had come to change by change."""
        self.counts["rebuilt"] += 1
        if not is_same(used, rebuilt):
            raise BrokenLawError(f"L10, {worker} doesn't hold what revision {used.revision} is")

    # --- writes --------------------------------------------------------------------------------------

    def acknowledged(self, name: str, committed: Committed) -> None:
        """The write ``name`` was made, or had been."""
        if committed.change is None:
            return
        written = self._written(name)
        if written.revision not in (None, committed.revision):
            raise BrokenLawError(f"L2, {name} is revision {written.revision} and {committed.revision}")
        self.counts["writes acknowledged"] += written.revision is None
        written.revision = committed.revision
        self._judge_write(name)

    def unknown(self, name: str) -> None:
        """Nobody knows what became of an attempt at the write ``name``."""
        self._written(name).is_unknown = True

    def _written(self, name: str) -> Written:
        return self._writes.setdefault(name, Written())

    def _judge_write(self, name: str) -> None:
        written = self._written(name)
        found = [change.revision for change in self._truth.changes if change.reason == name]
        if len(found) > 1:
            raise BrokenLawError(f"L2, {name} was made {len(found)} times: {found}")
        if written.revision is not None and found != [written.revision]:
            raise BrokenLawError(f"L1, {name} was acknowledged as {written.revision} and is {found}")
        if found and written.revision is None and not written.is_unknown:
            raise BrokenLawError(f"L2, {name} was refused and is revision {found[0]}")

    # --- the end ---------------------------------------------------------------------------------------

    def at_the_end(self, workers: list[Worker]) -> None:
        """All is mended, and every worker has caught up."""
        self._judge_log()
        for name in sorted({change.reason or "" for change in self._truth.changes} | set(self._writes)):
            self._judge_write(name)
        snapshot = build(self._rebuilt())
        for worker in workers:
            current = worker.parts.follower.current
            if current is None or not is_same(current, snapshot):
                raise BrokenLawError(f"L10, {worker} doesn't hold what the log says")

    def _rebuilt(self) -> PolicyState:
        log = self._truth.log
        try:
            return read_on(log, empty_state(log.head().log_id), KEYRING)
        except ChainBrokenError as error:
            raise BrokenLawError(f"L3, the log doesn't fit together: {error}") from error

    def _judge_log(self) -> None:
        position = empty_state(self._truth.log.head().log_id).position
        for number, entry in enumerate(self._truth.log.read(0, self._truth.revision + 1), 1):
            if entry.revision != number:
                raise BrokenLawError(f"L3, revision {number} is missing")
            if not KEYRING.links(position, entry.body, entry.mac):
                raise BrokenLawError(f"L3, revision {number} doesn't verify")
            position = Position(position.log_id, number, entry.mac)
