"""Idempotency keys are kept for 24 hours of log time."""

from __future__ import annotations

from itertools import pairwise

from enterprise_policy.state.change import Change, Idempotency
from enterprise_policy.state.idempotency import IdempotencyKeys, Remembered
from enterprise_policy.state.policy_state import empty_state
from enterprise_policy.values.windows import DAY, SECOND
from tests.support.policies import LOG_ID, change_of


def change(revision: int, at: int, key: str | None = None, actor: str = "root") -> Change:
    kept = None if key is None else Idempotency(key, f"digest of {key}")
    return change_of(empty_state(LOG_ID), revision=revision, at=at, actor=actor, idempotency=kept)


def after(*changes: Change) -> IdempotencyKeys:
    keys = IdempotencyKeys()
    for made in changes:
        keys = keys.after(made)
    return keys


def test_a_key_is_found_by_who_used_it() -> None:
    keys = after(change(1, 0, "k"), change(2, 5, "k", actor="ann"))
    assert keys.find("root", "k") == Remembered("root", "k", "digest of k", 1, 0)
    assert keys.find("ann", "k") == Remembered("ann", "k", "digest of k", 2, 5)
    assert keys.find("bob", "k") is None
    assert keys.find("root", "other") is None


def test_a_change_without_a_key_leaves_none() -> None:
    assert list(after(change(1, 0), change(2, 5))) == []


def test_a_key_is_kept_24_hours_and_no_longer() -> None:
    keys = after(change(1, 0, "k"))
    assert keys.after(change(2, DAY)).find("root", "k") is not None
    assert keys.after(change(2, DAY + 1)).find("root", "k") is None


def test_keys_are_forgotten_oldest_first_and_leave_nothing() -> None:
    keys = after(*(change(n, n * SECOND, f"k{n}") for n in range(1, 101)))
    later = keys.after(change(101, 50 * SECOND + DAY))
    assert [kept.revision for kept in later] == list(range(50, 101))
    assert len(later.by_key) == len(later.by_revision) == 51
    gone = keys.after(change(101, 10 * DAY))
    assert len(gone.by_key) == len(gone.by_revision) == 0


def test_changes_without_a_key_are_passed_over() -> None:
    keys = after(change(1, 0, "a"), change(2, 1), change(3, 2, "b"), change(4, 3), change(5, 2 * DAY, "c"))
    assert [kept.key for kept in keys] == ["c"]


def test_a_key_may_be_used_anew_when_it_is_forgotten() -> None:
    keys = after(change(1, 0, "k"), change(2, 2 * DAY, "k"))
    assert keys.find("root", "k") == Remembered("root", "k", "digest of k", 2, 2 * DAY)
    assert len(keys.by_revision) == 1


def test_a_clock_that_steps_back_forgets_nothing_too_early() -> None:
    keys = after(change(1, 5 * DAY, "a"), change(2, 0, "b"), change(3, 5 * DAY + SECOND, "c"))
    assert [kept.key for kept in keys] == ["a", "b", "c"]
    assert [kept.key for kept in keys.after(change(4, 7 * DAY))] == []


def test_keys_are_told_oldest_first() -> None:
    revisions = [kept.revision for kept in after(*(change(n, n, f"k{n % 7}", actor=f"a{n}") for n in range(1, 60)))]
    assert all(one < other for one, other in pairwise(revisions))


def test_what_was_kept_before_is_never_changed() -> None:
    keys = after(change(1, 0, "k"))
    keys.after(change(2, 9 * DAY, "other"))
    assert [kept.key for kept in keys] == ["k"]
