"""The laws of deciding: no wrong answer, none from the future, none that is older than was promised or told.

Each law tells, in words, what breaks it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from enterprise_policy.decide.question import Question
from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.policy_state import empty_state
from enterprise_policy.values.windows import SECOND, Instant
from tests.support.judging.evidence import Evidence
from tests.support.judging.history import Kind, Operation
from tests.support.judging.plain_policy import PlainPolicy
from tests.support.oracle import oracle

SLACK: Final = 0.005
"""Answers tell their staleness in whole milliseconds, rounded down."""

_ALLOWED: Final = re.compile(r'"allowed":\s*true')


def answers_are_right(evidence: Evidence) -> Iterator[str]:
    """L4, first part. Each decision is the reference's at the revision that it names."""
    policy, waiting = PlainPolicy(), _by_revision(evidence)
    for revision in range(evidence.head + 1):
        change = evidence.changes.get(revision)
        if change is not None:
            policy.apply(change)
        for operation in waiting.pop(revision, ()):
            yield from _wrong(policy, operation, evidence.limits.skew)


def answers_are_casbins(evidence: Evidence) -> Iterator[str]:
    """L4, second part. A sample of them is what pycasbin decides, by the program's own fold of the log."""
    if not evidence.limits.sample:
        return
    sample = evidence.decisions[:: max(1, len(evidence.decisions) // evidence.limits.sample)]
    state, left = empty_state(evidence.log_id), sorted(sample, key=_revision)
    for entry in evidence.entries:
        change = evidence.changes.get(entry.revision)
        if change is None:
            return
        try:
            state = apply_change(state, change, entry.mac)
        except ChainBrokenError:
            return  # L3 tells of it
        while left and _revision(left[0]) <= state.revision:
            operation = left.pop(0)
            if _revision(operation) == state.revision:
                asked, allowed = operation.questions[0], _decided(operation)[:1]
                sides = {oracle(state, at).decide(Question(*asked)) for at in _moments(operation, evidence.limits.skew)}
                if allowed and allowed[0] not in sides:
                    yield f"{operation} says {allowed[0]} to {asked}, and Casbin doesn't"


def no_answer_is_from_the_future(evidence: Evidence) -> Iterator[str]:
    """L4, third part. No answer names a revision that the log doesn't have, or that nobody had sent yet."""
    for operation in evidence.operations:
        revision = None if operation.answer is None else operation.answer.revision
        if revision is None or (operation.kind is Kind.WRITE and operation.is_acknowledged):
            continue
        if revision > evidence.head:
            yield f"{operation} names revision {revision}, and the log ends at {evidence.head}"
            continue
        change = evidence.changes.get(revision)
        maker = None if change is None else evidence.requests.get(change.request_id)
        if maker is not None and maker.begun > operation.ended:
            yield f"{operation} names revision {revision} before {maker} was sent"


def an_error_allows_nothing(evidence: Evidence) -> Iterator[str]:
    """L5. Only a decision of status 200 that is as the contract says, with its revision, says that all is allowed."""
    for operation in evidence.operations:
        if operation.answer is None:
            continue
        if operation.kind is Kind.DECISION and operation.status == 200:
            try:
                operation.decided  # noqa: B018 - reading is what is tried
            except ValueError as error:
                yield f"{operation} is no answer by the contract: {error}"
        elif _ALLOWED.search(operation.answer.body):
            yield f"{operation} says that something is allowed"


def you_read_what_was_written(evidence: Evidence) -> Iterator[str]:
    """L6. Who demands a revision gets it or an error, in time; a management read sees all that was acknowledged."""
    for operation in evidence.operations:
        answer = operation.answer
        if answer is None or operation.kind is Kind.WRITE:
            continue
        known = evidence.known_at(operation.begun)
        wanted = known if operation.kind is Kind.READ else operation.at_least
        if answer.status == 200 and (answer.revision or 0) < wanted:
            yield f"{operation} names revision {answer.revision}, and {wanted} was due"
        if answer.status == 409 and wanted <= known:
            yield f"{operation} says that revision {wanted} doesn't exist, which was acknowledged before"
        if operation.at_least and operation.ended - operation.begun > evidence.limits.deadline:
            yield f"{operation} took {operation.ended - operation.begun:.2f} s"


def revisions_never_fall(evidence: Evidence) -> Iterator[str]:
    """L7. The revisions that one connection, so one process, answers by never get less."""
    newest: defaultdict[str, int] = defaultdict(int)
    for operation in sorted(evidence.operations, key=lambda o: o.begun):
        revision = None if operation.answer is None else operation.answer.revision
        if revision is None or operation.kind is Kind.WRITE:
            continue
        if revision < newest[operation.session]:
            yield f"{operation} names revision {revision} after {newest[operation.session]}"
        newest[operation.session] = max(newest[operation.session], revision)


def what_is_revoked_ends_in_time(evidence: Evidence) -> Iterator[str]:
    """L8, first part. Nothing is allowed by a revision that is older than the bound, and was denied at it."""
    late: defaultdict[int, list[Operation]] = defaultdict(list)
    for operation in evidence.decisions:
        due = evidence.known_at(operation.begun - evidence.limits.bound_for(operation))
        if _revision(operation) < due and any(_decided(operation)):
            late[due].append(operation)
    policy = PlainPolicy()
    for revision in range(evidence.head + 1) if late else ():
        change = evidence.changes.get(revision)
        if change is not None:
            policy.apply(change)
        for operation in late.get(revision, ()):
            moments = _moments(operation, evidence.limits.skew)
            for asked, allowed in zip(operation.questions, _decided(operation), strict=False):
                if allowed and True not in policy.answers(asked, moments):
                    yield f"{operation} allows {asked}, which was revoked by revision {revision} too long before"


def staleness_is_told(evidence: Evidence) -> Iterator[str]:
    """L8, second part. An answer is no older than it says, and never older than the limit."""
    for operation in evidence.decisions:
        answer = operation.answer
        if answer is None or answer.staleness_ms is None:
            yield f"{operation} doesn't tell how old it is"
            continue
        seconds = answer.staleness_ms / 1000
        if seconds > evidence.limits.max_staleness:
            yield f"{operation} is {seconds:.1f} s old"
        due = evidence.known_at(operation.begun - seconds - SLACK)
        if _revision(operation) < due:
            yield f"{operation} says {seconds:.3f} s, and revision {due} was acknowledged before that"


def tenants_are_isolated(evidence: Evidence) -> Iterator[str]:
    """L9. Nobody of one tenant is ever allowed anything in another's domains."""
    for operation in evidence.decisions:
        if operation.isolated and any(_decided(operation)):
            yield f"{operation} allows one tenant's subject something in another's domain: {operation.questions}"


def _wrong(policy: PlainPolicy, operation: Operation, skew: float) -> Iterator[str]:
    moments = _moments(operation, skew)
    for asked, allowed in zip(operation.questions, _decided(operation), strict=False):
        if allowed not in policy.answers(asked, moments):
            yield f"{operation} says {allowed} to {asked} at revision {_revision(operation)}"


def _by_revision(evidence: Evidence) -> dict[int, list[Operation]]:
    waiting: dict[int, list[Operation]] = {}
    for operation in evidence.decisions:
        waiting.setdefault(_revision(operation), []).append(operation)
    return waiting


def _moments(operation: Operation, skew: float) -> tuple[Instant, Instant]:
    """The earliest and the latest that it may have been when ``operation`` was decided."""
    aside = round(skew * SECOND)
    return min(operation.begun_at, operation.ended_at) - aside, max(operation.begun_at, operation.ended_at) + aside


def _revision(operation: Operation) -> int:
    return -1 if operation.answer is None or operation.answer.revision is None else operation.answer.revision


def _decided(operation: Operation) -> tuple[bool, ...]:
    """The decisions; none of an answer that breaks the contract, of which L5 tells."""
    try:
        return operation.decided
    except ValueError:
        return ()
