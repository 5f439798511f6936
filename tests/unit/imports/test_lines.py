"""Lines are read one by one, and what can't be read is told by its line."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprise_service.imports.lines import LINE_LIMIT, Line, read_lines
from enterprise_service.imports.report import Refusal


def read(text: bytes) -> list[Line | Refusal]:
    return list(read_lines("f", io.BytesIO(text), lambda _: None))


def test_numbers_keep_every_digit() -> None:
    (line,) = read(b'{"a": 12345678901234567890123, "b": 1.50}\n')
    assert isinstance(line, Line)
    assert line.row == {"a": "12345678901234567890123", "b": "1.50"}


def test_empty_lines_a_mark_at_the_start_and_foreign_line_ends_are_passed_over() -> None:
    found = read(b'\xef\xbb\xbf{"a": 1}\r\n\r\n   \n{"a": 2}')
    assert [line.where.line for line in found if isinstance(line, Line)] == [1, 4]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"a": }', "no JSON, at column 7"),
        (b'{"a": 1} x', "no JSON, at column 10"),
        (b"[1]", "expected an object"),
        (b"1", "expected an object"),
        (b'{"a": "\xff"}', "no UTF-8, at byte 8"),
        (b'{"a": NaN}', "`NaN` is no JSON number"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "a field stands in an object twice"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": "' + b"x" * LINE_LIMIT + b'"}', "the line is over 1 MiB"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_line_that_can_not_be_read_is_told_and_the_next_is_read(text: bytes, reason: str) -> None:
    refused, line = read(text + b'\n{"a": 1}\n')
    assert isinstance(refused, Refusal)
    assert (refused.where, refused.reason) == (("f", 1), reason)
    assert isinstance(line, Line)
    assert line.where == ("f", 2)


def test_progress_counts_every_byte() -> None:
    text = b'{"a": 1}\n\n{"a": "' + b"x" * (2 * LINE_LIMIT) + b'"}\nx'
    passed: list[int] = []
    list(read_lines("f", io.BytesIO(text), passed.append))
    assert sum(passed) == len(text)


@given(st.lists(st.dictionaries(st.text(), st.text() | st.booleans() | st.none()), max_size=5))
def test_what_was_written_is_read(rows: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert [line.row for line in read(text.encode()) if isinstance(line, Line)] == rows
