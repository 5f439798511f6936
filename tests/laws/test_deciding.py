"""What holds for the decisions of every policy."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from enterprise_policy.decide.compile import advance, build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.reason import ReasonCode
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.assignment import Source
from enterprise_policy.state.edits import create, update
from enterprise_policy.state.fold import place
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.record import Kind, Versioned
from enterprise_policy.state.role import Effect, Role
from enterprise_policy.values.names import MANAGEMENT, PLATFORM
from enterprise_policy.values.windows import Instant
from tests.support.growth import INSTANTS, STRANGER, Policy, grow, policies, some_questions, steps
from tests.support.policies import LOG_ID, applied, assignment, change_of, deny, role, state_of

SEEDS = st.integers(0, 2**32 - 1)
NOW = 10


def allowed_in(snapshot: Snapshot, questions: Iterable[Question], now: Instant = NOW) -> set[Question]:
    return {asked for asked in questions if decide(snapshot, asked, now)}


@given(SEEDS)
def test_default_deny_an_empty_policy_allows_nothing(seed: int) -> None:
    questions = some_questions(state_of(), seed, 300)
    assert allowed_in(build(empty_state(LOG_ID)), questions) == set()


@given(policies(), SEEDS)
def test_default_deny(policy: Policy, seed: int) -> None:
    state = policy.state()
    snapshot = build(state)
    for asked in some_questions(state, seed, 100):
        unknown = (asked._replace(subject=STRANGER), asked._replace(domain="nowhere"))
        assert allowed_in(snapshot, unknown) == set()


@given(policies(), SEEDS)
def test_default_deny_without_a_permission_that_allows(policy: Policy, seed: int) -> None:
    state = policy.state()
    for versioned in list(state.roles):
        denies = tuple(p for p in versioned.record.permissions if p.effect is Effect.DENY)
        state = place(
            state, dataclasses.replace(versioned, record=dataclasses.replace(versioned.record, permissions=denies))
        )
    assert allowed_in(build(state), some_questions(state, seed, 200)) == set()


def test_deny_overrides_allow() -> None:
    overridden = 0

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        nonlocal overridden
        rng, state = Random(seed), policy.state()
        allowed = allowed_in(build(state), some_questions(state, seed, 100))
        allowed = {asked for asked in allowed if not asked.resource.startswith(MANAGEMENT)}
        for asked in rng.sample(sorted(allowed), min(5, len(allowed))):
            path = state.tree.path(asked.domain)
            held_in, made_in = sorted((rng.choice(path), rng.choice(path)), key=path.index)
            held = assignment(asked.subject, f"no@{made_in}", held_in, id="denied")
            denied = applied(state, create(role(f"no@{made_in}", deny(asked.resource, asked.action))), create(held))
            assert not decide(build(denied), asked, NOW), (asked, made_in, held_in)
            overridden += 1

    law()
    assert overridden >= 100


def test_domains_are_isolated() -> None:
    compared: Counter[bool] = Counter()

    @given(policies(), steps(5, 25), SEEDS)
    def law(policy: Policy, numbers: list[int], seed: int) -> None:
        state = policy.state()
        top = Random(seed).choice(sorted(state.tree.below(PLATFORM)))
        edits = list(grow(numbers, state, top))
        assume(top != PLATFORM and edits)
        change = change_of(state, *edits)
        before, after = build(state), advance(build(state), applied(state, *edits), [change])
        for asked in some_questions(state, seed, 200):
            if not state.tree.is_within(asked.domain, top):
                assert decide(before, asked, NOW) == decide(after, asked, NOW), (asked, top)
            compared[decide(before, asked, NOW) != decide(after, asked, NOW)] += 1

    law()
    assert compared[True] >= 30, "the edits must matter where they are made"
    assert compared[False] >= 5_000


def test_adding_a_deny_never_allows_more() -> None:
    lost = 0

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        nonlocal lost
        rng, state = Random(seed), policy.state()
        roles = sorted((v.record for v in state.roles if not v.record.built_in), key=lambda r: (r.domain, r.id))
        assume(roles)
        chosen = rng.choice(roles)
        denying = dataclasses.replace(chosen, permissions=(*chosen.permissions, deny(rng.choice(["/a", "/a/*", "*"]))))
        questions = some_questions(state, seed, 200)
        before = allowed_in(build(state), questions)
        after = allowed_in(build(applied(state, update(chosen, denying))), questions)
        assert after <= before
        lost += len(before - after)

    law()
    assert lost >= 10


@given(policies(), SEEDS)
def test_order_is_irrelevant(policy: Policy, seed: int) -> None:
    rng, state = Random(seed), policy.state()
    versioned = [v for kind in Kind for v in state.table(kind) if _is_written(v)]
    versioned.sort(key=lambda v: (v.record.KIND, v.record.home, v.record.id))
    rng.shuffle(versioned)
    other = PolicyState(position=state.position)
    for one in versioned:
        other = place(other, dataclasses.replace(one, record=_shuffled(one.record, rng)))
    assert build(other) == build(state)


def _is_written(versioned: Versioned[Any]) -> bool:
    return getattr(versioned.record, "source", None) is not Source.PROVIDER


def _shuffled(record: object, rng: Random) -> object:
    if not isinstance(record, Role):
        return record
    inherits = tuple(rng.sample(record.inherits, len(record.inherits)))
    permissions = tuple(rng.sample(record.permissions, len(record.permissions)))
    return dataclasses.replace(record, inherits=inherits, permissions=permissions)


def test_explain_equals_decide() -> None:
    told: Counter[ReasonCode] = Counter()

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        state = policy.state()
        snapshot = build(state)
        for now in INSTANTS:
            for asked in some_questions(state, seed + now, 60):
                reason = explain(state, asked, now)
                assert reason.allowed == decide(snapshot, asked, now), (asked, now, reason)
                told[reason.code] += 1

    law()
    assert all(told[code] >= 30 for code in ReasonCode), told
