"""Our decisions are those of Casbin under `policies/model.conf`, and those of the plainest reading of a policy."""

from __future__ import annotations

import sys
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from tests.support.growth import INSTANTS, Policy, policies, some_questions
from tests.support.oracle import oracle
from tests.support.reference import is_allowed

QUESTIONS = 200
"""Asked of each policy at each of two instants."""


def test_snapshot_equals_oracle(capsys: pytest.CaptureFixture[str]) -> None:
    asked_in_all: Counter[bool] = Counter()

    @given(policies(), st.integers(0, 2**32 - 1))
    def law(policy: Policy, seed: int) -> None:
        state = policy.state()
        snapshot = build(state)
        for now in Random(seed).sample(INSTANTS, 2):
            casbin = oracle(state, now)
            for asked in some_questions(state, seed + now, QUESTIONS):
                allowed = decide(snapshot, asked, now)
                assert allowed == casbin.decide(asked), (asked, now)
                asked_in_all[allowed] += 1

    law()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{asked_in_all.total()} questions, {asked_in_all[True]} allowed: no difference from Casbin\n"
        )
    assert asked_in_all.total() >= 20_000
    assert asked_in_all[True] >= 2_000


def test_snapshot_equals_the_plain_reading() -> None:
    asked_in_all: Counter[bool] = Counter()

    @given(policies(), st.integers(0, 2**32 - 1))
    def law(policy: Policy, seed: int) -> None:
        state, records = policy.state(), policy.records()
        snapshot = build(state)
        for now in Random(seed).sample(INSTANTS, 2):
            for asked in some_questions(state, seed + now, QUESTIONS):
                allowed = decide(snapshot, asked, now)
                assert allowed == is_allowed(records, asked, now), (asked, now)
                asked_in_all[allowed] += 1

    law()
    assert asked_in_all.total() >= 20_000
    assert asked_in_all[True] >= 2_000
