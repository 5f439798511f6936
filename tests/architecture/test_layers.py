"""Imports go one way: the contracts in `pyproject.toml` hold, and each of them notices its breach."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

# What would give the policy a clock, chance, or a way out.
IMPURE = frozenset(
    {
        "asyncio",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "time",
        "urllib",
    }
)

BREACHES = {
    "a value asks a port": (
        "src/enterprise_policy/values",
        "import enterprise_service.ports",
        {
            "the service's layers import downwards only",
            "the policy imports rpds and nothing else from outside the standard library",
        },
    ),
    "a value knows how it is decided": (
        "src/enterprise_policy/values",
        "import enterprise_policy.decide",
        {"inside the policy: decide stands on state, state on values"},
    ),
    "a use case knows the web framework": (
        "src/enterprise_service/administer",
        "import flask",
        {"web frameworks and servers only in http"},
    ),
    "an adapter uses another": (
        "adapters/enterprise_adapters/sqlite",
        "import enterprise_adapters.memory",
        {"adapters never import each other"},
    ),
    "an adapter uses a use case": (
        "adapters/enterprise_adapters/sqlite",
        "import enterprise_service.administer",
        {"adapters import ports and the policy, nothing else of the service"},
    ),
    "the service names an adapter": (
        "src/enterprise_service/follow",
        "import enterprise_adapters.memory",
        {"only bootstrap names adapters"},
    ),
    "the service speaks to a database": (
        "src/enterprise_service/follow",
        "import sqlite3",
        {"each driver only in its adapter"},
    ),
    "a use case reads the settings": (
        "src/enterprise_service/administer",
        "import enterprise_service.settings",
        {"settings are read outside: inner code gets values"},
    ),
    "the web prints to a terminal": (
        "src/enterprise_service/http",
        "import click",
        {"the command line's libraries only in cli"},
    ),
    "the web parses policy files": (
        "src/enterprise_service/http",
        "import yaml",
        {"YAML only where policy files are read"},
    ),
    "a use case counts its calls": (
        "src/enterprise_service/administer",
        "import prometheus_client",
        {"metrics are made in http and observability only"},
    ),
}


def lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts on the packages in ``tree``, which come before those that are installed."""
    path = os.pathsep.join([str(tree / "src"), str(tree / "adapters")])
    return subprocess.run(
        [Path(sysconfig.get_path("scripts"), "lint-imports"), "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def imported(source: str) -> Iterator[str]:
    """The top-level modules that ``source`` imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_every_contract_holds(root: Path) -> None:
    found = lint_imports(root)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(("package", "line", "contracts"), BREACHES.values(), ids=BREACHES)
def test_a_wrong_import_is_named_with_its_contract(
    copied: Path,
    package: str,
    line: str,
    contracts: set[str],
) -> None:
    copied.joinpath(package, "breach.py").write_text(f"{line}\n")
    found = lint_imports(copied)
    assert found.returncode == 1, found.stdout + found.stderr
    assert set(re.findall(r"^(\S.*) BROKEN", found.stdout, re.MULTILINE)) == contracts
    assert ".breach -> " in found.stdout


def test_the_policy_stands_on_the_pure_part_of_the_standard_library_and_rpds(root: Path) -> None:
    allowed = (sys.stdlib_module_names - IMPURE) | {"rpds", "enterprise_policy"}
    wrong = [
        f"{file.name}: {module}"
        for file in sorted((root / "src/enterprise_policy").rglob("*.py"))
        for module in imported(file.read_text())
        if module not in allowed
    ]
    assert wrong == []
