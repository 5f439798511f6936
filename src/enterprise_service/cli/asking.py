"""Where questions are asked: the files, the store of this machine, or a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.source import Answered, Source
from enterprise_service.cli.tools import Tools
from enterprise_service.follow.follower import Follower
from enterprise_service.ports.clock import Clock
from enterprise_service.settings import read_settings


class StateSource(Source):
    """A state in memory, such as policy files make."""

    def __init__(self, state: PolicyState, clock: Clock) -> None:
        """``state`` is asked as it is."""
        self._snapshot = build(state)
        self._clock = clock

    def ask(self, questions: Sequence[Question], at_least: int | None = None) -> Iterator[Answered]:
        """See the class above. Its revision is its only one."""
        del at_least
        return (_answer(self._snapshot, question, self._clock) for question in questions)


class StoreSource(Source):
    """The store of this machine."""

    def __init__(self, follower: Follower, clock: Clock) -> None:
        """``follower`` reads it."""
        self._follower = follower
        self._clock = clock

    def ask(self, questions: Sequence[Question], at_least: int | None = None) -> Iterator[Answered]:
        """See the class above."""
        snapshot = self._follower.catch_up(at_least)
        return (_answer(snapshot, question, self._clock) for question in questions)


def _answer(snapshot: Snapshot, question: Question, clock: Clock) -> Answered:
    now = clock.now()
    allowed, reason = decide(snapshot, question, now), explain(snapshot.state, question, now)
    if reason.allowed is not allowed:
        raise Failure(ExitCode.FAULT, f"the decision and its reason differ: {question}; please report this")
    return Answered(allowed=allowed, revision=snapshot.revision, reason=reason.to_fields())


@contextmanager
def source_at(tools: Tools, url: str | None) -> Iterator[Source]:
    """The service at ``url``, or without one the store that the settings name."""
    if url is None:
        with tools.reading(read_settings(tools.environment)) as reading:
            yield StoreSource(reading.follower, tools.clock())
    else:
        from enterprise_service.cli.remote import service_source  # noqa: PLC0415 - HTTP only where it is used

        yield service_source(tools, url)
