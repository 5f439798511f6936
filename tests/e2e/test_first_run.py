"""A first look at the service, as somebody has it who has just come: `make run`, and what it shows."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.fake_service import fake_service
from tests.support.programs import ROOT, RUN, Program, environment, free_port


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "it's a folder" / "enterprise.db"


def is_last(line: str) -> bool:
    return line.startswith("stop  ")


def shown(lines: list[str], start: str) -> list[str]:
    found = [line for line in lines if line.startswith(start)]
    assert len(found) == 2
    return found


def paste(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment(**more), capture_output=True, text=True, check=False
    )


def test_the_lines_that_are_shown_work_when_they_are_pasted(store: Path, tmp_path: Path) -> None:
    port = free_port()
    with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as run:
        run.wait_for(is_last)
        assert [line.split()[0] for line in run.lines if line.startswith(("ALLOW", "DENY"))] == ["ALLOW", "DENY"]
        asked = [paste(line, tmp_path) for line in shown(run.lines, "curl ")]
        assert [json.loads(done.stdout)["allowed"] for done in asked] == [True, False]
        assert [json.loads(done.stdout)["reason"]["code"] for done in asked] == [
            "allowed_by_permission",
            "denied_by_permission",
        ]
        assert [done.stderr for done in asked] == ["", ""]
        checked = [paste(line, ROOT) for line in shown(run.lines, "SQLITE_PATH=")]
        assert [(done.returncode, done.stdout.split("\n")[0]) for done in checked] == [(0, "ALLOW"), (1, "DENY")]
        page = next(line.split()[-1] for line in run.lines if line.startswith("documentation "))
        assert "/authorize" in paste(f"curl -sS {page}", tmp_path).stdout


def test_ctrl_c_ends_it_and_leaves_nothing(store: Path) -> None:
    port = free_port()
    with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as run:
        run.wait_for(is_last)
        run.signal_all(signal.SIGINT)
        assert run.end() == 0
        assert run.is_gone()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("moment", [0.0, 1.0, 2.0])
def test_a_kill_ends_it_at_any_moment_and_leaves_nothing(store: Path, moment: float) -> None:
    with Program(RUN, {"PORT": free_port(), "SQLITE_PATH": store}) as run:
        with pytest.raises(RuntimeError, match="didn't come"):
            run.wait_for(lambda _: False, 0.7 + moment)
        run.signal(signal.SIGTERM)
        assert run.end() == 0
        assert run.is_gone()


def test_a_second_run_finds_the_first_and_another_port_is_another_service(store: Path) -> None:
    port, other = free_port(), free_port()
    with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as first:
        first.wait_for(is_last)
        with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as second:
            assert second.end() == 0
        assert f"The service is running already, at http://127.0.0.1:{port}. " in "\n".join(second.lines)
        assert shown(second.lines, "curl ") == shown(first.lines, "curl ")
        with Program(RUN, {"PORT": other, "SQLITE_PATH": store}) as third:
            third.wait_for(is_last)
            assert f"http://127.0.0.1:{other}/authorize" in shown(third.lines, "curl ")[0]
            assert "policies: revision 3: nothing to do" in third.lines
            assert paste(shown(first.lines, "curl ")[0], ROOT).returncode == 0
            third.signal(signal.SIGTERM)
            assert third.end() == 0
        assert paste(shown(first.lines, "curl ")[0], ROOT).returncode == 0


def test_two_runs_at_once_are_one_service(store: Path) -> None:
    settings = {"PORT": free_port(), "SQLITE_PATH": store}
    with Program(RUN, settings) as one, Program(RUN, settings) as other:
        one.wait_for(is_last)
        other.wait_for(is_last)
        said = [line.split(",")[0] for run in (one, other) for line in run.lines if line.startswith("The service")]
        assert sorted(said) == ["The service is ready", "The service is running already"]
        assert shown(one.lines, "curl ") == shown(other.lines, "curl ")


def test_a_port_of_another_program_is_told_with_the_way_out(store: Path) -> None:
    with fake_service() as stranger:
        port = int(stranger.url.rpartition(":")[2])
        with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as run:
            assert run.end() == 3
            assert run.is_gone()
        assert run.lines == [f"run: port {port} is taken by another program; type: make run PORT={port + 1}"]
        assert stranger.seen == []


def test_a_service_of_another_store_is_another_program(store: Path, tmp_path: Path) -> None:
    port = free_port()
    with Program(RUN, {"PORT": port, "SQLITE_PATH": store}) as run:
        run.wait_for(is_last)
        with Program(RUN, {"PORT": port, "SQLITE_PATH": tmp_path / "other.db"}) as other:
            assert other.end() == 3
        assert "is taken by another program" in other.lines[-1]


def test_a_key_that_was_set_is_not_shown(store: Path) -> None:
    key = "key-" + "k" * 40
    with Program(RUN, {"PORT": free_port(), "SQLITE_PATH": store, "BOOTSTRAP_API_KEY": key}) as run:
        run.wait_for(is_last)
        assert key not in "\n".join(run.lines)
        done = paste(shown(run.lines, "curl ")[0], ROOT, BOOTSTRAP_API_KEY=key)
        assert json.loads(done.stdout)["allowed"] is True
        assert key not in store.with_name(f"run-{run_port(run)}.log").read_text()


def run_port(run: Program) -> str:
    return next(line for line in run.lines if line.startswith("documentation ")).split(":")[2].split("/")[0]


def test_what_keeps_it_from_starting_is_said(store: Path) -> None:
    with Program(RUN, {"PORT": "x", "SQLITE_PATH": store}) as run:
        assert run.end() == 2
    assert run.lines == ["run: `PORT` must be a whole number from 1 to 65535; for example `PORT=3018`"]
    store.parent.mkdir(parents=True)
    store.write_bytes(b"no database" * 100)
    with Program(RUN, {"PORT": free_port(), "SQLITE_PATH": store}) as run:
        assert run.end() == 3
    assert run.lines[-1] == "run: `policies` can't be loaded; the lines above say why"
