"""What writers are told when processes die, and when the store is away or held by others."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.support import mortal_service
from tests.support.management import Management
from tests.support.mortal_service import AFTER, BEFORE
from tests.support.programs import Program, free_port
from tests.support.raw_http import Reply
from tests.support.sample_policy import EDITS, commit, settings_of
from tests.support.threads import at_once
from tests.support.ways import Served, our_server, ready

STALENESS_SECONDS = 3
FIRST = {"id": "o9", "name": "Nine"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store with the sample policy is, at revision 2."""
    folder = tmp_path / "store"
    commit(folder, *EDITS)
    return folder


@contextmanager
def mortal_server(folder: Path) -> Iterator[Served]:
    """A server of two workers that die when the folder says so."""
    port = free_port()
    words = [sys.executable, str(Path(mortal_service.__file__)), "serve"]
    with Program(words, settings_of(folder, PORT=port, WEB_CONCURRENCY=2)) as program:
        yield ready(Served("mortal server", port, program))


def patiently(send: Callable[[], Reply], seconds: float = 30.0) -> Reply:
    """The answer, however often the one who would give it dies before."""
    until = time.monotonic() + seconds
    while True:
        try:
            return send()
        except (OSError, EOFError):
            assert time.monotonic() < until
            time.sleep(0.01)


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def revisions(api: Management) -> list[int]:
    """Those of all changes, newest first."""
    return [change["revision"] for change in api.walk("/changes")]


# --- death ------------------------------------------------------------------------------------------------


def test_a_writer_that_died_after_it_appended_gave_its_answer_to_whoever_asks_again(folder: Path) -> None:
    with mortal_server(folder) as server:
        api = Management(server)
        (folder / AFTER).touch()
        with pytest.raises((OSError, EOFError)):
            api.post("/organizations", FIRST, idempotency_key="first")
        again = [patiently(lambda: api.post("/organizations", FIRST, idempotency_key="first")) for _ in range(4)]
        assert [(reply.status, reply.header("idempotency-replayed")) for reply in again] == [(201, "true")] * 4
        assert {reply.header("x-policy-revision") for reply in again} == {"3"}
        assert len({reply.body for reply in again}) == 1
        assert again[0].fields["name"] == "Nine"
        assert revisions(api) == [3, 2, 1]
        assert api.post("/organizations", FIRST).code == "already_exists"
        other = api.post("/organizations", {**FIRST, "name": "Ten"}, idempotency_key="first")
        assert other.code == "idempotency_mismatch"


def test_a_writer_that_died_before_it_appended_has_done_nothing(folder: Path) -> None:
    with mortal_server(folder) as server:
        api = Management(server)
        (folder / BEFORE).touch()
        with pytest.raises((OSError, EOFError)):
            api.post("/organizations", FIRST, idempotency_key="first")
        assert patiently(lambda: api.get("/organizations/o9")).status == 404
        reply = api.post("/organizations", FIRST, idempotency_key="first")
        assert (reply.status, reply.header("idempotency-replayed")) == (201, None)
        assert revisions(api) == [3, 2, 1]


def test_what_died_with_all_processes_is_answered_by_those_that_come_after(folder: Path) -> None:
    with mortal_server(folder) as server:
        (folder / AFTER).touch()
        with pytest.raises((OSError, EOFError)):
            Management(server).post("/organizations", FIRST, idempotency_key="first")
        server.program.signal_all(signal.SIGKILL)
    with our_server(settings_of(folder), workers=1) as server:
        reply = Management(server).post("/organizations", FIRST, idempotency_key="first")
        assert (reply.status, reply.header("idempotency-replayed")) == (201, "true")


def test_an_api_key_whose_answer_was_lost_is_never_shown(folder: Path) -> None:
    """Who made it has to end it, and make another."""
    fields = {"name": "x", "domain": "o1", "scopes": ["decide"]}
    with mortal_server(folder) as server:
        api = Management(server)
        (folder / AFTER).touch()
        with pytest.raises((OSError, EOFError)):
            api.post("/api-keys", fields, idempotency_key="first")
        again = patiently(lambda: api.post("/api-keys", fields, idempotency_key="first")).fields
        assert again["key_shown"] is True
        assert "key" not in again
        assert api.delete(f"/api-keys/{again['id']}").status == 204


def test_no_kill_loses_what_was_acknowledged_or_makes_anything_twice(folder: Path) -> None:
    seed = random.randrange(2**32)
    stopping, killed = threading.Event(), list[int]()
    with our_server(settings_of(folder), workers=2) as server:
        killer = threading.Thread(target=kill_on, args=(server, random.Random(seed), stopping, killed))
        killer.start()
        try:
            made = at_once(4, lambda number: write_on(Management(server), number))
        finally:
            stopping.set()
            killer.join()
        assert len(set(killed)) >= 2
        eventually(lambda: len(server.workers()) == 2)
        api = Management(server)
        acknowledged = [each for some in made for each in some]
        there = Counter(each["id"] for each in api.walk("/clinics"))
        assert {each for each in there if each.startswith("n-")} == set(acknowledged), seed
        newest = len(acknowledged) + 2
        assert revisions(api) == list(range(newest, 0, -1)), seed


def kill_on(server: Served, chance: random.Random, stopping: threading.Event, killed: list[int]) -> None:
    """`kill -9` for a worker now and then."""
    while not stopping.wait(chance.uniform(0.05, 0.4)):
        workers = server.workers()
        with suppress(IndexError, ProcessLookupError):
            worker = chance.choice(workers)
            os.kill(worker, signal.SIGKILL)
            killed.append(worker)


def write_on(api: Management, number: int, count: int = 25) -> list[str]:
    """Make clinics one by one, each asked for until it is acknowledged."""
    names = [f"n-{number}-{place}" for place in range(count)]
    for name in names:
        fields = {"id": name, "organization_id": "o1", "name": name}
        reply = patiently(lambda fields=fields: api.post("/clinics", fields, idempotency_key=fields["id"]))
        assert reply.status == 201
        time.sleep(0.02)
    return names


# --- the store is away --------------------------------------------------------------------------------------


def test_with_the_store_away_nobody_writes_and_old_answers_are_for_who_wants_them(folder: Path) -> None:
    away = folder.with_name("away")
    with our_server(settings_of(folder, MAX_STALENESS_SECONDS=STALENESS_SECONDS), workers=2) as server:
        api = Management(server)
        eventually(lambda: all(api.get("/clinics/c1").status == 200 for _ in range(8)))
        taken_at = time.monotonic()
        folder.rename(away)
        refused = [
            api.get("/clinics/c1"),
            api.get("/clinics"),
            api.get("/clinics/c1?stale=false"),
            api.patch("/clinics/c1", {"name": "x"}),
            api.post("/organizations", FIRST, idempotency_key="first"),
            api.delete("/clinics/c1"),
            api.post("/organizations?dry_run=true", FIRST),
        ]
        assert {(reply.status, reply.code) for reply in refused} == {(503, "store_unavailable")}
        assert all(int(reply.header("retry-after") or "") >= 1 for reply in refused)
        for path in ("/clinics/c1?stale=true", "/clinics?stale=true"):
            reply = api.get(path)
            assert reply.status == 200
            assert reply.header("x-policy-revision") == "2"
            assert 0 <= int(reply.header("x-policy-staleness-ms") or "") <= (time.monotonic() - taken_at + 1) * 1000
        eventually(lambda: all(api.get("/clinics/c1?stale=true").status == 503 for _ in range(8)))
        away.rename(folder)
        eventually(lambda: all(api.get("/clinics/c1").status == 200 for _ in range(8)))
        assert api.get("/clinics/c1").fields["name"] == "c1"
        assert api.post("/organizations", FIRST, idempotency_key="first").status == 201
        assert revisions(api) == [3, 2, 1]


def test_a_store_that_another_program_holds_is_read_and_not_written(folder: Path) -> None:
    with (
        our_server(settings_of(folder), workers=2) as server,
        closing(sqlite3.connect(folder / "enterprise.db", isolation_level=None)) as other,
    ):
        api = Management(server)
        other.execute("BEGIN IMMEDIATE")
        refused = api.post("/organizations", FIRST, idempotency_key="first")
        assert (refused.status, refused.code) == (503, "store_unavailable")
        assert api.get("/organizations/o9").status == 404
        assert api.get("/clinics/c1").status == 200
        other.execute("ROLLBACK")
        assert api.post("/organizations", FIRST, idempotency_key="first").status == 201
        assert revisions(api) == [3, 2, 1]
