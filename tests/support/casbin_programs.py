"""Programs that hold the policy in a pycasbin enforcer, on stores of the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from casbin import Enforcer

from enterprise_adapters.casbin import Adapter, Watcher, register
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.state.edits import create
from enterprise_policy.state.record import Record
from enterprise_service.administer.casbin_rules import CasbinPolicy
from enterprise_service.administer.scene import Author
from enterprise_service.ports.hints import Hints
from enterprise_service.ports.policy_writer import PolicyWriter, Rule, each_rule
from tests.support.logs import Process

MODEL_FILE: Final = str(Path(__file__).parents[2] / "policies" / "model.conf")
ACTOR: Final = "system:billing"


def rule(line: str) -> Rule:
    """The rule that ``line`` says, its values between blanks."""
    kind, *values = line.split()
    return Rule(kind, tuple(values))


def rules(*lines: str) -> list[Rule]:
    """One for each of ``lines``."""
    return [rule(line) for line in lines]


def lines(policy: PolicyWriter, domains: Iterable[str] | None = None) -> list[str]:
    """The rules in force, each as a line, without those of built-in roles."""
    found = policy.rules(None if domains is None else frozenset(domains)).rules
    return [" ".join((each.kind, *each.values)) for each in each_rule(found) if "/management/" not in str(each)]


def policy_of(process: Process, actor: str = ACTOR) -> CasbinPolicy:
    """The policy that ``process`` writes, in the name of ``actor``."""
    author = Author(actor=actor, credential="casbin", request_id="casbin-1")
    return CasbinPolicy(process.commit, process.follower, process.clock, author)


def filled(process: Process, *records: Record) -> Process:
    """``process``, after a change that makes ``records``."""
    process.make(*map(create, records))
    return process


class Program:
    """An enforcer with our adapter, and with a watcher if it is to hear of others' changes."""

    def __init__(self, process: Process, *, hints: Hints | None = None, poll_seconds: float = 60) -> None:
        """The policy is loaded."""
        self.process = process
        self.policy = policy_of(process)
        self.adapter = Adapter(self.policy)
        self.enforcer: Any = Enforcer(MODEL_FILE, self.adapter)
        register(self.enforcer)
        self.watcher = Watcher(process.log, self.adapter.seen, hints, poll_seconds=poll_seconds)

    def reload(self) -> None:
        """Load the policy again."""
        self.enforcer.load_policy()

    def allows(self, question: str) -> bool:
        """Whether the enforcer allows `subject domain resource action`."""
        return bool(self.enforcer.enforce(*question.split()))

    def service_allows(self, question: str) -> bool:
        """Whether our own decision is to allow it."""
        snapshot = self.process.follower.catch_up()
        return bool(decide(snapshot, Question(*question.split()), self.process.clock.now()))
