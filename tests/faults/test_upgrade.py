"""F26: this version and the one before on one store, three times up and down, while clients go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from enterprise_adapters.sqlite import Database, SqliteChangeLog
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.state.chain import Keyring
from enterprise_service.ports.change_log import LogEntry
from tests.support.judging.client import Client, HttpConnection
from tests.support.judging.ends import content_of, rebuilt_content, touched
from tests.support.judging.evidence import Demand, End, Evidence, Fault, Limits, Rate, read_log
from tests.support.judging.history import History, Kind, Operation
from tests.support.judging.judge import judge
from tests.support.judging.workload import Decider, Known, Writer, found
from tests.support.old_program import VERSION, unpacked
from tests.support.pods import SECRET, Pod
from tests.support.programs import COMMAND
from tests.support.rollout import PROBE_SECONDS, AnyPod, Rollout, Version, meanwhile, rollout
from tests.support.sample_policy import settings_of

ROUNDS: Final = 3
ALONE_SECONDS: Final = 0.5
TOGETHER_SECONDS: Final = 1.0
WRITE_SECONDS: Final = 0.03
ASK_SECONDS: Final = 0.02
WRITERS: Final = ("w0", "w1")
DECIDERS: Final = ("d0", "d1")
LIMITS: Final = Limits(bound=3.0)
"""Each version looks five times a second; starting the other takes most of a machine with two cores."""

THIS: Final = Version("this version", (COMMAND,), {})


def test_versions_take_turns_on_one_store_and_nobody_notices(tmp_path: Path, report: Callable[[str], None]) -> None:
    program = unpacked(tmp_path / "old")
    before = Version(VERSION, program.words, program.settings)
    (tmp_path / "data").mkdir()
    settings = settings_of(tmp_path / "data")
    with rollout(settings) as rolled, history_in(tmp_path) as history:
        rolled.up(before)
        since = log_of(tmp_path)[1][-1].revision
        make_tenants(rolled, history)
        with clients(rolled, history), meanwhile(rolled.probe, pause=PROBE_SECONDS):
            codes = [code for _ in range(ROUNDS) for code in there_and_back(rolled, before)]
            rolled.up(THIS)
        evidence = evidence_of(tmp_path, rolled, history, since)
    verdict = judge(evidence)
    report(verdict.line(f"F26 {VERSION} and this version, three times up and down"))
    verdict.check()
    assert rolled.unready == []
    assert rolled.probes > 100
    assert codes == [0] * (2 * ROUNDS)


def there_and_back(rolled: Rollout, before: Version) -> Iterator[int]:
    """From the version before to this one and back, with both for a while each time; the exit codes."""
    for new, old in ((THIS, before), (before, THIS)):
        time.sleep(ALONE_SECONDS)
        rolled.up(new)
        time.sleep(TOGETHER_SECONDS)
        yield rolled.down(old)


@contextmanager
def history_in(folder: Path) -> Iterator[History]:
    history = History(folder / "history.jsonl")
    try:
        yield history
    finally:
        history.close()


def make_tenants(rolled: Rollout, history: History) -> None:
    connection = AnyPod(rolled, Random(0))
    found(Client("founder", connection, history, SystemClock()), WRITERS)
    connection.close()


@contextmanager
def clients(rolled: Rollout, history: History) -> Iterator[None]:
    """Writers and deciders that go on until the end, each wherever it is sent."""
    known, clock, chance = Known(), SystemClock(), Random(26)
    made = {
        name: Client(name, AnyPod(rolled, Random(chance.random())), history, clock) for name in (*WRITERS, *DECIDERS)
    }
    writers = [Writer(made[name], name, known, clock, Random(chance.random()), time.sleep) for name in WRITERS]
    deciders = [Decider(made[name], WRITERS, known, Random(chance.random())) for name in DECIDERS]
    with ExitStack() as closing:
        for client in made.values():
            closing.callback(client.close)
        writing = meanwhile(*(each.step for each in writers), pause=WRITE_SECONDS)
        asking = meanwhile(*(each.step for each in deciders), pause=ASK_SECONDS)
        with writing, asking:
            yield


def log_of(folder: Path) -> tuple[str, tuple[LogEntry, ...]]:
    log = SqliteChangeLog(Database(folder / "data/enterprise.db", read_only=True))
    try:
        return read_log(log)
    finally:
        log.close()


def evidence_of(folder: Path, rolled: Rollout, history: History, since: int) -> Evidence:
    """What clients saw, what the store and both pods hold in the end, and what had to happen."""
    log_id, entries = log_of(folder)
    evidence = Evidence(
        operations=history.read(),
        log_id=log_id,
        entries=entries,
        keyring=Keyring([SECRET.encode()]),
        since=since,
        limits=LIMITS,
        rates=(Rate(kind=Kind.WRITE, wanted=10), Rate(kind=Kind.DECISION, wanted=20)),
    )
    return replace(
        evidence,
        ends=tuple(end_of(pod, evidence) for pod in rolled.pods.values()),
        rebuilt=rebuilt_content(evidence),
        faults=faults(evidence, rolled),
        demands=(never_fails(evidence),),
    )


def end_of(pod: Pod, evidence: Evidence) -> End:
    connection = HttpConnection(pod.name, pod.port)
    revision, content = content_of(connection, touched(evidence))
    connection.close()
    return End(worker=pod.name, revision=revision, content=content, seconds=0.0)


def faults(evidence: Evidence, rolled: Rollout) -> tuple[Fault, ...]:
    """Both versions were started again and again, and both wrote."""
    made = [each for each in evidence.acknowledged if each.client in WRITERS]
    return tuple(
        fault
        for name, starts in rolled.starts.items()
        for fault in (
            Fault(name=f"starts of {name}", seen=starts, wanted=ROUNDS + 1),
            Fault(name=f"writes by {name}", seen=made_by(made, name), wanted=100),
        )
    )


def never_fails(evidence: Evidence) -> Demand:
    begun = min(each.begun for each in evidence.operations)
    return Demand(name="all the time", begun=begun, ended=max(each.ended for each in evidence.operations), p99=2.0)


def made_by(made: list[Operation], name: str) -> int:
    return sum(each.pod == name for each in made)
