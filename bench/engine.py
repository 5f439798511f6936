"""Decisions in process: ours beside pycasbin's, on the same rules and questions."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.workload import Workload
from enterprise_adapters.casbin.oracle import Oracle
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.model import Model
from enterprise_policy.decide.question import Question

ROUNDS: Final = 5
PATIENCE: Final = 20.0
"""Seconds that pycasbin gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """Seconds a decision; ``compared`` questions were answered by both, ``different`` of them not alike."""

    rules: int
    ours: float
    pycasbin: float
    compared: int
    different: int

    @property
    def ratio(self) -> float:
        """How many decisions ours makes while pycasbin makes one."""
        return self.pycasbin / self.ours


def measure(workload: Workload, model: Model) -> EngineResult:
    """Both engines on ``workload``, one after the other, the answers compared."""
    state = workload.state()
    snapshot = build(state)
    gc.collect()
    seconds = median(_pace(lambda q: decide(snapshot, q, 0), workload.questions) for _ in range(ROUNDS))
    oracle = Oracle(model.text, effective_rules(state, 0))
    oracle.decide(workload.questions[0])
    answers: list[bool] = []
    begun = time.perf_counter()
    for question in workload.questions[:200]:
        answers.append(oracle.decide(question))
        if time.perf_counter() - begun > PATIENCE:
            break
    theirs = (time.perf_counter() - begun) / len(answers)
    pairs = zip(workload.questions, answers, strict=False)
    different = sum(decide(snapshot, question, 0) != answer for question, answer in pairs)
    return EngineResult(rules=workload.rules, ours=seconds, pycasbin=theirs, compared=len(answers), different=different)


def _pace(ask: Callable[[Question], bool], questions: Sequence[Question]) -> float:
    begun = time.perf_counter()
    for question in questions:
        ask(question)
    return (time.perf_counter() - begun) / len(questions)
