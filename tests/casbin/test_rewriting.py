"""Writing rules is reading them turned round: whatever a policy shows can be written, and what is written is shown."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.errors import CallerError
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.policy_state import empty_state
from enterprise_service.administer.casbin_rules import CasbinPolicy
from enterprise_service.ports.policy_writer import Rule, each_rule
from tests.support.casbin_programs import filled, policy_of
from tests.support.growth import Policy, grow, policies, some_questions
from tests.support.logs import Process, append
from tests.support.policies import LOG_ID, applied

SEEDS = st.integers(0, 2**32 - 1)
NOW = 20


def process_with(policy: Policy) -> Process:
    """A process whose store has the built-in roles, and ``policy``, at a moment at which windows matter."""
    process = Process()
    process.clock.set(NOW)
    filled(process, *BUILT_IN_ROLES)
    append(process.log.inner, *(edit for edit in policy.edits if not getattr(edit.record, "built_in", False)))
    return process


def shown(policy: CasbinPolicy) -> set[Rule]:
    return set(each_rule(policy.rules().rules))


@given(policies(), SEEDS)
def test_the_rules_of_any_policy_make_an_empty_store_decide_alike(policy: Policy, seed: int) -> None:
    old = process_with(policy)
    found = shown(policy_of(old))
    new = filled(Process(), *BUILT_IN_ROLES)
    new.clock.set(NOW)
    mixed = sorted(found)
    Random(seed).shuffle(mixed)
    policy_of(new).rewrite(lambda _: mixed)
    assert shown(policy_of(new)) == found
    before, after = build(old.follower.catch_up().state), build(new.follower.catch_up().state)
    for asked in some_questions(before.state, seed, 60):
        assert bool(decide(before, asked, NOW)) is bool(decide(after, asked, NOW))


def random_process(seed: int) -> Process:
    rng = Random(seed)
    numbers = [rng.randrange(1, 2**24) for _ in range(60)]
    return process_with(Policy(tuple(grow(numbers, empty_state(LOG_ID)))))


def test_a_policy_is_made_another_exactly_or_not_at_all() -> None:
    """Another is what the same policy might have become."""
    ended: Counter[str] = Counter()
    for seed in range(100):
        process, rng = random_process(seed), Random(-seed)
        state, own = process.follower.catch_up().state, policy_of(process)
        later = applied(state, *grow([rng.randrange(1, 2**24) for _ in range(rng.randrange(1, 12))], state))
        before, wanted = shown(own), list(each_rule(effective_rules(later, NOW)))
        try:
            written = own.rewrite(lambda _, wanted=wanted: wanted)
        except CallerError as error:
            assert shown(own) == before
            assert process.follower.catch_up().state is state
            ended[error.code] += 1
        else:
            assert shown(own) == set(wanted)
            assert written.made is (before != set(wanted))
            ended["made" if written.made else "the same"] += 1
    assert ended["made"] > 30, ended


def test_any_of_the_rules_are_taken_away_and_put_back_exactly_or_not_at_all() -> None:
    ended: Counter[str] = Counter()
    for seed in range(100):
        process, rng = random_process(seed), Random(-seed)
        own = policy_of(process)
        before = shown(own)
        some = [each for each in sorted(before) if rng.random() < 0.2 and "/management/" not in str(each)]
        ended[change(own, some, [], before - set(some))] += 1
        back = [each for each in some if each.kind != "g2"]  # the id of a domain is never used again
        ended["back: " + change(own, [], back, shown(own) | set(back))] += 1
    assert ended["made"] > 30, ended
    assert ended["back: made"] > 30, ended


def change(own: CasbinPolicy, removed: list[Rule], added: list[Rule], expected: set[Rule]) -> str:
    """What came of the change: the code of what it was refused with, or that it was made, as expected."""
    before = shown(own)
    try:
        own.change(removed, added)
    except CallerError as error:
        assert shown(own) == before
        return error.code
    assert shown(own) == expected
    return "made"
