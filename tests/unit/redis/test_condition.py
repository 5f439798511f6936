"""What the two threads find is one condition, told once."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as UnreachableError
from redis.exceptions import TimeoutError as LateError

from enterprise_adapters.redis.condition import Beats, Condition, Part
from enterprise_adapters.redis.hearing import Strangers
from enterprise_adapters.redis.line import Backoff


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that passes; it stands still until the first element is changed."""
    passed = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    return passed


@pytest.fixture
def condition(now: list[float]) -> Condition:
    return Condition(15.0, str)


def test_there_is_no_trouble_before_anything_has_begun(condition: Condition, now: list[float]) -> None:
    now[0] += 1_000
    assert condition.trouble() is None


@pytest.mark.parametrize("part", Part)
def test_a_part_that_shows_nothing_for_too_long_is_in_trouble(
    part: Part, condition: Condition, now: list[float]
) -> None:
    condition.begins(part)
    now[0] += 14.5
    assert condition.trouble() is None
    condition.works(part)
    now[0] += 14.5
    assert condition.trouble() is None
    now[0] += 0.5
    assert condition.trouble() == "redis has fallen silent"
    condition.works(part)
    assert condition.trouble() is None


def test_trouble_lasts_until_the_part_works_that_met_it(condition: Condition) -> None:
    condition.fails(Part.SENDING, UnreachableError())
    condition.works(Part.HEARING)
    assert condition.trouble() == "redis can't be reached"
    condition.works(Part.SENDING)
    assert condition.trouble() is None


def test_the_newest_error_of_a_part_counts(condition: Condition) -> None:
    condition.fails(Part.SENDING, UnreachableError())
    condition.fails(Part.SENDING, LateError())
    assert condition.trouble() == "redis doesn't answer in time"


def test_trouble_is_logged_when_it_begins_and_when_it_ends(
    condition: Condition, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    condition.works(Part.SENDING)
    for _ in range(3):
        condition.fails(Part.SENDING, UnreachableError())
        condition.fails(Part.HEARING, LateError())
        condition.works(Part.SENDING)
    condition.works(Part.HEARING)
    condition.works(Part.SENDING)
    assert [record.getMessage() for record in caplog.records] == [
        "hints are in trouble: redis can't be reached",
        "hints arrive again",
    ]


def test_a_beat_shows_something_once(now: list[float]) -> None:
    beats = Beats()
    assert beats.lag_seconds is None
    number = beats.next()
    now[0] += 0.25
    assert beats.heard(number)
    assert beats.lag_seconds == 0.25
    assert not beats.heard(number)
    assert not beats.heard(number + 1)
    assert beats.lag_seconds == 0.25


def test_only_the_newest_beats_are_waited_for() -> None:
    beats = Beats()
    numbers = [beats.next() for _ in range(1_000)]
    assert sum(map(beats.heard, numbers)) == 8


@given(st.floats(0.01, 4.0), st.integers(1, 100))
def test_waits_become_longer_up_to_a_limit(longest: float, tries: int) -> None:
    backoff = Backoff(longest)
    waits = [backoff.next() for _ in range(tries)]
    assert all(
        min(0.1 * 2**tried, longest) / 2 <= wait <= min(0.1 * 2**tried, longest) for tried, wait in enumerate(waits)
    )
    backoff.reset()
    assert backoff.next() <= 0.1


def test_strangers_are_told_of_once_a_minute(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    strangers = Strangers("revisions")
    for _ in range(100):
        strangers.passed_over()
    now[0] += 60
    strangers.passed_over()
    assert [record.getMessage() for record in caplog.records] == [
        "messages on channel `revisions` passed over that are no hints: 1",
        "messages on channel `revisions` passed over that are no hints: 100",
    ]
