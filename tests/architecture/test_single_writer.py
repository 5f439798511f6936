"""One place appends to the log, the decision fits on a screen, and the policy knows no clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

WRITER = "src/enterprise_service/administer/commit.py"
SCREEN = 40

# What tells the time or reaches outside with no import that the contracts would notice.
OUTSIDE_CALLS = frozenset({"breakpoint", "input", "open", "print"})
CLOCK_METHODS = frozenset({"now", "today", "utcnow"})


def parsed(root: Path, *folders: str) -> dict[str, ast.Module]:
    files = [file for folder in folders for file in sorted((root / folder).rglob("*.py"))]
    return {str(file.relative_to(root)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def last_name(node: ast.expr) -> str:
    """`log` of `log`, of `self._store.log` and of `open_log()`: what a thing is called where it is used."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=called):
            return last_name(called)
        case _:
            return ""


def logs_named_in(tree: ast.Module) -> Iterator[str]:
    """Names that hold a log: those annotated as one, and attributes that are set from such a name."""
    named = set()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                named.update([name] if "ChangeLog" in ast.unparse(annotation) else [])
            case ast.AnnAssign(target=target, annotation=annotation):
                named.update([last_name(target)] if "ChangeLog" in ast.unparse(annotation) else [])
            case ast.Assign(targets=[target], value=ast.Call(func=called)) if last_name(called).endswith("ChangeLog"):
                named.add(last_name(target))
            case ast.FunctionDef(name=name, returns=ast.expr() as returned):
                named.update([name] if "ChangeLog" in ast.unparse(returned) else [])
            case _:
                pass
    yield from named
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr=attribute)], value=ast.Name(id=name)) if name in named:
                yield attribute


def writes(trees: dict[str, ast.Module]) -> list[str]:
    """Each file in which ``append`` of a log is called, or handed on, once for each place."""
    logs = {"log", "_log", "change_log"}.union(*map(logs_named_in, trees.values()))
    return [
        file
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "append" and last_name(node.value) in logs
    ]


def made(trees: dict[str, ast.Module], name: str) -> set[str]:
    """The files in which something called ``name`` is made."""
    return {
        file
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and last_name(node.func) == name
    }


def outside(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in OUTSIDE_CALLS:
                yield name
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_METHODS:
                yield name


def test_only_commit_appends_to_the_log(root: Path) -> None:
    assert writes(parsed(root, "src", "adapters")) == [WRITER]


def test_only_commit_makes_an_entry_to_append(root: Path) -> None:
    assert made(parsed(root, "src"), "LogEntry") == {WRITER}


@pytest.mark.parametrize(
    "source",
    [
        "def load(log: ChangeLog) -> None:\n    log.append(entry)",
        "def load(changes: 'ChangeLog') -> None:\n    changes.append(entry)",
        "def __init__(self, changes: ChangeLog):\n    self._kept = changes\n    self._kept.append(entry)",
        "class Load:\n    log: ChangeLog\n    def run(self):\n        write = self.log.append\n        write(entry)",
        "changes = SqliteChangeLog(database)\nchanges.append(entry)",
        "def open_changes() -> ChangeLog: ...\nopen_changes().append(entry)",
        "store.log.append(entry)",
    ],
)
def test_another_writer_is_noticed(source: str) -> None:
    assert writes({"breach.py": ast.parse(source)}) == ["breach.py"]


def test_the_decision_fits_on_a_screen(root: Path) -> None:
    tree = ast.parse((root / "src/enterprise_policy/decide/decide.py").read_text(encoding="utf-8"))
    (decide,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    assert decide.name == "decide"
    assert decide.end_lineno is not None
    assert decide.end_lineno - decide.lineno < SCREEN


def test_the_policy_asks_no_clock_and_nobody_outside(root: Path) -> None:
    found = {file: list(outside(tree)) for file, tree in parsed(root, "src/enterprise_policy").items()}
    assert {file: calls for file, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "source", ["datetime.now(UTC)", "datetime.utcnow()", "date.today()", "open(path)", "print(state)", "input()"]
)
def test_a_clock_or_a_way_out_is_noticed(source: str) -> None:
    assert len(list(outside(ast.parse(source)))) == 1
