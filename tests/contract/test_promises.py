"""Every numbered promise of a port has a test that cites it, and no test cites one that isn't made.

A test cites promises at the beginning of its docstring: ``ChangeLog 1, 7: what it shows``; several ports are
separated by ``;``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from abc import ABC
from collections.abc import Iterator
from pathlib import Path

import pytest

from enterprise_service import ports

HERE = Path(__file__).parent
PROMISE = re.compile(r"(?<![\w.,])(\d+)\. (?=[A-Z`])")
CITATION = re.compile(r"(?:^|; )([A-Z]\w+) (\d+(?:, \d+)*)(?=:|; )")


def all_ports() -> Iterator[type[ABC]]:
    for module in pkgutil.iter_modules(ports.__path__):
        for found in vars(importlib.import_module(f"{ports.__name__}.{module.name}")).values():
            if inspect.isclass(found) and inspect.isabstract(found) and found.__module__.startswith(ports.__name__):
                yield found


def promises(port: type[ABC]) -> list[int]:
    """The numbers in the docstrings of the port and its methods, in the order of the text."""
    methods = [method for method in vars(port).values() if inspect.isfunction(method)]
    texts = [port.__doc__ or "", *(method.__doc__ or "" for method in methods)]
    return [int(number) for text in texts for number in PROMISE.findall(text)]


def cited() -> set[tuple[str, int]]:
    return {
        (port, int(number))
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for port, numbers in CITATION.findall(ast.get_docstring(node) or "")
        for number in numbers.split(", ")
    }


PORTS = sorted(set(all_ports()), key=lambda port: port.__name__)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_promises_are_numbered_from_one(port: type[ABC]) -> None:
    assert promises(port) == list(range(1, len(promises(port)) + 1))
    assert promises(port)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_every_promise_has_a_test(port: type[ABC]) -> None:
    untested = {(port.__name__, number) for number in promises(port)} - cited()
    assert not untested


def test_no_test_cites_a_promise_that_is_not_made() -> None:
    made = {(port.__name__, number) for port in PORTS for number in promises(port)}
    assert cited() <= made


def test_the_ports_are_found() -> None:
    assert {"ChangeLog", "Checkpoints", "Clock", "Leases", "PolicyFiles"} <= {port.__name__ for port in PORTS}


def test_a_promise_is_told_from_other_numbers() -> None:
    text = "1. Revisions are 1, 2, 3 and so on, up to 1 GiB. 2. ``None`` in 0.5 s.\n\n    10. Last. In 1.5. Or 7. no"
    assert PROMISE.findall(text) == ["1", "2", "10"]
    assert CITATION.findall("ChangeLog 6, 7; Leases 3: of 8: x") == [("ChangeLog", "6, 7"), ("Leases", "3")]
