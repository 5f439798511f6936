"""What the YAML parser says about a broken file, in the words of someone who writes YAML by hand."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from enterprise_service.bundles.faults import quoted


class SyntaxFault(NamedTuple):
    """A place (line and column from 0), what is wrong there, and what would be right."""

    line: int
    column: int
    detail: str
    expected: str


class _Wording(NamedTuple):
    problem: re.Pattern[str]
    detail: str
    expected: str
    at_context: bool = False


def _wording(problem: str, detail: str, expected: str, *, at_context: bool = False) -> _Wording:
    return _Wording(re.compile(problem), detail, expected, at_context)


# Both dialects of the parser are named: libyaml's, and PyYAML's own where it came without libyaml.
_WORDINGS = (
    _wording(
        "mapping values are not allowed",
        "a `:` can't stand here",
        "expected one field a line, indented like its neighbours; text that holds `: ` belongs in quotes",
    ),
    _wording(
        "sequence entries are not allowed",
        "a list can't begin here",
        "expected the first `- ` on a line of its own",
    ),
    _wording(
        "unexpected end of stream",
        "this quote is never closed",
        "expected the same quote again at the end of the text",
        at_context=True,
    ),
    _wording(r"expected ',' or '\]'", "this list isn't closed", "expected `,` or `]`", at_context=True),
    _wording(r"expected ',' or '\}'", "this `{` isn't closed", "expected `,` or `}`", at_context=True),
    _wording(
        "unknown escape|hexa?decimal|[Uu]nicode character escape",
        "text in double quotes has an unknown escape after `\\`",
        "expected `\\\\` for a backslash, or the text in single quotes",
        at_context=True,
    ),
    _wording(
        "expected key|expected '-'|<block end>|<document start>",
        "this line doesn't fit to those before it",
        "expected the indentation of its neighbours, and nothing after a closing quote or bracket",
    ),
    _wording(
        "could not find expected ':'",
        "a field without `:`",
        "expected a field name, `:` and a blank",
    ),
    _wording(
        "node content",
        "a bracket or comma that belongs to nothing",
        "expected a value; text that begins with it belongs in quotes",
    ),
    _wording(
        "alphabetic or numeric|tag",
        "text can't begin with this sign",
        "expected text; put it in quotes",
        at_context=True,
    ),
    _wording(
        "incompatible YAML|directive|version",
        "an unknown `%` line",
        "expected no line that begins with `%`",
    ),
    _wording(
        "indentation|chomping|comment or line break",
        "a `|` or `>` that is followed by something else",
        "expected the text on the lines below, or text in quotes",
        at_context=True,
    ),
)

_OTHER = _wording("", "this can't be read as YAML", "expected fields such as `kind: role`")


def explain(error: yaml.MarkedYAMLError, lines: list[str]) -> SyntaxFault:
    """The fault that ``error`` means in the file of these ``lines``."""
    problem = error.problem or ""
    if "cannot start any token" in problem:
        return _bad_first_sign(error, lines)
    wording = next((one for one in _WORDINGS if one.problem.search(problem)), _OTHER)
    line, column = _position(error, at_context=wording.at_context)
    return SyntaxFault(line, column, wording.detail, wording.expected)


def _position(error: yaml.MarkedYAMLError, *, at_context: bool = False) -> tuple[int, int]:
    mark = (at_context and error.context_mark) or error.problem_mark
    return (mark.line, mark.column) if mark else (0, 0)


def _bad_first_sign(error: yaml.MarkedYAMLError, lines: list[str]) -> SyntaxFault:
    line, column = _position(error)
    sign = lines[line][column : column + 1]
    if sign == "\t":
        return SyntaxFault(line, column, "a tab in the indentation", "expected blanks")
    shown = "a backquote" if sign == "`" else quoted(sign)
    return SyntaxFault(line, column, f"text can't begin with {shown}", "expected text; put it in quotes")
