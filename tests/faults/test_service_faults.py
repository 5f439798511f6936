"""What callers notice when the store of a running service is written to, filled up, taken away or tampered with."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enterprise_policy.state.edits import create, delete
from tests.support.policies import assignment
from tests.support.programs import COMMAND, ROOT, environment
from tests.support.sample_policy import ALLOWED, EDITS, commit, settings_of
from tests.support.ways import Served, our_server

PROPAGATION_SECONDS = 0.5
GRANT = create(assignment("dr.new", "dentist@o1", "c1"))
NEW = {**ALLOWED, "sub": "dr.new"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a store with the sample policy is."""
    commit(tmp_path, *EDITS)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Served]:
    with our_server(settings_of(folder)) as served:
        until(lambda: patient_answers(served) == {(200, True, 2)})
        yield served


def answers(server: Served, question: object = ALLOWED, count: int = 16) -> set[tuple[int, bool | None, int | None]]:
    """What connections of their own are answered: they reach every worker."""
    replies = [server.ask(question) for _ in range(count)]
    return {(reply.status, reply.fields.get("allowed"), reply.fields.get("revision")) for reply in replies}


def patient_answers(server: Served) -> set[tuple[int, bool | None, int | None]]:
    """The same, or nothing while nobody listens."""
    try:
        return answers(server)
    except (OSError, EOFError):
        return set()


def workers_of(server: Served) -> list[int]:
    """The processes that answer, by the process that keeps them."""
    pid = server.program.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def readiness(server: Served) -> tuple[int, str]:
    reply = server.get("/health/readiness")
    return reply.status, reply.fields["dependencies"]["sqlite"]["status"]


def load(folder: Path, *before: str) -> subprocess.Popen[str]:
    """`policy load` of a change that is large enough to need room; ``before`` are words before the command."""
    return subprocess.Popen(
        [*before, COMMAND, "policy", "load", str(ROOT / "policies")],
        env=environment(**settings_of(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tamper(folder: Path, statement: str) -> None:
    """Somebody writes to the file past the service, from a process of his own."""
    program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    subprocess.run([sys.executable, "-c", program, str(folder / "enterprise.db"), statement], check=True)


def test_every_worker_follows_a_change_of_another_process_in_time(folder: Path, server: Served) -> None:
    for edit, allowed in ((GRANT, True), (delete(GRANT.record), False)):
        revision = commit(folder, edit)
        time.sleep(PROPAGATION_SECONDS)
        assert answers(server, NEW) == {(200, allowed, revision)}


def test_a_disk_that_is_full_for_a_writer_costs_nobody_a_decision(folder: Path, server: Served) -> None:
    before = answers(server)
    with load(folder, "sh", "-c", 'ulimit -f 32; exec "$@"', "sh") as full:
        _, said = full.communicate(timeout=60)
    assert full.returncode == 3, said
    assert "the store can't be used now" in said or "disk" in said, said
    assert answers(server) == before
    assert readiness(server) == (200, "connected")
    with load(folder) as roomy:
        assert roomy.wait(timeout=60) == 0
    until(lambda: answers(server) == {(200, True, 3)})


def test_a_load_that_is_killed_is_whole_or_absent(folder: Path, server: Served) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(6):
        with load(folder) as killed:
            time.sleep(chance.uniform(0.2, 0.8))
            killed.kill()
        known = {revision for _, _, revision in answers(server)}
        assert known <= {2, 3}, seed
    with load(folder) as whole:
        assert whole.wait(timeout=60) == 0
    until(lambda: answers(server) == {(200, True, 3)})
    assert readiness(server) == (200, "connected")


def test_without_its_store_the_service_decides_until_the_policy_is_too_old(folder: Path) -> None:
    store, away = folder / "enterprise.db", folder / "away.db"
    with our_server(settings_of(folder, MAX_STALENESS_SECONDS=2)) as server:
        until(lambda: answers(server) == {(200, True, 2)})
        store.rename(away)
        assert answers(server) == {(200, True, 2)}
        until(lambda: readiness(server) == (503, "disconnected"))
        until(lambda: {(r.status, r.code) for r in (server.ask() for _ in range(16))} == {(503, "policy_unavailable")})
        away.rename(store)
        until(lambda: readiness(server) == (200, "connected") and answers(server) == {(200, True, 2)})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policy_log SET body = CAST(replace(CAST(body AS TEXT), 'dr.new', 'dr.lee') AS BLOB) WHERE revision = 3",
        "UPDATE policy_log SET mac = zeroblob(32) WHERE revision = 2",
        "DELETE FROM policy_log WHERE revision = 2",
    ],
    ids=["a change is forged", "an old entry is damaged", "the tail is cut"],
)
def test_a_log_that_was_tampered_with_is_not_followed(folder: Path, server: Served, statement: str) -> None:
    """The last good policy decides, readiness says that something is wrong, and the next change isn't taken."""
    assert answers(server) == {(200, True, 2)}
    server.program.signal_all(signal.SIGSTOP)
    if "revision = 3" in statement:
        commit(folder, GRANT)
    tamper(folder, statement)
    server.program.signal_all(signal.SIGCONT)
    until(lambda: readiness(server) == (503, "disconnected"))
    assert answers(server) == {(200, True, 2)}
    assert answers(server, NEW) == {(200, False, 2)}


def test_a_worker_that_starts_while_the_store_is_away_makes_no_other(folder: Path, server: Served) -> None:
    store, away = folder / "enterprise.db", folder / "away.db"
    until(lambda: answers(server) == {(200, True, 2)})
    store.rename(away)
    for pid in workers_of(server):
        os.kill(pid, signal.SIGKILL)
    until(lambda: {reply for reply, _, _ in patient_answers(server)} == {503})
    assert not store.exists()
    away.rename(store)
    until(lambda: answers(server) == {(200, True, 2)})
