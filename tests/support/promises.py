"""The numbered promises of the ports: which are made, which a test cites, and how they were kept on each store."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from abc import ABC
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeGuard

from enterprise_service import ports

PROMISE: Final = re.compile(r"(?<![\w.,])(\d+)\. (?=[A-Z`])")
CITATION: Final = re.compile(r"(?:^|; )([A-Z]\w+) (\d+(?:, \d+)*)(?=:|; )")

STORES: Final = ("memory", "sqlite", "mongodb", "redis")


class Promise(NamedTuple):
    """One of a port."""

    port: str
    number: int


def all_ports() -> Iterator[type[ABC]]:
    """Every abstract class of the package."""
    for module in pkgutil.iter_modules(ports.__path__):
        for found in vars(importlib.import_module(f"{ports.__name__}.{module.name}")).values():
            if _is_port(found):
                yield found


def _is_port(found: object) -> TypeGuard[type[ABC]]:
    return inspect.isclass(found) and inspect.isabstract(found) and found.__module__.startswith(ports.__name__)


def promises(port: type[ABC]) -> list[int]:
    """The numbers in the docstrings of the port and its methods, in the order of the text."""
    methods = [method for method in vars(port).values() if inspect.isfunction(method)]
    texts = [port.__doc__ or "", *(method.__doc__ or "" for method in methods)]
    return [int(number) for text in texts for number in PROMISE.findall(text)]


def cited_in(docstring: str) -> Iterator[Promise]:
    """What a test says that it shows."""
    for port, numbers in CITATION.findall(docstring):
        yield from (Promise(port, int(number)) for number in numbers.split(", "))


@dataclass(slots=True)
class Kept:
    """What tests have shown of promises, store by store."""

    shown: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    broken: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def note(self, docstring: str, store: str, *, passed: bool) -> None:
        """A test with this docstring has run on ``store``."""
        for promise in cited_in(docstring):
            (self.shown if passed else self.broken)[promise.port, store].add(promise.number)

    def table(self) -> Iterator[str]:
        """A line for each port that some store was tried for."""
        for port in sorted({port.__name__: port for port in all_ports()}.items()):
            cells = [self._cell(port[0], promises(port[1]), store) for store in STORES]
            if any(cells):
                yield f"promises of {port[0]}: " + ", ".join(cell for cell in cells if cell)

    def _cell(self, port: str, made: Sequence[int], store: str) -> str:
        shown, broken = self.shown[port, store], self.broken[port, store]
        if not shown | broken:
            return ""
        kept = sorted(shown - broken)
        missing = [str(number) for number in made if number not in kept]
        told = f" (not tried: {', '.join(missing)})" if missing and not broken else ""
        return f"{store} {len(kept)} of {len(made)}{told}" + (f", BROKEN: {sorted(broken)}" if broken else "")
