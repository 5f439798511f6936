"""Rows of a Casbin policy file, read and written as pycasbin's file adapter does it.

A row is one line: values between commas, without the blanks around them. A comma inside brackets is part of its
value. There are no quotes and no escapes: what would be read as something else than it is can't be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from enterprise_policy.decide.casbin_form import CasbinRules
from enterprise_policy.errors import InvalidRequestError
from enterprise_service.bundles.document import ScalarNode
from enterprise_service.bundles.faults import Place, quoted
from enterprise_service.bundles.section import Notes

_SIGNS: Final = re.compile(r"[,\[\]()]")
_LENGTHS: Final = {
    "p": (range(4, 6), "expected 4 or 5 values: subject, domain, resource, action, and perhaps effect"),
    "g": (range(3, 4), "expected 3 values: member, role, domain"),
    "g2": (range(2, 3), "expected 2 values: child, parent"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """``kind`` is `p`, `g` or `g2`; ``values`` are the texts after it, each with its place; ``place`` the row's."""

    kind: str
    values: tuple[ScalarNode, ...]
    place: Place

    @property
    def texts(self) -> tuple[str, ...]:
        """The values alone."""
        return tuple(value.text for value in self.values)


def read_rows(notes: Notes, text: str) -> Iterator[Row]:
    """The rows of ``text``, in order; those that are none are noted. Empty lines and comments are passed over."""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        column = line.index(stripped[0]) + 1
        place = Place(line=number, column=column, width=len(stripped))
        values = _values(stripped, place)
        if values is None:
            notes.add(place, "a bracket that is closed and wasn't opened", "expected brackets in pairs")
        else:
            yield from _row(notes, values, place)


def _row(notes: Notes, values: tuple[ScalarNode, ...], place: Place) -> Iterator[Row]:
    kind, rest = values[0], values[1:]
    if kind.text not in _LENGTHS:
        notes.add(kind.place, f"unknown kind of row {quoted(kind.text)}", "expected `p`, `g` or `g2`")
        return
    lengths, expected = _LENGTHS[kind.text]
    if len(rest) in lengths:
        yield Row(kind.text, rest, place)
    else:
        notes.add(place, f"a row `{kind.text}` of {len(rest)} values", expected)


def _values(line: str, place: Place) -> tuple[ScalarNode, ...] | None:
    """The values of ``line``; ``None`` when a bracket is closed that isn't open."""
    spans = _spans(line)
    if spans is None:
        return None
    return tuple(_value(line, place, start, stop) for start, stop in spans)


def _value(line: str, place: Place, start: int, stop: int) -> ScalarNode:
    text = line[start:stop].strip()
    blanks = len(line[start:stop]) - len(line[start:stop].lstrip()) if text else 0
    where = Place(line=place.line, column=place.column + start + blanks, width=max(1, len(text)))
    return ScalarNode(place=where, text=text, plain=True)


def _spans(line: str) -> list[tuple[int, int]] | None:
    """From where to where each value goes: commas part them outside of brackets of either kind."""
    spans, start, depth = [], 0, 0
    for found in _SIGNS.finditer(line):
        sign = found.group()
        if sign in "[(":
            depth += 1
        elif sign in "])":
            depth -= 1
        elif not depth:
            spans.append((start, found.start()))
            start = found.end()
        if depth < 0:
            return None
    return [*spans, (start, len(line))]


def format_casbin_csv(rules: CasbinRules) -> str:
    """``rules`` as the text of a Casbin policy file.

    Raises ``InvalidRequestError``, naming the row, for a value that this or another reader of such files would take
    for something else: one with a comma, a quote, an end of line or a bracket without its partner, with a blank at
    an end, that begins with ``#``, or is empty.
    """
    rows: list[Sequence[str]] = [("p", *rule) for rule in rules.p]
    rows += [("g", *link) for link in rules.g]
    rows += [("g2", *edge) for edge in rules.g2]
    return "".join(f"{_line(row)}\n" for row in rows)


def _line(row: Sequence[str]) -> str:
    line = ", ".join(row)
    for value in row:
        reason = _unwritable(value)
        if reason is not None:
            detail = f"the row {quoted(line)} can't be written as CSV: {quoted(value)} {reason}"
            raise InvalidRequestError(detail)
    return line


def _unwritable(value: str) -> str | None:
    """Why ``value`` wouldn't be read as itself."""
    if value != value.strip() or not value:
        return "is empty, or has a blank at an end"
    if value.startswith("#"):
        return "begins with `#`"
    if any(sign in value for sign in ',"\r\n'):
        return "holds a comma, a quote or an end of line"
    return None if _spans(value) and _is_closed(value) else "holds a bracket without its partner"


def _is_closed(value: str) -> bool:
    opened = sum(map(value.count, "[("))
    return opened == sum(map(value.count, "])"))
