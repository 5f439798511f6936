"""Hints through a Redis that goes away, comes back, hangs, forgets, refuses, or carries what it shouldn't."""

from __future__ import annotations

import logging
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from redis import Redis

from enterprise_adapters.redis import RedisHints
from tests.support.carriers import CHANNEL, HEARTBEAT
from tests.support.ears import Ear, soon
from tests.support.servers import RedisServer
from tests.support.servers.certificates import make_certificates

PASSWORD = "s3cret-of-a-test"

NewHints: TypeAlias = Callable[..., RedisHints]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with RedisServer(tmp_path) as started:
        yield started


@pytest.fixture
def new_hints() -> Iterator[NewHints]:
    """Makes hints at a URL, and closes them before their server ends."""
    with ExitStack() as stack:

        def make(url: str, channel: str = CHANNEL, *, heartbeat_seconds: float = HEARTBEAT) -> RedisHints:
            hints = RedisHints(url, channel, heartbeat_seconds=heartbeat_seconds)
            stack.callback(hints.close)
            return hints

        yield make


def listening(hints: RedisHints) -> Ear:
    ear = Ear()
    hints.listen(ear)
    assert ear.hears(None)
    return ear


def well(hints: RedisHints) -> bool:
    return hints.health().trouble is None


def in_trouble(*, by: str) -> Callable[[RedisHints], bool]:
    return lambda hints: hints.health().trouble == by


def test_hints_go_on_after_a_restart_and_none_but_the_newest_has_waited(
    server: RedisServer, new_hints: NewHints, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first, second = (new_hints(server.url, heartbeat_seconds=1.0) for _ in range(2))
    ear = listening(second)
    first.publish(1)
    assert ear.hears(1)
    assert soon(lambda: second.health().lag_seconds is not None)
    server.kill()
    assert soon(lambda: in_trouble(by="redis can't be reached")(first))
    assert soon(lambda: in_trouble(by="redis can't be reached")(second))
    for revision in range(2, 1_000):
        first.publish(revision)
    server.start()
    assert ear.misses(2), "999 may have come before it listened again: then it has to look by itself"
    assert soon(lambda: well(first) and well(second))
    first.publish(1_000)
    assert ear.hears(1_000)
    assert len(ear.revisions) <= 5, "998 hints were kept while nobody could be told"
    told = [record.getMessage() for record in caplog.records]
    assert told.count("hints are in trouble: redis can't be reached") == 2
    assert told.count("hints arrive again") == 2


def test_hints_resume_within_5_seconds_of_a_return(server: RedisServer, new_hints: NewHints) -> None:
    first, second = (new_hints(server.url, heartbeat_seconds=5.0) for _ in range(2))
    ear = listening(second)
    listening(first)
    assert soon(lambda: second.health().lag_seconds is not None, 1), "its first heartbeat follows the subscription"
    server.kill()
    time.sleep(2)
    first.publish(7)
    server.start()
    assert ear.misses(2, seconds=5)
    first.publish(8)
    assert ear.hears(8, seconds=5)


def test_a_redis_that_stands_still_shows_within_three_heartbeats(server: RedisServer, new_hints: NewHints) -> None:
    hints = new_hints(server.url)
    ear = listening(hints)
    assert soon(lambda: hints.health().lag_seconds is not None)
    server.suspend()
    begun = time.monotonic()
    assert soon(lambda: not well(hints), 4 * HEARTBEAT)
    assert time.monotonic() - begun < 3 * HEARTBEAT + 0.5
    time.sleep(3)
    assert not well(hints)
    server.resume()
    assert soon(lambda: well(hints), 5)
    assert ear.missed >= 2


def test_who_could_not_begin_begins_when_redis_is_there(tmp_path: Path, new_hints: NewHints) -> None:
    server = RedisServer(tmp_path)
    hints, ear = new_hints(server.url), Ear()
    hints.listen(ear)
    assert soon(lambda: in_trouble(by="redis can't be reached")(hints))
    assert ear.heard == []
    with server:
        assert ear.hears(None)
        assert soon(lambda: well(hints))


def test_flushing_concerns_no_hint(server: RedisServer, new_hints: NewHints) -> None:
    first, second = (new_hints(server.url, heartbeat_seconds=5.0) for _ in range(2))
    ear = listening(second)
    with Redis.from_url(server.url) as client:
        for revision in range(1, 11):
            client.flushall()
            first.publish(revision)
            assert ear.hears(revision)
        client.flushdb()
        assert client.dbsize() == 0
    assert ear.missed == 1
    assert well(first)
    assert well(second)


def test_connections_that_the_server_closes_are_made_anew(server: RedisServer, new_hints: NewHints) -> None:
    first, second = new_hints(server.url), new_hints(server.url)
    ear = listening(second)
    with Redis.from_url(server.url) as client:
        for times in range(2, 6):
            client.client_kill_filter(_type="pubsub")
            client.client_kill_filter(_type="normal", skipme=True)
            assert ear.misses(times)
            first.publish(times)
            assert ear.hears(times)
    assert soon(lambda: well(second))


class Relay(socketserver.ThreadingTCPServer):
    """Stands between hints and their server; what subscribed before ``mute`` hears nothing more, and isn't told."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        self._to = port
        self._subscribed: set[socket.socket] = set()
        self._muted: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.server_address[1]}/0"

    def mute(self) -> None:
        self._muted = set(self._subscribed)

    def finish_request(self, request: socket.socket, client_address: object) -> None:
        with socket.create_connection(("127.0.0.1", self._to)) as server:
            back = threading.Thread(target=self._back, args=(server, request), daemon=True)
            back.start()
            while data := request.recv(65_536):
                if b"SUBSCRIBE" in data:
                    self._subscribed.add(request)
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)
            back.join()

    def _back(self, server: socket.socket, request: socket.socket) -> None:
        while data := server.recv(65_536):
            if request not in self._muted:
                request.sendall(data)


def test_a_connection_that_has_died_in_silence_is_made_anew(server: RedisServer, new_hints: NewHints) -> None:
    """Nothing fails, what is published goes out, and nothing comes in: only the heartbeats tell."""
    with Relay(server.port) as relay:
        hints = new_hints(relay.url)
        ear = listening(hints)
        assert soon(lambda: hints.health().lag_seconds is not None)
        relay.mute()
        assert soon(lambda: in_trouble(by="redis has fallen silent")(hints), 3 * HEARTBEAT + 0.5)
        assert ear.misses(2)
        assert soon(lambda: well(hints))
        new_hints(server.url).publish(7)
        assert ear.hears(7)
        hints.close()
        relay.shutdown()


def test_a_wrong_password_shows_and_is_never_told(
    tmp_path: Path, new_hints: NewHints, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with RedisServer(tmp_path, password="another") as server:
        for url in (f"redis://:{PASSWORD}@127.0.0.1:{server.port}/0", f"redis://127.0.0.1:{server.port}/0"):
            hints = new_hints(url)
            hints.listen(Ear())
            assert soon(lambda hints=hints: in_trouble(by="redis doesn't accept the credentials")(hints))
            hints.close()
        right = new_hints(server.url)
        assert listening(right).heard == [None]
        right.close()
    assert PASSWORD not in "".join(f"{record.__dict__}" for record in caplog.records)


def test_a_password_that_is_set_right_later_is_enough(tmp_path: Path, new_hints: NewHints) -> None:
    with RedisServer(tmp_path, password=PASSWORD) as server, Redis.from_url(server.url) as client:
        client.config_set("requirepass", "another")
        hints, ear = new_hints(server.url), Ear()
        hints.listen(ear)
        assert soon(lambda: in_trouble(by="redis doesn't accept the credentials")(hints))
        client.config_set("requirepass", PASSWORD)
        assert ear.hears(None)
        assert soon(lambda: well(hints))
        hints.close()


def test_a_user_who_may_only_publish_and_subscribe_is_enough(server: RedisServer, new_hints: NewHints) -> None:
    with Redis.from_url(server.url) as client:
        client.execute_command(
            "ACL", "SETUSER", "pod", "on", f">{PASSWORD}", "resetchannels", f"&{CHANNEL}", "+publish", "+subscribe"
        )
        client.execute_command(
            "ACL", "SETUSER", "other", "on", f">{PASSWORD}", "resetchannels", "&another", "+publish", "+subscribe"
        )
    pod, other = (
        new_hints(f"redis://{name}:{PASSWORD}@127.0.0.1:{server.port}/0", heartbeat_seconds=HEARTBEAT)
        for name in ("pod", "other")
    )
    ear = listening(pod)
    new_hints(server.url).publish(7)
    assert ear.hears(7)
    assert soon(lambda: well(pod))
    other.listen(Ear())
    assert soon(lambda: in_trouble(by="redis doesn't let this user publish and subscribe on the channel")(other))


def test_hints_go_through_tls_to_the_right_server_only(tmp_path: Path, new_hints: NewHints) -> None:
    certificates = make_certificates(tmp_path / "ours")
    others = make_certificates(tmp_path / "theirs")
    with RedisServer(tmp_path, password=PASSWORD, certificates=certificates) as server:
        first, second = new_hints(server.url), new_hints(server.url)
        ear = listening(second)
        first.publish(7)
        assert ear.hears(7)
        unknown = server.url.replace("ours", "theirs")
        assert str(others.authority.parent.name) in unknown
        for url in (unknown, server.url.replace("rediss://", "redis://").partition("?")[0]):
            wrong, deaf = new_hints(url), Ear()
            wrong.listen(deaf)
            assert soon(lambda wrong=wrong: not well(wrong))
            assert deaf.heard == []
            wrong.close()
        first.close()
        second.close()


def test_floods_of_garbage_are_told_of_once_and_hints_arrive(
    server: RedisServer, new_hints: NewHints, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = new_hints(server.url), new_hints(server.url)
    ear = listening(second)
    with Redis.from_url(server.url) as client:
        for revision in range(1, 6):
            for _ in range(200):
                client.publish(CHANNEL, b"from another service")
            client.publish(CHANNEL, b"x" * 1_000_000)
            first.publish(revision)
            assert ear.hears(revision)
    assert ear.revisions == [1, 2, 3, 4, 5]
    passed_over = [record for record in caplog.records if "no hints" in record.getMessage()]
    assert len(passed_over) == 1
    assert "another service" not in caplog.text


def test_hints_twice_late_reordered_or_from_the_future_are_heard_as_they_come(
    server: RedisServer, new_hints: NewHints
) -> None:
    """Whoever hears them looks into the log: here is nothing that would make one fit."""
    ear = listening(new_hints(server.url))
    with Redis.from_url(server.url) as client:
        for revision in (5, 5, 3, 9_007_199_254_740_991, 4):
            client.publish(CHANNEL, f'{{"from": "x", "revision": {revision}}}')
    assert ear.hears(4)
    assert ear.revisions == [5, 5, 3, 9_007_199_254_740_991, 4]


def test_channels_have_nothing_to_do_with_each_other(server: RedisServer, new_hints: NewHints) -> None:
    ours, theirs = listening(new_hints(server.url)), listening(new_hints(server.url, "another"))
    new_hints(server.url).publish(7)
    assert ours.hears(7)
    new_hints(server.url, "another").publish(8)
    assert theirs.hears(8)
    assert (ours.revisions, theirs.revisions) == ([7], [8])


def test_nothing_is_left_in_redis_or_of_the_threads(server: RedisServer, new_hints: NewHints) -> None:
    hints = new_hints(server.url)
    listening(hints)
    hints.publish(7)
    assert soon(lambda: hints.health().lag_seconds is not None)
    hints.close()
    with Redis.from_url(server.url) as client:
        assert client.dbsize() == 0
        assert soon(lambda: client.pubsub_channels() == [] and len(client.client_list()) == 1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("hints-")]


def test_what_is_called_may_publish_and_close(server: RedisServer, new_hints: NewHints) -> None:
    first, second = new_hints(server.url), new_hints(server.url)
    ear = listening(first)

    def hear(revision: int | None) -> None:
        if revision == 1:
            second.publish(2)
            second.close()

    second.listen(hear)
    assert soon(lambda: second.health().lag_seconds is not None)
    first.publish(1)
    assert ear.hears(2)


FORKED = """
import os, sys, threading, time
from enterprise_adapters.redis import RedisHints

hints = RedisHints(sys.argv[1], sys.argv[2])
child = os.fork()
own, other = (1, 2) if child else (2, 1)
heard = threading.Event()
hints.listen(lambda revision: heard.set() if revision == other else None)
until = time.monotonic() + 20
while not heard.wait(0.1) and time.monotonic() < until:
    hints.publish(own)
for _ in range(20):
    hints.publish(own)
    time.sleep(0.05)
hints.close()
well = heard.is_set() and (not child or os.waitpid(child, 0)[1] == 0)
sys.exit(0 if well else 1)
"""


def test_processes_that_were_forked_hear_each_other(server: RedisServer) -> None:
    """Made before the fork, used after it: neither takes the other's hints for its own."""
    words = [sys.executable, "-c", FORKED, server.url, CHANNEL]
    assert subprocess.run(words, check=False, timeout=60).returncode == 0
