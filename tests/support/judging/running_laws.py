"""The laws of running: pods end alike, decisions go on, nothing leaks, and what was to be survived took place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.support.judging.evidence import Demand, Evidence, Held
from tests.support.judging.history import Kind, Operation

MEMORY_RATIO: Final = 1.05


def all_end_alike(evidence: Evidence) -> Iterator[str]:
    """L10. Soon after the last fault every worker stands at the head, and holds what a new one makes of the log."""
    for end in evidence.ends:
        if end.revision != evidence.head:
            yield f"{end.worker} ended at revision {end.revision}, and the log at {evidence.head}"
        if end.content not in (None, evidence.rebuilt):
            yield f"{end.worker} ended with another state than the log gives"
        if end.seconds > evidence.limits.convergence:
            yield f"{end.worker} needed {end.seconds:.1f} s"


def decisions_go_on(evidence: Evidence) -> Iterator[str]:
    """L11. In the times that are demanded as many decisions succeed, and as fast, as is demanded."""
    for demand in evidence.demands:
        asked = [o for o in evidence.operations if o.kind is Kind.DECISION and not o.at_least]
        yield from _short_of(demand, [o for o in asked if demand.begun <= o.begun <= demand.ended])


def nothing_leaks(evidence: Evidence) -> Iterator[str]:
    """L12. Each process holds no more descriptors and threads than before, and hardly more memory."""
    for process, (before, after) in (evidence.held or {}).items():
        allowed = Held(descriptors=before.descriptors, threads=before.threads, memory=int(before.memory * MEMORY_RATIO))
        for what in ("descriptors", "threads", "memory"):
            if getattr(after, what) > getattr(allowed, what):
                yield f"{process} holds {getattr(after, what)} {what}, and {getattr(before, what)} before"


def the_faults_took_place(evidence: Evidence) -> Iterator[str]:
    """L13. Each fault was seen as often as it had to be, and there was as much to do as there had to be."""
    for fault in evidence.faults:
        if fault.seen < fault.wanted:
            yield f"`{fault.name}` was seen {fault.seen} times, and {fault.wanted} were wanted"
    seconds = _seconds(evidence)
    done = Counter(operation.kind for operation in evidence.operations)
    for rate in evidence.rates:
        if done[rate.kind] < rate.wanted * seconds:
            yield f"there were {done[rate.kind]} of `{rate.kind}` in {seconds:.1f} s, and {rate.wanted} a second wanted"


def _short_of(demand: Demand, asked: list[Operation]) -> Iterator[str]:
    if not asked:
        yield f"{demand.name}: nothing was asked"
        return
    well = sum(operation.status == 200 for operation in asked)
    if well < demand.ratio * len(asked):
        yield f"{demand.name}: {well} of {len(asked)} decisions were answered"
    times = sorted(operation.ended - operation.begun for operation in asked)
    slow = times[min(len(times) - 1, len(times) * 99 // 100)]
    if slow > demand.p99:
        yield f"{demand.name}: 99 % of decisions took up to {slow:.3f} s"


def _seconds(evidence: Evidence) -> float:
    begun = (operation.begun for operation in evidence.operations)
    ended = (operation.ended for operation in evidence.operations)
    return max(ended, default=0.0) - min(begun, default=0.0)
