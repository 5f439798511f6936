"""What a noun of the command line is: the shape of the table in ``nouns.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import quote

import click

from enterprise_service.cli.manage.words import ID

API: Final = "/api/v1"

Given: TypeAlias = Mapping[str, Any]
"""What a command was given, by the names of its options."""

Kind: TypeAlias = "click.ParamType[Any] | Callable[[str], Any]"
"""What a word on the command line has to be, as click wants it told."""


def _same(given: Any) -> Any:  # noqa: ANN401 - whatever it is
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command.

    ``type`` is what may be given, unless it is a ``flag``, and ``entry`` turns that into JSON. With ``many`` it may be
    given again, and ``gather`` joins the entries; ``width`` is how many words it takes. ``sets`` is the field of the
    record, or the parameter of the query, that it is for; without one it only stands in paths.
    """

    flags: tuple[str, ...]
    says: str
    sets: str = ""
    type: Kind | None = None
    flag: bool = False
    required: bool = False
    many: bool = False
    width: int = 1
    metavar: str | None = None
    entry: Callable[[Any], Any] = _same
    gather: Callable[[Sequence[Any]], Any] = list

    @property
    def parameter(self) -> str:
        """What click calls it."""
        return self.flags[-1].removeprefix("--").replace("-", "_")

    def add(self, command: Callable[..., Any]) -> Callable[..., Any]:
        """Give it to ``command``."""
        return click.option(
            *self.flags,
            type=self.type,
            is_flag=self.flag,
            required=self.required,
            multiple=self.many,
            nargs=self.width,
            metavar=self.metavar,
            help=self.says,
        )(command)

    def value(self, given: Given) -> Any:  # noqa: ANN401 - JSON
        """Its JSON, or ``None`` when it wasn't given."""
        found = given[self.parameter]
        if self.flag:
            return found or None
        if self.many:
            return self.gather([self.entry(one) for one in found]) if found else None
        return None if found is None else self.entry(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A list beyond one domain: its ``path``, and the parameter that it can't do without."""

    path: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One kind of record.

    ``collection`` is its path, in which ``{…}`` stands for what the option ``within`` gives; ``key`` is the field that
    tells its records apart. ``columns`` are those of the list: a title, and the field below it. ``creates`` and
    ``updates`` are the options that set fields, ``filters`` those of the list; ``clears`` is what ``--clear`` takes,
    with what it sends for it. ``read_only`` are fields that a file may have and that aren't sent. ``lines`` show one.
    """

    name: str
    says: str
    collection: str
    columns: tuple[tuple[str, str], ...]
    kind: str = ""
    key: str = "id"
    key_type: Kind = ID
    within: Option | None = None
    across: Across | None = None
    creates: tuple[Option, ...] = ()
    updates: tuple[Option, ...] = ()
    clears: Mapping[str, tuple[str, object]] = field(default_factory=dict)
    filters: tuple[Option, ...] = ()
    cascades: bool = False
    suspends: bool = False
    read_only: frozenset[str] | None = None
    lines: Callable[[Mapping[str, Any]], Iterator[str]] | None = None

    @property
    def word(self) -> str:
        """What the arguments are called that name a record."""
        return "REVISION" if self.key == "revision" else "ID"

    def path(self, given: Given, key: object = None) -> str:
        """Where its records are, or the one of that key."""
        collection = filled(self.collection, given)
        return collection if key is None else f"{collection}/{quote(str(key), safe='')}"


def filled(path: str, given: Given) -> str:
    """``path`` with what was given in the place of ``{…}``."""
    return API + path.format_map({name: quote(str(value), safe="") for name, value in given.items()})


def body_of(options: Sequence[Option], given: Given) -> dict[str, Any]:
    """The fields that the options set. Lists for one field, from several options, are one list."""
    body: dict[str, Any] = {}
    for option in options:
        value = option.value(given)
        if value is not None:
            before = body.get(option.sets)
            body[option.sets] = [*before, *value] if isinstance(before, list) else value
    return body
