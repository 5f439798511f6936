"""However a state or a snapshot came about, it is the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.compile import advance, build
from enterprise_policy.state.change import Change, Idempotency, encode_change
from enterprise_policy.state.checkpoint import decode_state, encode_state
from enterprise_policy.state.edits import Edit
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.values.windows import SECOND
from tests.support.growth import Policy, policies
from tests.support.policies import KEYRING, LOG_ID, change_of

SEEDS = st.integers(0, 2**32 - 1)
HOUR = 3_600 * SECOND


def portions(edits: Sequence[Edit], rng: Random) -> Iterator[Sequence[Edit]]:
    """``edits`` in a few at a time."""
    start = 0
    while start < len(edits):
        size = rng.randint(1, 8)
        yield edits[start : start + size]
        start += size


def history(policy: Policy, rng: Random) -> Iterator[tuple[Change, PolicyState]]:
    """Changes that make ``policy``, up to ten hours apart, some under a key; and the state after each."""
    state, at = empty_state(LOG_ID), 0
    for edits in portions(policy.edits, rng):
        at += rng.randint(-1, 10) * HOUR
        key = f"key {rng.randint(1, 4)}"
        kept = None if state.remembered.find("root", key) else Idempotency(key, "digest")
        change = change_of(state, *edits, at=at, idempotency=kept)
        state = apply_change(state, change, KEYRING.link(state.position, encode_change(change)))
        yield change, state


@given(policies(), SEEDS)
def test_incremental_equals_rebuild(policy: Policy, seed: int) -> None:
    rng = Random(seed)
    snapshot = build(empty_state(LOG_ID))
    behind: list[Change] = []
    for change, state in history(policy, rng):
        behind.append(change)
        if rng.random() < 0.7:
            snapshot = advance(snapshot, state, behind)
            behind = []
            assert snapshot == build(state)
            assert snapshot.revision == state.revision


@given(policies(), SEEDS)
def test_checkpoint_plus_tail_equals_fold(policy: Policy, seed: int) -> None:
    made = list(history(policy, Random(seed)))
    folded = made[-1][1] if made else empty_state(LOG_ID)
    for start in range(0, len(made), 3):
        state = decode_state(encode_state(made[start][1]))
        for change, after in made[start + 1 :]:
            state = apply_change(state, change, after.position.chain)
        assert state == folded
        assert encode_state(state) == encode_state(folded)
