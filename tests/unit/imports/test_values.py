"""What a value of a row becomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.values.names import id_fault
from enterprise_policy.values.windows import parse_instant
from enterprise_service.imports.conversions import Conversion, convert
from enterprise_service.imports.source_path import look_up, parse_path, path_fault
from enterprise_service.imports.values import UnusableError, Value, parse_template, template_fault

ROW: dict[str, Any] = {
    "a": {"b": "one", "c": None},
    "list": [{"x": "1", "y": ["p", "q"]}, {"x": "2"}, {"z": "3"}],
    "yes": True,
    "empty": "",
    "deep": [[{"x": "1"}]],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", "one"),
        ("a.c", None),
        ("a.d", None),
        ("a.b.c", None),
        ("list.x", ["1", "2"]),
        ("list.1.x", "2"),
        ("list.9.x", None),
        ("list.y", ["p", "q"]),
        ("yes", True),
        (".", "item"),
        (".x", None),
    ],
)
def test_a_path_leads_through_objects_and_lists(path: str, found: object) -> None:
    assert look_up(parse_path(path), ROW, "item") == found


@pytest.mark.parametrize("text", ["a..b", "a.", "..", ""])
def test_what_is_no_path_is_told(text: str) -> None:
    assert path_fault(text) is not None


@pytest.mark.parametrize("text", [".", ".a", "a", "a.b.0"])
def test_what_is_a_path_has_no_fault(text: str) -> None:
    assert path_fault(text) is None
    assert parse_path(text).text == text


@pytest.mark.parametrize("text", ["{a", "a}", "{}", "plain", "{a..b}", "{{a}}"])
def test_what_is_no_template_is_told(text: str) -> None:
    assert template_fault(text) is not None


def value(origin: str, **more: Any) -> Value:  # noqa: ANN401 - fields of a value
    return Value(origin=parse_path(origin), **more)


@pytest.mark.parametrize(
    ("made", "texts"),
    [
        (value("a.b"), ("one",)),
        (value("a.c"), ()),
        (value("empty"), ()),
        (value("yes"), ("true",)),
        (value("list.x"), ("1", "2")),
        (value("list.x", drop=frozenset("1")), ("2",)),
        (value("a.c", default="d"), ("d",)),
        (value("list.x", drop=frozenset("12"), default="d"), ("d",)),
        (value("a.b", words={"one": "eins"}), ("eins",)),
        (value("a.b", words={"two": "zwei"}, other="x"), ("x",)),
        (Value(origin="a; b;;c ", split=";"), ("a", "b", "c")),
        (Value(origin="fixed"), ("fixed",)),
        (Value(origin=parse_template("<{a.b}-{yes}>")), ("<one-true>",)),
        (Value(origin=parse_template("<{a.b}-{a.c}>")), ()),
    ],
)
def test_a_value_is_made_of_a_row(made: Value, texts: tuple[str, ...]) -> None:
    assert made.texts(ROW, None) == texts


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (value("a"), "`a` is no text; name what is in it"),
        (value("deep"), "`deep` is no text; name what is in it"),
        (value("list.x"), "2 values, expected one"),
        (value("a.b", words={"ones": "x"}), "`one` isn't in the mapping's `map`; did you mean `ones`?"),
        (Value(origin=parse_template("{list.x}")), "a part of the text is a list"),
        (value("a.b", conversion=Conversion.SECONDS), "`one` must be a number of seconds since 1970"),
    ],
)
def test_what_can_not_be_used_is_told(made: Value, reason: str) -> None:
    with pytest.raises(UnusableError) as unusable:
        made.text(ROW, None)
    assert str(unusable.value) == reason


@pytest.mark.parametrize(
    ("conversion", "text", "converted"),
    [
        (Conversion.TIME, "2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00Z"),
        (Conversion.TIME, "2026-01-31T08:00:00.5Z", "2026-01-31T08:00:00.500000Z"),
        (Conversion.SECONDS, "1767225600", "2026-01-01T00:00:00Z"),
        (Conversion.MILLISECONDS, "1767225600123", "2026-01-01T00:00:00.123000Z"),
        (Conversion.ID, "as-it-is", "as-it-is"),
        (Conversion.ID, "Praxis Müller", "Praxis-M-ller-68cdbb549b"),
    ],
)
def test_a_text_is_converted(conversion: Conversion, text: str, converted: str) -> None:
    assert convert(text, conversion) == converted


@pytest.mark.parametrize(
    ("conversion", "text"),
    [
        (Conversion.TIME, "2026-01-31"),
        (Conversion.TIME, "2026-01-31T09:00:00"),
        (Conversion.TIME, "soon"),
        (Conversion.SECONDS, "soon"),
        (Conversion.SECONDS, "NaN"),
        (Conversion.SECONDS, "Infinity"),
        (Conversion.MILLISECONDS, "1e30"),
    ],
)
def test_a_text_that_can_not_be_converted_is_refused(conversion: Conversion, text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        convert(text, conversion)


@given(st.text(min_size=1))
def test_every_text_gives_an_id_and_the_same_each_time(text: str) -> None:
    made = convert(text, Conversion.ID)
    assert id_fault(made) is None
    assert convert(text, Conversion.ID) == made == convert(made, Conversion.ID)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=2, unique=True))
def test_no_two_texts_give_the_same_id(pair: list[str]) -> None:
    assert convert(pair[0], Conversion.ID) != convert(pair[1], Conversion.ID)


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_of_any_zone_is_read_back_as_the_same_moment(moment: Any) -> None:  # noqa: ANN401 - hypothesis's
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - only here

    try:
        expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        moment.astimezone(UTC)
    except OverflowError:
        return
    assert abs(parse_instant(convert(moment.isoformat(), Conversion.TIME)) - expected) < 60_000_000
