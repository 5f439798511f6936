"""The export is written for others: no decision and no answer comes from it, since nothing that gives one reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

COLLECTIONS = ("casbin_rule", "casbin_rule_export")
PORT = "enterprise_service.ports.policy_export"

# Who may name the collections: the adapter, and the migration that makes their index.
NAMES = (
    "adapters/enterprise_adapters/mongo/policy_export.py",
    "adapters/enterprise_adapters/mongo/migrations/m0003_casbin_rule.py",
)

# Who may know the port: what writes, what compares, what is written, and what binds them.
KNOWS = (
    "src/enterprise_service/background.py",
    "src/enterprise_service/bootstrap/stores.py",
    "src/enterprise_service/chores/export_comparison.py",
    "src/enterprise_service/chores/export_pass.py",
    "src/enterprise_service/chores/policy_export.py",
    "src/enterprise_service/cli/tools.py",
    "src/enterprise_service/cli/verify_export.py",
    "adapters/enterprise_adapters/memory/policy_export.py",
    "adapters/enterprise_adapters/mongo/policy_export.py",
)

# Who may use what the chore and the comparison know of it.
USES = ("src/enterprise_service/background.py", "src/enterprise_service/bootstrap/", "src/enterprise_service/cli/")


def named(tree: ast.Module) -> Iterator[str]:
    """The collections that are named in code; a docstring has more in it than a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in COLLECTIONS:
            yield node.value


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield module
                yield from (f"{module}.{name.name}" for name in names)


def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for folder in ("src", "adapters"):
        for file in sorted((root / folder).rglob("*.py")):
            yield str(file.relative_to(root)), ast.parse(file.read_text(encoding="utf-8"))


def test_only_its_adapter_names_the_collections(root: Path) -> None:
    assert {file for file, tree in modules(root) if list(named(tree))} == set(NAMES)


def test_nothing_that_decides_or_answers_knows_the_export(root: Path) -> None:
    assert {file for file, tree in modules(root) if PORT in imported(tree)} == set(KNOWS)


def test_nothing_that_decides_or_answers_uses_what_knows_it(root: Path) -> None:
    chores = "enterprise_service.chores."
    known = {f"{chores}{name}" for name in ("policy_export", "export_comparison", "export_pass")}
    users = {file for file, tree in modules(root) if not known.isdisjoint(imported(tree)) and file not in KNOWS}
    assert [file for file in users if not file.startswith(USES)] == []


@pytest.mark.parametrize(
    "source", ['rules = database["casbin_rule"]', 'find("casbin_rule_export")', 'NAME: Final = "casbin_rule"']
)
def test_a_reader_of_the_collection_is_noticed(source: str) -> None:
    assert len(list(named(ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [f"import {PORT}", f"from {PORT} import PolicyExport", "from enterprise_service.ports import policy_export"],
)
def test_a_reader_of_the_port_is_noticed(source: str) -> None:
    assert PORT in imported(ast.parse(source))
