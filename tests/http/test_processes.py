"""The processes of a service: their deaths, their end, and what they share."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from tests.support.programs import COMMAND, ROOT, Program, environment, free_port
from tests.support.raw_http import Wire, message
from tests.support.sample_policy import ALLOWED, AUTHORIZED, EDITS, body, commit, settings_of
from tests.support.ways import Served, our_server, ready, wsgi_server

HEADERS = [("Content-Type", "application/json"), *AUTHORIZED.items()]
QUESTION = message("POST", "/authorize", HEADERS, body())
MEMORY = Path("/dev/shm")  # noqa: S108 - where the service makes a folder of its own


@pytest.fixture
def server(folder: Path) -> Iterator[Served]:
    """A service of its own, which the test may kill."""
    with our_server(settings_of(folder)) as server:
        yield server


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Whether ``holds`` comes true in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def is_refused(port: int) -> bool:
    """Whether nobody listens at ``port``."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def alive(pids: list[int]) -> list[int]:
    """Those that run; a process that has died and wasn't waited for doesn't."""
    return [pid for pid in pids if _state(pid) not in ("", "Z", "X")]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


# --- deaths ---------------------------------------------------------------------------------------------


def test_a_worker_that_dies_is_replaced_and_the_others_go_on(server: Served) -> None:
    victim, *others = server.workers()
    wires = [server.wire() for _ in range(20)]
    for wire in wires:
        wire.send(QUESTION)
        assert wire.reply().status == 200
    os.kill(victim, signal.SIGKILL)
    kept = 0
    for wire in wires:
        with wire:
            kept += _still_answers(wire)
    assert kept > 0
    assert all(server.ask().status == 200 for _ in range(50))
    assert within(10, lambda: len(set(server.workers()) - {victim}) == 2)
    assert set(others) <= set(server.workers())


def _still_answers(wire: Wire) -> bool:
    try:
        wire.send(QUESTION)
        return wire.reply().status == 200
    except (EOFError, ConnectionError):
        return False


def test_when_the_parent_dies_nobody_answers_any_more(server: Served) -> None:
    workers = server.workers()
    os.kill(server.program.pid, signal.SIGKILL)
    assert within(2, lambda: is_refused(int(server.where)))
    assert within(1, lambda: not alive(workers))
    with socket.socket() as anew:
        anew.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        anew.bind(("127.0.0.1", int(server.where)))


# --- the end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_well_and_leaves_nothing(server: Served, number: signal.Signals) -> None:
    workers, started = server.workers(), time.monotonic()
    server.program.signal(number)
    assert server.program.end() == 0
    assert time.monotonic() - started < 5
    assert not alive(workers)
    assert is_refused(int(server.where))


def test_ctrl_c_in_a_terminal_ends_it_well(server: Served) -> None:
    server.program.signal_all(signal.SIGINT)
    assert server.program.end() == 0
    assert server.program.is_gone()


def test_clients_that_are_idle_dont_keep_it_from_stopping(server: Served) -> None:
    wires = [server.wire() for _ in range(10)]
    for wire in wires[:5]:
        wire.send(QUESTION)
        wire.reply()
    started = time.monotonic()
    server.program.signal(signal.SIGTERM)
    assert server.program.end() == 0
    assert time.monotonic() - started < 5
    for wire in wires:
        with wire:
            assert not wire.is_open()


@pytest.mark.parametrize("fields", [ALLOWED, {**ALLOWED, "explain": True}], ids=["at once", "in a thread"])
def test_a_request_that_is_on_its_way_is_still_answered(server: Served, fields: dict[str, object]) -> None:
    request = message("POST", "/authorize", HEADERS, body(fields))
    with server.wire() as wire:
        wire.send(request[:-10])
        time.sleep(0.2)
        server.program.signal(signal.SIGTERM)
        time.sleep(0.3)
        wire.send(request[-10:])
        reply = wire.reply()
        assert reply.fields["allowed"] is True
        assert reply.header("connection") == "close"
    assert server.program.end() == 0


def test_no_question_fails_while_workers_are_exchanged(server: Served) -> None:
    before, failed, stopping = set(server.workers()), [], False

    def ask_on() -> None:
        while not stopping:
            try:
                assert server.ask().status == 200
            except (OSError, EOFError) as error:
                failed.append(error)

    asking = Thread(target=ask_on)
    asking.start()
    server.program.signal(signal.SIGHUP)
    assert within(20, lambda: len(server.workers()) == 2 and not before & set(server.workers()))
    stopping = True
    asking.join()
    assert not failed


# --- the log --------------------------------------------------------------------------------------------


def test_the_log_is_json_and_nothing_else_is_said(server: Served) -> None:
    server.ask({})
    with server.wire() as wire:
        wire.send(b"garbage\r\n\r\n")
        wire.reply()
    server.program.signal(signal.SIGTERM)
    server.program.end()
    lines = [json.loads(line) for line in server.program.lines]
    assert lines
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert [line for line in lines if line["level"] == "ERROR"] == []


# --- where it listens -----------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said_in_one_line(server: Served, folder: Path) -> None:
    run = subprocess.run(
        [COMMAND, "serve"],
        env=environment(**settings_of(folder, PORT=server.where)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode == 3
    said = [line for line in run.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1
    assert f"cannot listen at `127.0.0.1:{server.where}`: it is taken" in said[0]
    assert server.ask().status == 200


def test_a_unix_socket_instead_of_a_port(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    for _ in range(2):  # the second finds what the first left when it was killed
        with our_server(settings_of(folder, UNIX_SOCKET=path), 1) as server:
            assert server.ask().fields["allowed"] is True
            assert stat.S_ISSOCK(path.stat().st_mode)
    assert path.exists()
    with our_server(settings_of(folder, UNIX_SOCKET=path), 1) as server:
        taken = Program([COMMAND, "serve"], settings_of(folder, UNIX_SOCKET=path))
        with taken:
            assert taken.end() == 3
        assert server.ask().fields["allowed"] is True
        server.program.signal(signal.SIGTERM)
        assert server.program.end() == 0
    assert not path.exists()


def test_what_is_no_socket_is_left_alone(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with Program([COMMAND, "serve"], settings_of(folder, UNIX_SOCKET=path)) as program:
        assert program.end() == 3
    assert path.read_text() == "mine"


# --- what can't start -----------------------------------------------------------------------------------

BROKEN = """
from contextlib import contextmanager
from enterprise_policy.errors import StoreRefusedError
from enterprise_service.http.listening import Address
from enterprise_service.http.serving import serve

@contextmanager
def broken():
    raise StoreRefusedError("the store is of another world")
    yield

serve(broken, Address(port={port}), 2)
"""


def test_a_process_that_cant_start_ends_the_service_with_the_reason() -> None:
    run = subprocess.run(
        [sys.executable, "-c", BROKEN.format(port=free_port())],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode != 0
    assert "the store is of another world" in run.stderr


# --- numbers that processes share -----------------------------------------------------------------------


def numbers_of(server: Served) -> Path:
    """The folder in which the processes of ``server`` put their numbers together."""
    (own,) = {file.parent for pid in server.workers() for file in MEMORY.glob(f"*/counter_{pid}.db")}
    return own


def metric(server: Served, name: str) -> float:
    lines = server.get("/metrics").body.decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " ")), 0.0)


def test_any_process_tells_the_numbers_of_all_even_of_the_dead(folder: Path) -> None:
    name = 'enterprise_service_decisions_total{outcome="allow"}'
    with our_server(settings_of(folder)) as server:
        for _ in range(100):
            server.ask()
        time.sleep(1.5)
        assert [metric(server, name) for _ in range(6)] == [100] * 6
        victim, own = server.workers()[0], numbers_of(server)
        os.kill(victim, signal.SIGKILL)
        assert within(10, lambda: len(server.workers()) == 2 and victim not in server.workers())
        ready(server)
        assert within(5, lambda: all(metric(server, name) == 100 for _ in range(4)))
        assert within(5, lambda: not list(own.glob(f"gauge_live*_{victim}.db")))
        server.program.signal(signal.SIGTERM)
        server.program.end()
    assert not own.exists()


# --- under another server -------------------------------------------------------------------------------


def test_importing_the_application_reads_and_starts_nothing(tmp_path: Path) -> None:
    program = "import threading, wsgi; print(threading.active_count(), callable(wsgi.app))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(SQLITE_PATH=tmp_path / "new" / "enterprise.db", PYTHONPATH=ROOT),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert run.stdout.split() == ["1", "True"]
    assert list(tmp_path.iterdir()) == []


def test_any_server_makes_the_store_when_it_is_first_asked(tmp_path: Path) -> None:
    with wsgi_server(settings_of(tmp_path / "new")) as server:
        assert server.ask().fields["allowed"] is False
        assert commit(tmp_path / "new", *EDITS) == 2
        assert within(10, lambda: all(server.ask().fields["allowed"] for _ in range(4)))
