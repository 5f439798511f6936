"""Clients that keep the service waiting, all at once, while others are served."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import pytest

from tests.support.raw_http import Wire, message
from tests.support.sample_policy import AUTHORIZED, body
from tests.support.ways import Served

HEADERS = [("Content-Type", "application/json"), *AUTHORIZED.items()]
QUESTION = message("POST", "/authorize", HEADERS, body())
ELSEWHERE = QUESTION.replace(b"/authorize", b"/%61uthorize")
EACH = 20
LIMIT = 10
WATCHED = 14


@dataclass(slots=True)
class Watched:
    """What came of it: when each connection was ended, by kind, and how long others waited."""

    ended: dict[str, list[float]] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)


SENT = {
    "silent": b"",
    "half a head": QUESTION[:35],
    "half a body": QUESTION[:-40],
    "half a body for a thread": ELSEWHERE[:-40],
    "blank lines": b"\r\n\r\n",
    "idle": QUESTION,
    "idle after a thread": ELSEWHERE,
}
DRIPS = {"half a head": b"X", "half a body": b" ", "blank lines": b"\r\n"}
"""What is sent once a second, so that the connection is never quite still."""


@pytest.fixture(scope="module")
def watched(served: Served) -> Watched:
    """Seven kinds of clients for a little longer than the service waits."""
    result = Watched()
    with ExitStack() as stack:
        wires = {kind: [stack.enter_context(served.wire()) for _ in range(EACH)] for kind in SENT}
        started = time.monotonic()
        for kind, first in SENT.items():
            for wire in wires[kind]:
                wire.send(first)
                if kind.startswith("idle"):
                    wire.reply()
        while time.monotonic() - started < WATCHED:
            _look(wires, result, time.monotonic() - started)
            result.waits.append(_ask(served))
    return result


def _look(wires: dict[str, list[Wire]], result: Watched, now: float) -> None:
    for kind, open_ones in wires.items():
        for wire in list(open_ones):
            if not wire.is_open(0.001) or not _drip(wire, DRIPS.get(kind, b"")):
                result.ended.setdefault(kind, []).append(now)
                open_ones.remove(wire)


def _drip(wire: Wire, data: bytes) -> bool:
    try:
        wire.send(data)
    except ConnectionError:
        return False
    return True


def _ask(served: Served) -> float:
    started = time.monotonic()
    assert served.ask().status == 200
    time.sleep(0.3)
    return time.monotonic() - started - 0.3


@pytest.mark.parametrize("kind", [kind for kind in SENT if not kind.startswith("idle")])
def test_a_request_that_doesnt_come_ends_the_connection(watched: Watched, kind: str) -> None:
    assert len(watched.ended[kind]) == EACH
    assert min(watched.ended[kind]) > LIMIT - 2


@pytest.mark.parametrize("kind", [kind for kind in SENT if kind.startswith("idle")])
def test_an_idle_connection_is_kept_longer(watched: Watched, kind: str) -> None:
    assert kind not in watched.ended


def test_others_are_served_meanwhile(watched: Watched) -> None:
    assert quantiles(watched.waits, n=10)[-1] < 0.5


# --- clients that don't read ----------------------------------------------------------------------------


def resident(pid: int) -> int:
    """The memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * resource.getpagesize()


@pytest.fixture
def deaf(served: Served) -> Iterator[socket.socket]:
    """A client that only sends."""
    with socket.create_connection(("127.0.0.1", int(served.where))) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(0)
        yield client


def test_who_doesnt_read_is_not_read(served: Served, deaf: socket.socket) -> None:
    workers = served.workers()
    before = sum(map(resident, workers))
    sent, until = 0, time.monotonic() + 2
    while time.monotonic() < until:
        try:
            sent += deaf.send(QUESTION * 100)
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 20_000_000
    assert sum(map(resident, workers)) - before < 30_000_000
    assert served.ask().status == 200
