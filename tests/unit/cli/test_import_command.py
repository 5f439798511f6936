"""`import`: what it reads, how it ends, and what it shows."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from enterprise_service.cli import importing
from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import POLICIES, Ended, Machine

MAPPING = """\
kind: import
source: crm
records:
  - make: organization
    files: "orgs*.jsonl"
    fields: {id: id, name: name}
  - make: assignment
    files: "*people.jsonl"
    fields: {domain: org, subject: login, role: role}
"""
ORGS = '{"id": "acme", "name": "Acme"}\n{"id": "beta", "name": "Beta"}\n'
PEOPLE = '{"org": "acme", "login": "ann", "role": "dentist"}\n'


@pytest.fixture
def files(machine: Machine) -> Path:
    """A folder with a mapping and rows, beside a store with the roles of the policy."""
    machine("policy", "load", POLICIES)
    for name, text in (("mapping.yaml", MAPPING), ("orgs-1.jsonl", ORGS), ("people.jsonl", PEOPLE)):
        (machine.folder / name).write_text(text)
    return machine.folder


def bring(machine: Machine, *words: object) -> Ended:
    folder = machine.folder
    paths = (folder / "orgs-1.jsonl", folder / "people.jsonl")
    return machine("import", "--mapping", folder / "mapping.yaml", *paths, *words)


def test_all_that_can_be_taken_is_taken_and_counted(machine: Machine, files: Path) -> None:
    ended = bring(machine)

    assert (ended.code, ended.err) == (ExitCode.YES, "")
    assert ended.out.splitlines() == [
        "                     created  updated  unchanged  kept  refused",
        "organization         2        0        0          0     0",
        "clinic               0        0        0          0     0",
        "provider_assignment  0        0        0          0     0",
        "assignment           1        0        0          0     0",
        "3 lines, 0 skipped, 0 repeated; changes made: 2",
    ]
    assert machine("check", "ann", "read", "/patients/42/chart", "-d", "acme").code == ExitCode.YES


def test_what_can_not_be_taken_is_told_and_ends_with_1(machine: Machine, files: Path) -> None:
    (files / "orgs-1.jsonl").write_text('{"id": "\\u001b[31m", "name": "x"}\n' + ORGS)

    ended = bring(machine, "-o", "json")

    assert ended.code == ExitCode.NO
    (refused,) = ended.fields()["refused"]
    assert (refused["line"], refused["kind"], refused["field"]) == (1, "organization", "id")
    assert refused["file"].endswith("orgs-1.jsonl")
    assert ended.fields()["records"]["organization"]["created"] == 2

    told = bring(machine).out.splitlines()[0]
    assert told.startswith(f"{files / 'orgs-1.jsonl'}:1: organization: id: `\\x1b[31m` must be")


def test_refusals_are_in_the_order_of_the_files_and_lines(machine: Machine, files: Path) -> None:
    (files / "orgs-1.jsonl").write_text("{\n" * 3)
    (files / "people.jsonl").write_text("{\n" * 2)

    told = [(found["file"][-12:], found["line"]) for found in bring(machine, "-o", "json").fields()["refused"]]

    assert told == [("orgs-1.jsonl", 1), ("orgs-1.jsonl", 2), ("orgs-1.jsonl", 3)] + [
        ("people.jsonl", line) for line in (1, 2)
    ]


def test_a_dry_run_shows_the_same_and_writes_nothing(machine: Machine, files: Path) -> None:
    before = machine("policy", "export", "--format", "json").out

    tried = bring(machine, "--dry-run", "-o", "json").fields()

    assert machine("policy", "export", "--format", "json").out == before
    done = bring(machine, "-o", "json").fields()
    assert tried | {"dry_run": False} == done
    assert done["changes"] == 2


def test_a_dry_run_without_a_store_makes_none(machine: Machine) -> None:
    (machine.folder / "mapping.yaml").write_text(MAPPING)
    (machine.folder / "orgs.jsonl").write_text(ORGS)

    ended = machine(
        "import", "--mapping", machine.folder / "mapping.yaml", machine.folder / "orgs.jsonl", "--dry-run", "-o", "json"
    )

    assert (ended.code, ended.fields()["changes"]) == (ExitCode.YES, 2)
    assert not machine.store.exists()


def test_running_again_makes_no_change_and_overwrite_takes_all(machine: Machine, files: Path) -> None:
    bring(machine)

    assert bring(machine, "-o", "json").fields()["changes"] == 0
    assert bring(machine, "--overwrite", "-o", "json").fields()["changes"] == 0


def test_rows_may_come_through_a_pipe(machine: Machine, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ORGS.encode() + b"{\n"), encoding="utf-8"))
    (files / "mapping.yaml").write_text(MAPPING.replace('"orgs*.jsonl"', '"-"'))

    ended = machine("import", "--mapping", files / "mapping.yaml", "-", "-o", "json")

    assert ended.fields()["changes"] == 2
    assert [found["file"] for found in ended.fields()["refused"]] == ["-"]


def test_a_fault_of_the_mapping_stops_before_anything(machine: Machine, files: Path) -> None:
    (files / "mapping.yaml").write_text(MAPPING.replace("make: organization", "make: organisation"))

    ended = bring(machine)

    assert (ended.code, ended.out) == (ExitCode.INPUT, "")
    place = f"{files / 'mapping.yaml'}:4:11: unknown word `organisation`"
    assert ended.err.splitlines()[0] == place
    assert "did you mean `organization`?" in ended.err
    assert ended.err.splitlines()[-1] == "error: 1 fault in the mapping"
    assert machine("check", "ann", "read", "/patients/42/chart", "-d", "acme").code == ExitCode.NO


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("import",), ExitCode.INPUT),
        (("import", "--mapping", "nowhere.yaml", "-"), ExitCode.INPUT),
        (("import", "--mapping", "mapping.yaml"), ExitCode.INPUT),
        (("import", "--mapping", "mapping.yaml", "nowhere.jsonl"), ExitCode.INPUT),
        (("import", "--mapping", "mapping.yaml", "orgs-1.jsonl", "--output", "xml"), ExitCode.INPUT),
        (("import", "--mapping", "mapping.yaml", "orgs-1.jsonl"), ExitCode.YES),
        (("import", "--mapping", "mapping.yaml", "people.jsonl"), ExitCode.NO),
    ],
)
def test_each_situation_has_its_code(
    machine: Machine, files: Path, words: tuple[str, ...], code: ExitCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files)
    assert machine(*words).code == code


def test_a_store_without_its_secret_is_no_answer(machine: Machine, files: Path) -> None:
    machine.secret.unlink()
    assert bring(machine).code == ExitCode.UNREACHABLE


def test_progress_is_shown_on_a_terminal_only(machine: Machine, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bring(machine)
    assert shown.err == ""
    monkeypatch.setattr(importing, "on_a_terminal", lambda: True)
    with_bars = bring(machine, "-o", "json")
    assert "reading" in with_bars.err
    assert "writing" in with_bars.err
    assert json.loads(with_bars.out)["lines"] == 3
