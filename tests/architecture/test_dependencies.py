"""What is installed is what was locked, what is built is complete, and no data is ever run as code."""

from __future__ import annotations

import ast
import importlib.resources
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

LOCKS = ("requirements.lock", "requirements-dev.lock")
OURS = ("src", "adapters", "ops", "bench")

FORBIDDEN_MODULES = frozenset({"dill", "marshal", "pickle", "shelve"})
FORBIDDEN_CALLS = frozenset({"eval", "exec", "__import__"})
YAML_THAT_MAKES_OBJECTS = frozenset(
    {"full_load", "full_load_all", "load", "load_all", "unsafe_load", "unsafe_load_all"}
)
# Casbin's switch that answers every question with allow.
FORBIDDEN_ATTRIBUTES = frozenset({"enable_enforce"})


def without_comments(lock: Path) -> str:
    return re.sub(r"^\s*#.*\n", "", lock.read_text(), flags=re.MULTILINE)


def locked(lock: Path) -> dict[NormalizedName, tuple[Requirement, list[str]]]:
    """Each requirement of ``lock`` by its name, with its hashes."""
    found = {}
    for line in without_comments(lock).replace("\\\n", " ").splitlines():
        spelled, *hashes = line.split(" --hash=")
        requirement = Requirement(spelled)
        found[canonicalize_name(requirement.name)] = (requirement, [one.strip() for one in hashes])
    return found


def dangers(source: str) -> Iterator[str]:
    """What in ``source`` could run data as code."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name.partition(".")[0] in FORBIDDEN_MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                if module.partition(".")[0] in FORBIDDEN_MODULES:
                    yield module
                yield from (n.name for n in names if module == "yaml" and n.name in YAML_THAT_MAKES_OBJECTS)
            case ast.Call(func=ast.Name(id=name)) if name in FORBIDDEN_CALLS:
                yield name
            case ast.Attribute(value=ast.Name(id="yaml"), attr=name) if name in YAML_THAT_MAKES_OBJECTS:
                yield f"yaml.{name}"
            case ast.Attribute(attr=name) if name in FORBIDDEN_ATTRIBUTES:
                yield name


@pytest.fixture
def wheel(copied: Path) -> list[str]:
    """The names of the files in a wheel that was built with no index at hand."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."],
        cwd=copied,
        env={**os.environ, "PIP_NO_INDEX": "1"},
        check=True,
    )
    with zipfile.ZipFile(next(copied.glob("*.whl"))) as built:
        return built.namelist()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(root: Path, lock: str) -> None:
    for requirement, hashes in locked(root / lock).values():
        assert [s.operator for s in requirement.specifier] == ["=="]
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)


@pytest.mark.parametrize("lock", LOCKS)
def test_the_maintained_casbin_is_locked_and_the_old_one_is_not(root: Path, lock: str) -> None:
    names = locked(root / lock)
    assert "pycasbin" in names
    assert "casbin" not in names


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_what_is_installed_and_not_from_where(root: Path, lock: str) -> None:
    assert "://" not in (root / lock).read_text()
    assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", without_comments(root / lock))) == {"--hash"}


def test_what_is_tested_is_what_is_installed(root: Path) -> None:
    runtime, dev = (locked(root / lock) for lock in LOCKS)
    assert {name: dev.get(name) for name in runtime} == runtime
    assert dev.keys() > runtime.keys()


def test_the_locks_are_those_of_the_declared_dependencies(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    runtime, dev = (locked(root / lock) for lock in LOCKS)
    declared = [(spelled, runtime) for spelled in project["project"]["dependencies"] + groups["build"]]
    declared += [(spelled, dev) for spelled in groups["dev"] if isinstance(spelled, str)]
    for spelled, lock in declared:
        wanted = Requirement(spelled)
        pinned, _ = lock[canonicalize_name(wanted.name)]
        (version,) = (s.version for s in pinned.specifier)
        assert wanted.specifier.contains(version), spelled


def test_a_wheel_has_the_default_policies_and_neither_samples_nor_tests(wheel: list[str], root: Path) -> None:
    inside = {name for name in wheel if name.startswith("enterprise_service/default_policies/")}
    policies = root / "policies"
    expected = {
        f"enterprise_service/default_policies/{file.relative_to(policies)}"
        for file in policies.rglob("*")
        if file.is_file() and file.relative_to(policies).parts[0] not in {"samples", "tests"}
    }
    assert "enterprise_service/default_policies/model.conf" in inside
    assert inside == expected


def test_a_wheel_has_every_module_and_says_that_it_is_typed(wheel: list[str], root: Path) -> None:
    for folder in ("src", "adapters"):
        for file in (root / folder).rglob("*"):
            if file.suffix == ".py" or file.name == "py.typed":
                assert str(file.relative_to(root / folder)) in wheel


def test_an_editable_installation_sees_the_policies_themselves(root: Path) -> None:
    seen = importlib.resources.files("enterprise_service") / "default_policies" / "model.conf"
    assert Path(str(seen)).samefile(root / "policies" / "model.conf")


def test_no_module_of_ours_runs_data_as_code(root: Path) -> None:
    files = [file for folder in OURS for file in (root / folder).rglob("*.py")]
    found = [f"{file.relative_to(root)}: {danger}" for file in files for danger in dangers(file.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "eval(text)",
        "exec(text)",
        "import pickle",
        "from pickle import loads",
        "import yaml\nyaml.load(text, Loader=yaml.Loader)",
        "from yaml import unsafe_load",
        "enforcer.enable_enforce(False)",
    ],
)
def test_what_runs_data_as_code_is_noticed(source: str) -> None:
    assert len(list(dangers(source))) == 1
