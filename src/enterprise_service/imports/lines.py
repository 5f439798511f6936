"""Files of JSON Lines, read one line at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, NamedTuple, NoReturn

from enterprise_service.imports.report import Refusal, Where
from enterprise_service.imports.source_path import Json

LINE_LIMIT: Final = 1024 * 1024
"""Bytes of a line."""

_BOM: Final = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A row, and where it stands."""

    where: Where
    row: Json


class _NotTakenError(ValueError):
    """Python would read it, and other programs differently."""


def read_lines(name: str, file: IO[bytes], advance: Callable[[int], object]) -> Iterator[Line | Refusal]:
    """Each line of ``file``, which is called ``name``: what it holds, or why that can't be read.

    Empty lines are passed over. ``advance`` is called with the number of bytes of each.
    """
    number = 0
    while text := file.readline(LINE_LIMIT + 1):
        number += 1
        where = Where(name, number)
        advance(len(text))
        if len(text) > LINE_LIMIT:
            _go_on(file, text, advance)
            yield Refusal(where=where, reason="the line is over 1 MiB")
        elif row := text.removeprefix(_BOM if number == 1 else b"").strip():
            yield _read(where, row)


def _go_on(file: IO[bytes], text: bytes, advance: Callable[[int], object]) -> None:
    """Read to the end of the line that begins with ``text``."""
    while text and not text.endswith(b"\n"):
        text = file.readline(LINE_LIMIT)
        advance(len(text))


def _read(where: Where, text: bytes) -> Line | Refusal:
    try:
        row = _DECODER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Refusal(where=where, reason=f"no UTF-8, at byte {error.start + 1}")
    except json.JSONDecodeError as error:
        return Refusal(where=where, reason=f"no JSON, at column {error.colno}")
    except _NotTakenError as error:
        return Refusal(where=where, reason=str(error))
    except RecursionError:
        return Refusal(where=where, reason="nested too deeply")
    if not isinstance(row, dict):
        return Refusal(where=where, reason="expected an object")
    return Line(where, row)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotTakenError("a field stands in an object twice")
    return found


def _constant(text: str) -> NoReturn:
    raise _NotTakenError(f"`{text}` is no JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    # As they are written: no digit of an id is lost.
    parse_int=str,
    parse_float=str,
    parse_constant=_constant,
)
