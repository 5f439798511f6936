"""Signals by the hundred: each does what is documented in `docs/reference/command-line.md`, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from redis import Redis

from tests.support.sample_policy import EDITS, commit, settings_of
from tests.support.stage import Place, figure, until
from tests.support.ways import Served, our_server

TIMES = 100
SLOWEST_SECONDS = 5.0
"""While processes are exchanged a question may wait for those that start, on a busy machine."""

WITHOUT_EFFECT = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH)
TO_WORKERS = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

Report = Callable[[str], None]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    commit(tmp_path, *EDITS)
    with our_server(settings_of(tmp_path)) as served:
        yield served


def storm(server: Served, number: signal.Signals) -> None:
    for _ in range(TIMES):
        server.program.signal(number)
        time.sleep(0.002)


class Questions:
    """What came of those that were asked all the time, and how long the slowest took."""

    def __init__(self) -> None:
        """None yet."""
        self.allowed = 0
        self.wrong: list[object] = []
        self.slowest = 0.0

    def ask(self, server: Served) -> None:
        begun = time.monotonic()
        try:
            reply = server.ask()
        except (OSError, EOFError) as error:
            self.wrong.append(error)
            return
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if (reply.status, reply.fields.get("allowed")) == (200, True):
            self.allowed += 1
        else:
            self.wrong.append(reply)


@contextmanager
def asking(server: Served) -> Iterator[Questions]:
    """One asks as long as the block."""
    questions, stopping = Questions(), threading.Event()

    def ask_on() -> None:
        while not stopping.wait(0.005):
            questions.ask(server)

    thread = threading.Thread(target=ask_on)
    thread.start()
    try:
        yield questions
    finally:
        stopping.set()
        thread.join()


def end_well(server: Served) -> None:
    """Tell it to end: it does so soon, and has met no error."""
    begun = time.monotonic()
    server.program.signal(signal.SIGTERM)
    assert server.program.end() == 0
    assert time.monotonic() - begun < SLOWEST_SECONDS
    assert server.program.is_gone()
    levels = {json.loads(line)["level"] for line in server.program.lines}
    assert "ERROR" not in levels


def watch(server: Served, seconds: float) -> set[int]:
    """The processes that it has had meanwhile."""
    found, end = set[int](), time.monotonic() + seconds
    while time.monotonic() < end:
        found.update(server.workers())
        time.sleep(0.01)
    return found


def test_what_has_no_effect_has_none_a_hundred_times(server: Served, report: Report) -> None:
    """No process ends, none begins, and every question is answered."""
    before = server.workers()
    with asking(server) as questions:
        for number in WITHOUT_EFFECT:
            storm(server, number)
            assert watch(server, 0.5) == set(before), number.name
    assert questions.wrong == []
    assert questions.allowed > TIMES
    end_well(server)
    names = ", ".join(number.name for number in WITHOUT_EFFECT)
    report(f"F42 {names} {TIMES} times each: {questions.allowed} decisions, 0 wrong")


def test_processes_are_exchanged_and_nobody_waits_long_for_it(server: Served, report: Report) -> None:
    """What is told a hundred times at once isn't done a hundred times."""
    before = set(server.workers())
    with asking(server) as questions:
        storm(server, signal.SIGHUP)
        until(lambda: not before & set(server.workers()))
        had = watch(server, 2.0)
        until(lambda: len(server.workers()) == 2)
    assert len(had) < TIMES // 5
    assert questions.wrong == []
    assert questions.slowest < SLOWEST_SECONDS
    assert questions.allowed > TIMES
    end_well(server)
    report(f"F42 SIGHUP {TIMES} times: {questions.allowed} decisions, 0 wrong, the slowest {questions.slowest:.1f} s")


def test_a_signal_to_a_worker_ends_that_at_most_and_another_comes(server: Served, report: Report) -> None:
    chance, sent, parent = Random(42), 0, server.program.pid
    for number in TO_WORKERS:
        for _ in range(TIMES // len(TO_WORKERS)):
            for worker in chance.sample(workers := server.workers(), k=min(1, len(workers))):
                with suppress(ProcessLookupError):
                    os.kill(worker, number)
                    sent += 1
            time.sleep(0.02)
        until(lambda: len(server.workers()) == 2)
        assert {server.ask().fields["allowed"] for _ in range(20)} == {True}, number.name
    assert server.program.pid == parent
    assert sent >= TIMES // 2
    end_well(server)
    report(f"F42 signals to workers: {sent}, and the service went on")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
@pytest.mark.parametrize("to_all", [False, True], ids=["to the parent", "to all"])
def test_told_to_end_again_and_again_it_ends_once_and_well(
    server: Served, number: signal.Signals, *, to_all: bool
) -> None:
    begun, send = time.monotonic(), server.program.signal_all if to_all else server.program.signal
    for _ in range(TIMES):
        send(number)
        time.sleep(0.002)
    assert server.program.end() == 0
    assert time.monotonic() - begun < SLOWEST_SECONDS
    assert server.program.is_gone()


@pytest.mark.mongodb
def test_when_the_parent_is_killed_nobody_answers_or_listens_any_more(
    tmp_path: Path, mongodb_uri: str, redis_url: str, redis_channel: str, report: Report
) -> None:
    """Also where processes have threads that wait for a MongoDB and a Redis."""
    place = Place(folder=tmp_path, uri=mongodb_uri, direct_uri=mongodb_uri, redis_url=redis_url, channel=redis_channel)
    pod, times = place.pod("pod", workers=2), figure(3, 20)
    with Redis.from_url(redis_url) as client, ExitStack() as stack:
        stack.callback(pod.kill)
        for _ in range(times):
            pod.start()
            pod.wait_ready()
            until(lambda: listeners(client, redis_channel) == 2)
            assert pod.program is not None
            pod.program.signal(signal.SIGKILL)
            until(lambda: pod.readiness(0.2)[0] == 0, 2.0)
            until(lambda: listeners(client, redis_channel) == 0, 2.0)
            pod.kill()
    report(f"F3 the parent killed: {times} times, each time nobody was left after 2 s")


def listeners(client: Redis, channel: str) -> int:
    """How many hear what is published on ``channel``."""
    ((_, count),) = client.pubsub_numsub(channel)  # type: ignore[no-untyped-call]  # redis-py hasn't typed it
    return int(count)
