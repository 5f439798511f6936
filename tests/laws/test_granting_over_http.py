"""The laws of granting, by random administrators who make random calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from enterprise_service.http.edge.problems import PROBLEMS
from tests.support.enterprise import Enterprise, Played
from tests.support.judgement import LAWS

CALLS = 200
PARTS = 4
SHARE = 25
"""One of so many examples that a law has elsewhere: each one here makes many calls.

They are too slow to be shrunk; a failure tells its story instead.
"""

DONE = (200, 201, 204)
OFTEN = (
    *("change", "revert", "create api_key", "create clinic", "update clinic", "create role", "update role"),
    *("create assignment", "update assignment", "create provider_assignment"),
)
"""What must have succeeded several times in each part, or the laws would say little."""

MIX = 0x2F6E2B
NUMBERS = st.integers(0, 2**24 - 1)


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_nobody_gains_by_his_own_call_and_nothing_outside_the_subtree_changes(
    part: int, report: Callable[[str], None]
) -> None:
    calls: Counter[str] = Counter()
    done: Counter[str] = Counter()
    examples = 1 + settings().max_examples // SHARE

    @settings(max_examples=examples, phases=set(Phase) - {Phase.shrink})
    @given(st.lists(NUMBERS, min_size=20, max_size=40), st.lists(NUMBERS, min_size=CALLS, max_size=CALLS))
    def law(grown: list[int], numbers: list[int]) -> None:
        # Each part plays calls of its own, where examples are the same at each run too.
        for played in judged(mixed(grown, part), mixed(numbers, part)):
            calls[outcome(played)] += 1
            if played.has_changed:
                done[played.call.name] += 1

    law()
    told = ", ".join(f"{count} {name}" for name, count in calls.most_common())
    report(f"laws of granting, part {part}: {calls.total()} calls, {done.total()} of them made changes ({told})")
    # The first example is one in which nothing happens.
    assert calls.total() >= 0.9 * CALLS * (examples - 1)
    assert done.total() >= 0.25 * calls.total()
    assert all(done[name] >= 3 for name in OFTEN), done
    assert calls["escalation"] >= 0.02 * calls.total()


def mixed(numbers: list[int], part: int) -> list[int]:
    """``numbers`` as ``part`` has them, without those that are 0."""
    return [number ^ part * MIX for number in numbers if number]


def unchecked(*_: object) -> None:
    """In the place of a check."""


@pytest.mark.parametrize(
    "check",
    [
        "enterprise_service.administer.granting._check_own_gain",
        "enterprise_service.administer.granting._check_gifts",
        "enterprise_service.administer.granting._check_key",
        "enterprise_service.administer.scene.Scene.demand",
    ],
)
def test_a_program_that_lacks_a_check_breaks_a_law(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    monkeypatch.setattr(check, unchecked)
    with pytest.raises(AssertionError) as broken:
        play_on(seeds=20)
    assert any(law.__name__ in str(broken.value) for law in LAWS), broken.value


def play_on(seeds: int) -> None:
    """Play calls by ``seeds`` in turn."""
    for seed in range(seeds):
        rng = Random(seed)
        grown, numbers = ([rng.randrange(1, 2**24) for _ in range(count)] for count in (30, 100))
        for _ in judged(grown, numbers):
            pass


def judged(grown: list[int], numbers: list[int]) -> Iterator[Played]:
    """The calls of ``numbers``, none of which broke a law; one that does comes with all that was changed before it."""
    if not numbers:
        return
    enterprise = Enterprise(grown)
    for number in numbers:
        played = enterprise.play(number)
        try:
            judge(played)
        except AssertionError as error:
            error.add_note("\n".join(str(each) for each in enterprise.story if each.has_changed or each is played))
            raise
        yield played


def outcome(played: Played) -> str:
    return "answered" if played.reply.status in DONE else str(played.reply.code)


def judge(played: Played) -> None:
    """Every answer keeps the contract, and every change keeps the laws."""
    judge_answer(played)
    if not played.has_changed:
        return
    assert played.reply.status in DONE, played
    assert "dry" not in played.call.name
    assert played.done.after.state.revision == played.done.before.state.revision + 1
    assert played.reply.header("x-policy-revision") == str(played.done.after.state.revision)
    for broken in LAWS:
        assert list(broken(played.done)) == [], (broken.__name__, played.caller.actor, played.done.now, played.call)


def judge_answer(played: Played) -> None:
    reply = played.reply
    assert reply.status in DONE or reply.code in PROBLEMS, played
    assert reply.status < 500, (played.call, reply)
    if reply.status == 404:
        assert without_request_id(reply.fields) == NOT_FOUND
    if not played.call.path.startswith("/changes"):
        assert played.unseen() == set(), (played.caller.actor, played.call, reply.body)
    for again in played.replies[1:]:
        assert again.status == reply.status, played
        assert (again.header("idempotency-replayed") == "true") == (reply.status == 201), played


NOT_FOUND = {
    "type": "/api-docs#not_found",
    "title": PROBLEMS["not_found"].title,
    "status": 404,
    "detail": "there is no such thing here",
    "code": "not_found",
}
"""The one answer to what isn't there, and to what is a stranger's."""


def without_request_id(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name != "request_id"}
