"""Every numbered promise of a port has a test that cites it, and no test cites one that isn't made.

A test cites promises at the beginning of its docstring: ``ChangeLog 1, 7: what it shows``; several ports are
separated by ``;``.
"""

from __future__ import annotations

import ast
from abc import ABC
from pathlib import Path

import pytest

from tests.support.promises import CITATION, PROMISE, Kept, Promise, all_ports, cited_in, promises

HERE = Path(__file__).parent


def cited() -> set[Promise]:
    return {
        promise
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for promise in cited_in(ast.get_docstring(node) or "")
    }


PORTS = sorted(set(all_ports()), key=lambda port: port.__name__)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_promises_are_numbered_from_one(port: type[ABC]) -> None:
    assert promises(port) == list(range(1, len(promises(port)) + 1))
    assert promises(port)


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.__name__)
def test_every_promise_has_a_test(port: type[ABC]) -> None:
    untested = {Promise(port.__name__, number) for number in promises(port)} - cited()
    assert not untested


def test_no_test_cites_a_promise_that_is_not_made() -> None:
    made = {Promise(port.__name__, number) for port in PORTS for number in promises(port)}
    assert cited() <= made


def test_the_ports_are_found() -> None:
    assert {"ChangeLog", "Checkpoints", "Clock", "Leases", "PolicyFiles"} <= {port.__name__ for port in PORTS}


def test_a_promise_is_told_from_other_numbers() -> None:
    text = "1. Revisions are 1, 2, 3 and so on, up to 1 GiB. 2. ``None`` in 0.5 s.\n\n    10. Last. In 1.5. Or 7. no"
    assert PROMISE.findall(text) == ["1", "2", "10"]
    assert CITATION.findall("ChangeLog 6, 7; Leases 3: of 8: x") == [("ChangeLog", "6, 7"), ("Leases", "3")]


def test_the_table_tells_what_was_kept_tried_and_broken() -> None:
    kept = Kept()
    kept.note("Leases 1, 2: x; Leases 4: y", "sqlite", passed=True)
    kept.note("Leases 1: x; Clock 1: y", "mongodb", passed=True)
    kept.note("Leases 1: x", "mongodb", passed=False)
    assert [line for line in kept.table() if "Leases" in line] == [
        "promises of Leases: sqlite 3 of 5 (not tried: 3, 5), mongodb 0 of 5, BROKEN: [1]"
    ]
