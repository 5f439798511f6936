"""Where a value stands in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Json: TypeAlias = dict[str, Any] | list[Any] | str | bool | None
"""What a row is made of; numbers are the texts that they are written as."""

_DOT: Final = "."


@dataclass(frozen=True, slots=True)
class SourcePath:
    """Names of fields, one inside the other; ``in_item``: they begin at the item of a list that is gone through."""

    names: tuple[str, ...]
    in_item: bool

    @property
    def text(self) -> str:
        """The path as it is written."""
        return _DOT * self.in_item + _DOT.join(self.names)


def path_fault(text: str) -> str | None:
    """What keeps ``text`` from being a path, in words."""
    if text == _DOT:
        return None
    if not all(text.removeprefix(_DOT).split(_DOT)):
        return "is no path: names with a `.` between two of them, and one before them for a field of the item"
    return None


def parse_path(text: str) -> SourcePath:
    """The path ``text``, which has no fault."""
    names = text.removeprefix(_DOT)
    return SourcePath(tuple(names.split(_DOT)) if names else (), in_item=text.startswith(_DOT))


def look_up(path: SourcePath, row: Json, item: Json) -> Json:
    """What stands at ``path``; ``None`` when nothing does.

    A name leads into an object, a number to one item of a list; any other name leads into every item of a list, and
    what is found there makes a list.
    """
    found = item if path.in_item else row
    for name in path.names:
        found = _inside(found, name)
    return found


def _inside(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        found: Json = value.get(name)
        return found
    if not isinstance(value, list):
        return None
    if name.isdecimal():
        place = int(name)
        return value[place] if place < len(value) else None
    return list(_flat(_inside(each, name) for each in value))


def _flat(values: Iterator[Json]) -> Iterator[Json]:
    for value in values:
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value
