"""A run in this process: two workers on one store in memory, their clients, and a network that loses things.

Time passes on a clock of its own, and all chance comes from one seed: the same seed gives the same run but for what the
service makes up itself (the ids of changes and assignments).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from enterprise_adapters.memory import ManualClock
from enterprise_service.administer.genesis import AUTHOR, genesis
from tests.support.gates import Asked
from tests.support.judging.client import Client, Connection
from tests.support.judging.ends import Local, content_of, rebuilt_content, touched
from tests.support.judging.evidence import End, Evidence, Fault, Limits, Rate, read_log
from tests.support.judging.history import History, Kind
from tests.support.judging.workload import Decider, Known, Writer, found
from tests.support.logs import MODEL_READ
from tests.support.policies import KEYRING
from tests.support.raw_http import Headers, Reply
from tests.support.ways import InProcess

WRITERS: Final = ("w0", "w1")
BOUND: Final = 0.5
"""How long a worker may go without looking for changes."""

TICK: Final = 0.001


class Lossy(Connection):
    """A connection of the run: each way takes a millisecond, and some requests or answers are lost on it."""

    def __init__(self, run: LocalRun, pod: str, loses: float) -> None:
        """``loses`` is how likely it is that something is lost."""
        self.pod = pod
        self.session = f"{pod}.0"
        self._run = run
        self._inner = Local(InProcess(run.workers[pod].web.flask), pod)
        self._loses = loses
        self._connected = 0

    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """See ``Connection``."""
        clock, chance = self._run.clock, self._run.chance
        clock.advance(TICK)
        lost = chance.random() < self._loses
        if lost and chance.random() < 0.5:
            self._cut("requests lost")
            return None
        reply = self._inner.send(method, target, headers, body)
        clock.advance(TICK)
        if lost:
            self._cut("answers lost")
        return None if lost else reply

    def _cut(self, what: str) -> None:
        self._run.seen[what] += 1
        self._connected += 1
        self.session = f"{self.pod}.{self._connected}"

    def close(self) -> None:
        """Nothing is held."""


class LocalRun:
    """See the module."""

    def __init__(self, history: History, seed: int) -> None:
        """The store is made; nothing was asked yet."""
        self.chance = Random(seed)
        self.seen = {"requests lost": 0, "answers lost": 0}
        first = Asked(empty=True)
        self.workers = {"pod-1": first, "pod-2": Asked(empty=True, process=first.process.beside())}
        self.clock: ManualClock = first.process.clock
        self.history = history
        self._process = first.process
        self._process.commit(AUTHOR, genesis(MODEL_READ))
        self._since = self._process.log.head().revision
        self._follow()

    def go(self, steps: int) -> Evidence:
        """Let clients take ``steps`` steps, one after the other; the evidence."""
        known = Known()
        found(self._client("founder", "pod-1", loses=0.0), WRITERS)
        actors: list[Writer | Decider] = [*self._writers(known), *self._deciders(known)]
        for _ in range(steps):
            self.clock.advance(self.chance.uniform(0.0, 0.05))
            self._follow_sometimes()
            self.chance.choice(actors).step()
        return self._evidence()

    def _writers(self, known: Known) -> Iterator[Writer]:
        for name, pod in zip(WRITERS, self.workers, strict=True):
            client = self._client(name, pod, loses=0.1)
            yield Writer(client, name, known, self.clock, self.chance, pause=self.clock.advance)

    def _deciders(self, known: Known) -> Iterator[Decider]:
        for pod in self.workers:
            yield Decider(self._client(f"asks-{pod}", pod, loses=0.02), WRITERS, known, self.chance)

    def _client(self, name: str, pod: str, loses: float) -> Client:
        return Client(name, Lossy(self, pod, loses), self.history, self.clock)

    def _follow_sometimes(self) -> None:
        """A worker looks for changes now and then, and before it may not wait longer."""
        for worker in self.workers.values():
            follower = worker.process.follower
            if follower.staleness() > BOUND - 0.1 or self.chance.random() < 0.1:
                follower.catch_up()

    def _follow(self) -> None:
        for worker in self.workers.values():
            worker.process.follower.catch_up()

    def _evidence(self) -> Evidence:
        self._follow()
        log_id, entries = read_log(self._process.log)
        evidence = Evidence(
            operations=self.history.read(),
            log_id=log_id,
            entries=entries,
            keyring=KEYRING,
            since=self._since,
            limits=Limits(bound=BOUND, max_staleness=BOUND),
            faults=tuple(Fault(name=name, seen=seen) for name, seen in self.seen.items()),
            rates=(Rate(kind=Kind.WRITE, wanted=5.0), Rate(kind=Kind.DECISION, wanted=5.0)),
        )
        return replace(evidence, ends=tuple(self._ends(evidence)), rebuilt=rebuilt_content(evidence))

    def _ends(self, evidence: Evidence) -> Iterator[End]:
        for pod, worker in self.workers.items():
            revision, content = content_of(Local(InProcess(worker.web.flask)), touched(evidence))
            yield End(worker=pod, revision=revision, content=content, seconds=0.0)


@contextmanager
def local_run(folder: Path, seed: int) -> Iterator[LocalRun]:
    """A run whose history is kept in ``folder``."""
    history = History(folder / "history.jsonl")
    try:
        yield LocalRun(history, seed)
    finally:
        history.close()
