"""What a shell is told, by its script and while somebody types."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import Machine
from tests.support.programs import COMMAND

COMPLETE = "_ENTERPRISE_SERVICE_COMPLETE"


@pytest.mark.parametrize(("shell", "word"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "commandline")])
def test_each_shell_gets_its_script(machine: Machine, shell: str, word: str) -> None:
    ended = machine("completion", shell)
    assert (ended.code, word in ended.out, "enterprise-service" in ended.out) == (0, True, True)
    assert COMPLETE in ended.out


def test_another_shell_is_refused(machine: Machine) -> None:
    assert machine("completion", "powershell").code == ExitCode.INPUT


def completed(machine: Machine, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setenv("COMP_WORDS", " ".join(("enterprise-service", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    ended = machine(**{COMPLETE: "bash_complete"})
    assert (ended.code, ended.err) == (0, "")
    return [line.removeprefix("plain,") for line in ended.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ass",), {"assignment"}),
        (("clinic", ""), {"list", "show", "create", "update", "delete"}),
        (("policy", "v"), {"validate", "verify"}),
        (("change", "re"), {"revert"}),
        (("org", "update", "acme", "--sta"), {"--status"}),
        (("org", "update", "acme", "--status", "s"), {"suspended"}),
        (("completion", ""), {"bash", "zsh", "fish"}),
    ],
)
def test_what_may_follow_is_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], expected: set[str]
) -> None:
    assert set(completed(machine, monkeypatch, *words)) == expected


def test_what_no_script_asks_for_is_refused(machine: Machine) -> None:
    assert machine(**{COMPLETE: "nonsense"}).code == ExitCode.INPUT


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash isn't here")
def test_bash_completes(tmp_path: Path) -> None:
    typed = "; ".join(
        (
            f'eval "$({COMMAND} completion bash)"',
            "COMP_WORDS=(enterprise-service key cr)",
            "COMP_CWORD=2",
            f"_enterprise_service_completion {COMMAND}",
            'echo "${COMPREPLY[@]}"',
        )
    )
    done = subprocess.run(["bash", "-c", typed], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("create\n", "")
