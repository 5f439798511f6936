"""Commands as processes: signals, pipes, terminals, what they load."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.command_line import Machine
from tests.support.programs import COMMAND, Program
from tests.unit.cli.stand_in import StandIn

CHECK = (COMMAND, "check", "dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")


@pytest.fixture
def environment(machine: Machine) -> Mapping[str, str]:
    machine.load()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return {**kept, "SQLITE_PATH": os.fspath(machine.store), "TERM": "xterm"}


def on_a_terminal(words: tuple[str, ...], environment: Mapping[str, str]) -> tuple[int, str]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, env=environment, stdout=theirs, stderr=subprocess.DEVNULL, stdin=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(30), shown.decode()


@pytest.fixture
def suspending(stand_in: StandIn, url: str) -> tuple[str, ...]:
    """A command that has to be confirmed."""
    edit = {"op": "update", "kind": "organization", "domain": "platform", "id": "acme"}
    stand_in.answer("PATCH /organizations/acme?dry_run=true", 200, {"edits": [edit], "impact": None})
    stand_in.answer("PATCH /organizations/acme", 200, {"id": "acme"})
    return (COMMAND, "org", "update", "acme", "--status", "suspended", "--url", url)


@pytest.mark.parametrize(("typed", "code", "done"), [("y", 0, True), ("n", 130, False), ("", 130, False)])
def test_a_terminal_is_asked(suspending: tuple[str, ...], stand_in: StandIn, typed: str, code: int, done: bool) -> None:  # noqa: FBT001
    ours, theirs = pty.openpty()
    process = subprocess.Popen(suspending, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    os.write(ours, f"{typed}\n".encode())
    out, err = process.communicate(timeout=30)
    os.close(ours)
    assert (process.returncode, out) == (code, "id  acme\n" if done else "")
    assert err.startswith("update organization acme in platform\nDo this? [y/N]: ")
    assert [seen.target.endswith("?dry_run=true") for seen in stand_in.seen] == [True, False][: 1 + done]


def test_a_terminal_gets_colours(environment: Mapping[str, str]) -> None:
    code, shown = on_a_terminal(CHECK, environment)
    assert code == 0
    assert shown.startswith("\x1b[32m\x1b[1mALLOW\x1b[0m")


@pytest.mark.parametrize("wish", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb terminal"])
def test_colours_can_be_refused_and_nothing_is_lost(environment: Mapping[str, str], wish: Mapping[str, str]) -> None:
    code, shown = on_a_terminal(CHECK, {**environment, **wish})
    assert (code, "\x1b" in shown, shown.splitlines()[0]) == (0, False, "ALLOW")


def test_a_pipe_gets_no_colours(environment: Mapping[str, str]) -> None:
    done = subprocess.run(CHECK, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "\x1b" in done.stdout, done.stderr) == (0, False, "")


@pytest.mark.parametrize("words", [CHECK, (COMMAND, "--help"), (COMMAND, "policy", "export", "--format", "json")])
def test_output_that_nobody_reads_is_no_answer_and_no_noise(
    environment: Mapping[str, str], words: tuple[str, ...]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(words, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_output_that_cannot_be_written_is_no_answer(environment: Mapping[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(CHECK, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 70
    assert done.stderr.startswith("error: the system refuses: no space left on device")


def test_ctrl_c_ends_a_command_as_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Program((*CHECK, "--url", url), {}) as program:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(1)  # the question: now it waits for the answer
                program.signal(signal.SIGINT)
                assert program.end() == 130
    assert [line for line in program.lines if line] == ["error: interrupted"]


def test_progress_is_for_terminals_and_not_in_the_data(environment: Mapping[str, str]) -> None:
    ours, theirs = pty.openpty()
    words = (COMMAND, "policy", "verify", "--questions", "40", "-o", "json")
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
    os.close(theirs)
    assert b"comparing" in os.read(ours, 4096)
    os.close(ours)
    assert json.loads(done.stdout)["differences"] == []


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--version"], ["rpds", "yaml", "flask", "sqlite3", "casbin", "http.client", "msgspec", "uvicorn"]),
        (["--help"], ["rpds", "yaml", "flask", "sqlite3", "casbin", "http.client", "msgspec", "uvicorn"]),
        (["check", "a", "b", "/c", "-d", "d"], ["yaml", "flask", "casbin", "http.client", "msgspec", "uvicorn"]),
        (["policy", "validate", "/nowhere"], ["flask", "casbin", "http.client", "sqlite3", "uvicorn"]),
        (["org", "--help"], ["rpds", "yaml", "flask", "sqlite3", "casbin", "http.client", "msgspec", "uvicorn"]),
        (["role", "list", "-d", "a", "--url", "http://127.0.0.1:1"], ["rpds", "yaml", "flask", "sqlite3", "msgspec"]),
        (["org", "delete", "a"], ["rpds", "yaml", "flask", "sqlite3", "casbin", "http.client", "msgspec", "uvicorn"]),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_loads_what_it_needs_only(words: list[str], unwanted: list[str], tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from enterprise_service.bootstrap import tools\n"
        "from enterprise_service.cli.main import run\n"
        f"run({words!r}, tools(os.environ))\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": ""},
        stdin=subprocess.DEVNULL,
    )
    assert set(unwanted).isdisjoint(done.stderr.splitlines())
