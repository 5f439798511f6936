"""pycasbin's own tests, with our adapter wherever they make an enforcer with a policy file.

Its adapter keeps any text; ours is the policy of this service. What can't be said in it is refused, so some tests can't
pass: `suite/exceptions.yaml` tells which, why, and by which error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.casbin.suite.source import VERSION, make_tree
from tests.support.casbin_programs import MODEL_FILE

SUITE = Path(__file__).parent / "suite"
EXCEPTIONS: Sequence[Mapping[str, Any]] = yaml.safe_load((SUITE / "exceptions.yaml").read_text(encoding="utf-8"))

Ended = Mapping[str, Mapping[str, Any]]
"""What each test ended with, by its name."""


def differences(ended: Ended, exceptions: Sequence[Mapping[str, Any]]) -> list[str]:
    """What isn't as ``exceptions`` tell: those fail with that error, and all others pass."""
    expected = {f"tests.{name}": each["error"] for each in exceptions for name in each["tests"]}
    missing = [f"{name} wasn't run" for name in expected.keys() - ended.keys()]
    wrong = (
        f"{name} ended with `{told['error'].strip()}`, expected `{expected.get(name, '')}`"
        for name, told in ended.items()
        if told["error"].strip() != expected.get(name, "")
    )
    return sorted([*missing, *wrong])


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    tree = make_tree(tmp_path_factory.mktemp("pycasbin"))
    told = tree / "told.json"
    command = [sys.executable, SUITE / "run_suite.py", tree, MODEL_FILE, told]
    done = subprocess.run(
        list(map(os.fspath, command)), cwd=tree, capture_output=True, text=True, timeout=100, check=False
    )
    assert told.exists(), done.stderr[-3000:]
    found: Ended = json.loads(told.read_text(encoding="utf-8"))
    return found


def test_the_suite_is_that_of_the_pycasbin_that_is_installed() -> None:
    assert version("pycasbin") == VERSION


def test_pycasbins_own_tests_pass_on_our_adapter_but_for_what_is_explained(
    ended: Ended, report: Callable[[str], None]
) -> None:
    assert differences(ended, EXCEPTIONS) == []
    passed = [told for told in ended.values() if not told["error"]]
    ours = sum(told["ours"] for told in passed)
    others = len(passed) - ours
    report(
        f"pycasbin {VERSION}'s own tests: {len(ended)} run, {ours} passed on our adapter, {others} that need no policy "
        f"file passed, {len(ended) - len(passed)} refused as explained"
    )
    assert ours > 150


def test_every_exception_has_a_reason_of_its_own() -> None:
    names = [name for each in EXCEPTIONS for name in each["tests"]]
    assert len(names) == len(set(names))
    for each in EXCEPTIONS:
        assert each["reason"].endswith((".", ".)"))
        assert each["error"]


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        ({"tests.a": {"error": ""}, "tests.b": {"error": "E: no"}}, []),
        ({"tests.a": {"error": "E: no"}, "tests.b": {"error": "E: no"}}, ["tests.a ended with `E: no`, expected ``"]),
        ({"tests.a": {"error": ""}, "tests.b": {"error": ""}}, ["tests.b ended with ``, expected `E: no`"]),
        ({"tests.b": {"error": "E: other"}}, ["tests.b ended with `E: other`, expected `E: no`"]),
        ({"tests.a": {"error": ""}}, ["tests.b wasn't run"]),
    ],
)
def test_what_is_not_as_it_is_explained_is_noticed(ended: Ended, told: list[str]) -> None:
    assert differences(ended, [{"reason": "No.", "error": "E: no", "tests": ["b"]}]) == told
