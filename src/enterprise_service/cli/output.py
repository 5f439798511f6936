"""How data is shown: as a table for people, as JSON or YAML for programs."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_PLAIN_KEY: Final = re.compile("(?!null|true|false|yes|off)[a-z][a-z0-9_]{2,}|id")
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


class Format(StrEnum):
    """The forms of ``--output``."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def output_option(command: F) -> F:
    """Give ``command`` the option ``--output``, as the parameter ``output``."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(Format, case_sensitive=False),
        default=Format.TABLE,
        show_default="table",
        help="How the result is shown.",
    )(command)


def emit(output: Format, data: Mapping[str, Any], lines: Callable[[], Iterator[str]]) -> None:
    """Write ``data`` to stdout as ``output`` says; for people ``lines`` make it."""
    match output:
        case Format.TABLE:
            for line in lines():
                click.echo(line, color=None if _may_colour() else False)
        case Format.JSON:
            click.echo(json.dumps(data, indent=2, ensure_ascii=not _is_unicode()))
        case Format.YAML:
            for line in yaml_lines(data):
                click.echo(line)


def note(text: str) -> None:
    """Write ``text`` to stderr."""
    click.echo(text, err=True)


def coloured(word: str, *, good: bool) -> str:
    """``word`` green or red, where colours are wanted; it says everything without them."""
    return click.style(word, fg="green" if good else "red", bold=True)


def _may_colour() -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _is_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """``rows`` as lines with columns, as wide as their widest text; the last one is as long as it is."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """The columns that a terminal gives to ``text``."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def yaml_lines(data: object) -> Iterator[str]:
    """``data``, made of what JSON has, as lines of YAML; every text is quoted, so none is taken for something else."""
    match data:
        case dict() if data:
            for key, value in data.items():
                yield from _yaml_entry(key if _PLAIN_KEY.fullmatch(key) else _yaml_scalar(key), value)
        case list() | tuple() if data:
            for value in data:
                first, *rest = yaml_lines(value)
                yield f"- {first}"
                yield from (f"  {line}" for line in rest)
        case _:
            yield _yaml_scalar(data)


def _yaml_entry(key: str, value: object) -> Iterator[str]:
    lines = yaml_lines(value)
    if isinstance(value, dict | list | tuple) and value:
        yield f"{key}:"
        yield from (f"  {line}" for line in lines)
    else:
        yield f"{key}: {next(lines)}"


def _yaml_scalar(value: object) -> str:
    """JSON, but for what YAML doesn't take as it is."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
