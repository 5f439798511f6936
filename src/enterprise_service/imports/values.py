"""What a field of a record is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from enterprise_service.bundles.faults import nearest, quoted
from enterprise_service.imports.conversions import Conversion, convert
from enterprise_service.imports.source_path import Json, SourcePath, look_up, parse_path, path_fault

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


class UnusableError(Exception):
    """A value of the source can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Template:
    """Text with paths in it: ``texts`` stand around ``paths``, one more of them."""

    texts: tuple[str, ...]
    paths: tuple[SourcePath, ...]


def template_fault(text: str) -> str | None:
    """What keeps ``text`` from being a template, in words."""
    texts, paths = _parts(text)
    if any("{" in part or "}" in part for part in texts):
        return "has a brace that belongs to no `{path}`"
    if not paths:
        return "has no `{path}` in it; a text that is always the same is a `value`"
    return next((f"has `{{{path}}}`, which {fault}" for path in paths if (fault := path_fault(path))), None)


def parse_template(text: str) -> Template:
    """The template ``text``, which has no fault."""
    texts, paths = _parts(text)
    return Template(tuple(texts), tuple(map(parse_path, paths)))


def _parts(text: str) -> tuple[list[str], list[str]]:
    parts = _PLACE.split(text)
    return parts[::2], parts[1::2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How a text is made of a row.

    It is read from ``origin``: a path, a template, or the same text always. It may be ``split``; parts that are in
    ``drop`` are left out; ``words`` translates each, ``other`` is for those that it doesn't have; ``conversion`` comes
    last. ``default`` stands where nothing is.
    """

    origin: SourcePath | Template | str
    split: str | None = None
    drop: frozenset[str] = frozenset()
    words: Mapping[str, str] | None = None
    other: str | None = None
    conversion: Conversion | None = None
    default: str | None = None

    def texts(self, row: Json, item: Json) -> tuple[str, ...]:
        """The texts that it makes, in order. Raises ``UnusableError``."""
        found = tuple(self._translated(text) for text in self._parts(row, item) if text not in self.drop)
        return found or (() if self.default is None else (self.default,))

    def text(self, row: Json, item: Json) -> str | None:
        """The one text that it makes, or ``None``. Raises ``UnusableError``, for several too."""
        found = self.texts(row, item)
        if len(found) > 1:
            raise UnusableError(f"{len(found)} values, expected one")
        return found[0] if found else None

    def _parts(self, row: Json, item: Json) -> Iterator[str]:
        for text in _read(self.origin, row, item):
            parts = [text] if self.split is None else [part.strip() for part in text.split(self.split)]
            yield from (part for part in parts if part)

    def _translated(self, text: str) -> str:
        if self.words is not None:
            translated = self.words.get(text, self.other)
            if translated is None:
                hint = nearest(text, self.words)
                raise UnusableError(f"{quoted(text)} isn't in the mapping's `map`{f'; {hint}' if hint else ''}")
            text = translated
        if self.conversion is None:
            return text
        try:
            return convert(text, self.conversion)
        except ValueError as error:
            raise UnusableError(f"{quoted(text)} {error}") from error


def _read(origin: SourcePath | Template | str, row: Json, item: Json) -> Iterator[str]:
    match origin:
        case str():
            yield origin
        case SourcePath():
            yield from scalars(origin, row, item)
        case Template():
            found = [tuple(scalars(path, row, item)) for path in origin.paths]
            if any(len(texts) > 1 for texts in found):
                raise UnusableError("a part of the text is a list")
            if all(found):
                yield origin.texts[0] + "".join(
                    one + text for (one,), text in zip(found, origin.texts[1:], strict=True)
                )


def scalars(path: SourcePath, row: Json, item: Json) -> Iterator[str]:
    """The texts at ``path``; what is null or empty is none. Raises ``UnusableError`` for an object."""
    found = look_up(path, row, item)
    for value in found if isinstance(found, list) else [found]:
        if isinstance(value, dict | list):
            raise UnusableError(f"{quoted(path.text)} is no text; name what is in it")
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif value:
            yield value
