"""The how-to of the import, run as it is written."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import POLICIES, Machine
from tests.support.documents import Block, document

PAGE = document("docs/how-to/import-what-you-have.md")


def blocks(language: str) -> list[Block]:
    return [block for block in PAGE.blocks if block.language == language]


@pytest.fixture
def folder(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the page."""
    machine("policy", "load", POLICIES)
    sites, people = blocks("json")
    (mapping,) = blocks("yaml")
    for name, block in (("sites.jsonl", sites), ("people.jsonl", people), ("mapping.yaml", mapping)):
        (machine.folder / name).write_text(f"{block.text}\n")
    monkeypatch.chdir(machine.folder)
    return machine.folder


def test_the_import_of_the_page_does_what_it_says(machine: Machine, folder: Path) -> None:
    (commands,) = blocks("sh")
    (shown,) = blocks("text")
    trial, real = (shlex.split(line)[1:] for line in commands.text.splitlines())

    tried = machine(*trial)
    assert (tried.code, tried.out.rstrip("\n")) == (ExitCode.NO, shown.text.rstrip("\n"))

    assert machine(*real).code == ExitCode.NO
    assert machine("check", "dr.may", "read", "/patients/42/chart", "-d", "site-17").code == ExitCode.YES
    assert machine("check", "dr.may", "read", "/patients/42/chart", "-d", "site-18").code == ExitCode.NO
    assert machine(*real, "-o", "json").fields()["changes"] == 0
