"""The export in MongoDB, when a process stands still or dies in the middle of a pass, or the server does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoChangeLog, MongoDatabase, MongoLeases, MongoPolicyExport
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.edits import create, delete
from enterprise_policy.values.windows import SECOND
from enterprise_service.chores.export_comparison import rows_of
from enterprise_service.chores.policy_export import FULL_SECONDS, LEASE_SECONDS, UNSURE_SECONDS, PolicyExportChore
from enterprise_service.ports.policy_export import Row, Rule
from tests.support.command_line import POLICIES, ROOT, Machine
from tests.support.gates import Gated
from tests.support.logs import Process, TroubledLog
from tests.support.policies import assignment
from tests.support.sample_policy import ALLOWED
from tests.support.servers import MongoServer

pytestmark = pytest.mark.mongodb

LEE = assignment("dr.lee", "dentist@o1", "c1")
LEE_RULE = ("g", "dr.lee", "role:o1/dentist", "c1")
NAMES = ("ptype", "v0", "v1", "v2", "v3", "v4", "v5")


@dataclass(frozen=True)
class Pod:
    """A process that answers and exports, on a store in MongoDB that has the sample policy.

    Its clock is ahead of what other leases were taken by: to it they are over.
    """

    database: MongoDatabase
    gated: Gated
    chore: PolicyExportChore

    @property
    def process(self) -> Process:
        return self.gated.process

    def tick(self) -> int | None:
        """As it happens each few seconds."""
        return self.chore.run("pod")

    def wanted(self) -> list[tuple[str, ...]]:
        state = self.process.follower.catch_up().state
        return sorted(rows_of(effective_rules(state, self.process.clock.now())))

    def allows_lee(self) -> bool:
        """What `/authorize` answers."""
        return bool(self.gated.ask(ALLOWED).fields["allowed"])


@contextmanager
def pod_at(uri: str) -> Iterator[Pod]:
    clock = ManualClock(SystemClock().now() + round((LEASE_SECONDS + 60) * SECOND))
    with closing(MongoDatabase(uri)) as database:
        gated = Gated(process=Process(log=TroubledLog(MongoChangeLog(database)), clock=clock))
        export, leases = MongoPolicyExport(database), MongoLeases(database, clock)
        yield Pod(database, gated, PolicyExportChore(gated.process.follower, export, leases, clock, clock.elapsed))


@pytest.fixture
def pod(mongodb_uri: str) -> Iterator[Pod]:
    with pod_at(mongodb_uri) as pod:
        yield pod


def collection(uri: str) -> list[tuple[str, ...]]:
    """What another program finds in `casbin_rule`."""
    with MongoClient[dict[str, Any]](uri) as client:
        found = client.get_default_database()["casbin_rule"].find()
        return sorted(tuple(document[name] for name in NAMES if name in document) for document in found)


@contextmanager
def paused_writer(uri: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has begun a pass and stands still in the middle of its writes."""
    words = [sys.executable, "-m", "tests.support.export_process", uri]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "paused\n"
            _, status = os.waitpid(writer.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            yield writer
        finally:
            writer.kill()


def wake(writer: subprocess.Popen[str]) -> str:
    """Let it go on; what came of its pass."""
    writer.send_signal(signal.SIGCONT)
    said, _ = writer.communicate(timeout=30)
    assert writer.returncode == 0
    return said.strip()


def test_a_right_that_was_taken_back_comes_back_with_a_late_writer_and_is_gone_with_the_next_pass(
    pod: Pod, mongodb_uri: str, report: Callable[[str], None]
) -> None:
    allowed = []
    with paused_writer(mongodb_uri) as writer:
        half_done = collection(mongodb_uri)
        assert 0 < len(half_done) < len(pod.wanted())
        pod.process.make(delete(LEE))
        assert pod.tick() == 2
        assert collection(mongodb_uri) == pod.wanted()
        allowed.append(pod.allows_lee())
        assert wake(writer) == "None"
    late = collection(mongodb_uri)
    allowed.append(pod.allows_lee())
    wrong = set(late) - set(pod.wanted())
    assert wrong == {LEE_RULE}
    assert pod.tick() == 2
    allowed.append(pod.allows_lee())
    assert collection(mongodb_uri) == pod.wanted()
    assert allowed == [False] * 3
    report(f"export, writer paused: {len(wrong)} wrong row seen, 0 after the next pass, {sum(allowed)} wrong decisions")


def test_a_right_that_was_given_again_goes_with_a_late_writer_and_is_back_with_the_next_pass(
    pod: Pod, mongodb_uri: str
) -> None:
    given = [assignment(f"s{number}", "dentist@o1", "c1") for number in range(5)]
    held = {("g", each.subject, "role:o1/dentist", "c1"): each for each in given}
    pod.process.make(*map(create, held.values()))
    assert pod.tick() == 2
    pod.process.make(*map(delete, held.values()))
    with paused_writer(mongodb_uri) as writer:
        rule = next(found for found in collection(mongodb_uri) if found in held)  # the writer is about to take it away
        pod.process.make(create(held[rule]))
        assert pod.tick() == 4
        assert collection(mongodb_uri) == pod.wanted()
        assert wake(writer) == "None"
    assert set(pod.wanted()) - set(collection(mongodb_uri)) == {rule}
    assert pod.gated.ask({**ALLOWED, "sub": rule[1]}).fields["allowed"]
    assert pod.tick() == 4
    assert collection(mongodb_uri) == pod.wanted()


def test_a_pass_that_was_killed_in_the_middle_is_made_again(pod: Pod, mongodb_uri: str) -> None:
    with paused_writer(mongodb_uri) as writer:
        writer.kill()
        writer.wait()
    assert 0 < len(collection(mongodb_uri)) < len(pod.wanted())
    assert pod.tick() == 1
    assert collection(mongodb_uri) == pod.wanted()
    pod.process.clock.advance(UNSURE_SECONDS)
    assert (pod.tick(), pod.tick()) == (1, None)


class KillingExport(MongoPolicyExport):
    """Kills the server right before the second write."""

    def __init__(self, database: MongoDatabase, server: MongoServer) -> None:
        super().__init__(database)
        self._server = server
        self.writes = 0

    def write(self, number: int, removed: Sequence[Row], added: Sequence[Rule]) -> int:
        self.writes += 1
        if self.writes == 2:
            self._server.kill()
        return super().write(number, removed, added)


def test_a_server_that_is_killed_in_the_middle_of_a_pass_changes_no_decision(tmp_path: Path) -> None:
    with MongoServer(tmp_path) as server, pod_at(server.uri) as pod:
        killing = KillingExport(pod.database, server)
        follower, clock = pod.process.follower, pod.process.clock
        chore = PolicyExportChore(follower, killing, MongoLeases(pod.database, clock), clock, clock.elapsed)
        with pytest.raises(StoreUnavailableError):
            chore.refresh(3)
        assert killing.writes == 2
        assert pod.allows_lee()
        server.start()
        pod.process.clock.advance(FULL_SECONDS)
        assert pod.tick() == 1
        with MongoClient[dict[str, Any]](server.uri) as client:
            assert client["enterprise"]["casbin_rule"].count_documents({}) == len(pod.wanted())


def test_whatever_is_in_the_collection_no_decision_hears_of_it(pod: Pod, mongodb_uri: str) -> None:
    pod.tick()
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        rules = client.get_default_database()["casbin_rule"]
        rules.delete_many({})
        rules.insert_one({"ptype": "g", "v0": "eve", "v1": "role:o1/dentist", "v2": "c1"})
    assert pod.allows_lee()
    assert not pod.gated.ask({**ALLOWED, "sub": "eve"}).fields["allowed"]
    pod.process.make(create(assignment("bob", "dentist@o1", "c1")))
    assert pod.allows_lee()
    assert not pod.gated.ask({**ALLOWED, "sub": "eve"}).fields["allowed"]
    pod.process.clock.advance(FULL_SECONDS)
    assert pod.tick() == 2
    assert collection(mongodb_uri) == pod.wanted()


def test_the_command_line_finds_what_differs_and_heals_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mongodb_uri: str
) -> None:
    machine = Machine(tmp_path, capsys, {"MONGODB_URI": mongodb_uri, "SERVICE_SECRET": "s" * 40})
    assert machine("policy", "load", POLICIES).code == 0
    assert machine("verify", "export").code == 1
    assert machine("verify", "export", "--heal").code == 0
    assert machine("verify", "export").code == 0
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        client.get_default_database()["casbin_rule"].insert_one({"ptype": "g", "v0": "eve"})
    found = machine("verify", "export", "-o", "json")
    assert (found.code, found.fields()["extra"]) == (1, 1)
    assert machine("verify", "export", "--heal", "-o", "json").fields()["healed"] == 1
