"""What `make run` takes from the environment and from a file `.env`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.programs import ROOT


@pytest.fixture
def run() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("ops_run", ROOT / "ops/run.py")
    assert spec is not None
    assert spec.loader is not None
    made = sys.modules["ops_run"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    yield made
    del sys.modules["ops_run"]


def test_without_settings_the_data_is_in_the_checkout(run: ModuleType) -> None:
    settings = run.read_settings({"SQLITE_PATH": str(run.STORE)})
    assert run.STORE == ROOT / "var/enterprise.db"
    assert run.check_line(run.Run({}, settings), run.EXAMPLES[0]) == (
        ".venv/bin/enterprise-service check dr.lee read /patients/42/chart -d bright-harbor --explain"
    )


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("", {}),
        ("# PORT=1\n\nPORT=3018  # another\n", {"PORT": "3018"}),
        ("export A='x y' B=\"z\"\n", {"A": "x y", "B": "z"}),
        ("A=\nA=b=c\n", {"A": "b=c"}),
    ],
)
def test_a_file_of_variables_is_read_as_a_shell_does(run: ModuleType, text: str, variables: dict[str, str]) -> None:
    assert run.read_env(text) == variables


@pytest.mark.parametrize("text", ["PORT\n", "A='\n", "A=1 B\n"])
def test_a_line_that_sets_nothing_is_told(run: ModuleType, text: str) -> None:
    with pytest.raises(run.Failure, match=r"line 1 of `\.env`"):
        run.read_env(text)


@pytest.mark.parametrize("name", ["MONGODB_URI", "MONGODB_URI_FILE"])
def test_sample_data_never_gets_into_a_store_that_others_share(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv(name, "mongodb://user:hunter2@db.example/enterprise")
    assert run.main() == 2
    said = capsys.readouterr().err
    assert "loads sample data" in said
    assert "hunter2" not in said
