"""Moments and windows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.values.windows import DAY, SECOND, Window, format_instant, parse_instant
from tests.support.records import MOMENTS

BOUNDS = (None, 0, 1, 2, 3)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-02T00:00:00Z", DAY),
        ("1969-12-31T23:59:59Z", -SECOND),
        ("1970-01-01T00:00:00.5Z", SECOND // 2),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1970-01-01t00:00:01z", SECOND),
        ("1970-01-01T00:00:01+00:00", SECOND),
        ("1970-01-01T00:00:01-00:00", SECOND),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * SECOND),
    ],
)
def test_a_time_in_utc_is_read(text: str, instant: int) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31T08:00Z",
        "2026-01-31T08:00:00",
        "2026-01-31T08:00:00+01:00",
        "2026-01-31 08:00:00Z",
        "2026-01-31T08:00:00.Z",
        "2026-01-31T08:00:00.1234567Z",
        "2026-01-31T08:00:00Z\n",
        "20260131T080000Z",
        "٢٠٢٦-01-31T08:00:00Z",
        "1769846400",
        "2026-01-31T24:00:00Z",
        "2026-01-31T29:00:00Z",
    ],
)
def test_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be a time in UTC such as `2026-01-31T08:00:00Z`$"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30T08:00:00Z",
        "2026-13-01T08:00:00Z",
        "2026-01-31T08:60:00Z",
        "0000-01-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2016-12-31T23:59:60Z",
    ],
)
def test_what_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is no time of the calendar: "):
        parse_instant(text)


@given(MOMENTS)
def test_an_instant_comes_back_as_it_was_written(instant: int) -> None:
    assert parse_instant(format_instant(instant)) == instant


@given(st.integers(0, 4_000_000_000))
def test_an_instant_is_written_as_the_calendar_has_it(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert format_instant(seconds * SECOND) == moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_fraction_is_written_only_where_there_is_one() -> None:
    assert format_instant(SECOND) == "1970-01-01T00:00:01Z"
    assert format_instant(SECOND + 1) == "1970-01-01T00:00:01.000001Z"


@pytest.mark.parametrize(("starts_at", "ends_at"), [(1, 1), (2, 1)])
def test_a_window_without_a_moment_is_refused(starts_at: int, ends_at: int) -> None:
    with pytest.raises(ValueError, match=r"^must be after `starts_at`$"):
        Window(starts_at, ends_at)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    window = Window(10, 20)
    assert [window.contains(now) for now in (9, 10, 19, 20)] == [False, True, True, False]
    assert [window.ended(now) for now in (9, 10, 19, 20)] == [False, False, False, True]


def test_a_missing_bound_is_none() -> None:
    assert [Window(None, 20).contains(now) for now in (-(2**70), 19, 20)] == [True, True, False]
    assert [Window(10, None).contains(now) for now in (9, 10, 2**70)] == [False, True, True]
    assert Window().contains(0)
    assert not Window().ended(2**70)


def test_windows_overlap_when_they_share_a_moment() -> None:
    windows = [Window(a, b) for a, b in product(BOUNDS, BOUNDS) if a is None or b is None or a < b]
    for one, other in product(windows, windows):
        shared = any(one.contains(now) and other.contains(now) for now in range(-1, 5))
        assert one.overlaps(other) == shared, (one, other)
