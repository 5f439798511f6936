"""The service while its store is away: it decides from what it has, for a while, and says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.sample_policy import ALLOWED, EDITS, commit, settings_of
from tests.support.ways import Served, Way, our_server, wsgi_server

MAX_STALENESS = 2


class Store:
    """A store that can be taken away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._aside = folder.with_name("aside")
        commit(folder, *EDITS)

    def take_away(self) -> None:
        self.folder.rename(self._aside)

    def bring_back(self) -> None:
        self._aside.rename(self.folder)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(params=["our server", "gunicorn"])
def server(request: pytest.FixtureRequest, store: Store) -> Iterator[Served]:
    """A service of its own, with little patience for an old policy."""
    settings = settings_of(store.folder, MAX_STALENESS_SECONDS=MAX_STALENESS)
    # Under gunicorn a process reads the store at its first request, and which process that reaches isn't ours to say.
    start, workers = {"our server": (our_server, 2), "gunicorn": (wsgi_server, 1)}[request.param]
    with start(settings, workers) as server:
        everybody(server, lambda: server.ask().status == 200)
        yield server


def everybody(way: Way, holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until it holds for every process, as far as ten questions reach them."""
    until = time.monotonic() + seconds
    while not all(holds() for _ in range(10)):
        assert time.monotonic() < until, way.get("/health/readiness")
        time.sleep(0.05)


def test_decisions_go_on_for_a_while_and_then_stop_and_come_back(server: Served, store: Store) -> None:
    store.take_away()
    assert server.ask().fields["allowed"] is True
    reply = server.ask({**ALLOWED, "at_least": 1000})
    assert (reply.status, reply.code) == (503, "store_unavailable")
    everybody(server, lambda: server.get("/health/readiness").status == 503)
    message = server.get("/health/readiness").fields["dependencies"]["sqlite"]["message"]
    assert message.startswith("SQLite is disconnected: ")
    everybody(server, lambda: server.ask().code == "policy_unavailable")
    batch = server.ask({"checks": [ALLOWED]}, target="/authorize/batch")
    assert (batch.status, batch.code) == (503, "policy_unavailable")
    assert server.get("/health/liveness").status == 200
    store.bring_back()
    everybody(server, lambda: server.ask().status == 200 and server.get("/health/readiness").status == 200)


def test_a_decision_pod_stays_ready_while_its_policy_is_fresh(store: Store) -> None:
    settings = settings_of(store.folder, PLANE="decision", MAX_STALENESS_SECONDS=60)
    with our_server(settings, 1) as server:
        store.take_away()
        everybody(server, lambda: "message" in server.get("/health/readiness").fields["dependencies"]["sqlite"])
        fields = server.get("/health/readiness").fields
        assert fields["status"] == "ready"
        assert fields["dependencies"]["sqlite"]["status"] == "disconnected"
        assert fields["dependencies"]["sqlite"]["critical"] is False
        assert server.ask().fields["allowed"] is True
        store.bring_back()
