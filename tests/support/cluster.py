"""Pods on one store, and clients that work on them in threads and keep the history that the judge needs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Final, Self

from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.state.chain import Keyring
from enterprise_service.ports.change_log import ChangeLog
from tests.support.judging.client import Client, Connection, HttpConnection
from tests.support.judging.ends import content_of, rebuilt_content, touched
from tests.support.judging.evidence import End, Evidence, read_log
from tests.support.judging.history import History
from tests.support.judging.workload import Decider, Known, Writer, found
from tests.support.pods import READY_SECONDS, SECRET, Pod, Roaming
from tests.support.sample_policy import KEY

LOOKS: Final = 4
"""So many connections for each worker are asked in the end, so that hardly any worker is missed."""

OpenLog = Callable[[], AbstractContextManager[ChangeLog]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What clients do: so many of them, each waiting so many seconds after each step.

    ``patience`` is how long they wait for an answer, ``windows`` the share of assignments that end soon by themselves.
    """

    writers: int = 2
    deciders: int = 2
    write_pause: float = 0.01
    decide_pause: float = 0.002
    patience: float = 5.0
    windows: float = 0.2


class Cluster:
    """Pods on one store with clients, as long as its ``with`` block; ``history`` has all that clients did."""

    def __init__(
        self, folder: Path, pods: Sequence[Pod], open_log: OpenLog, load: Load = Load(), seed: int = 0
    ) -> None:
        """``folder`` is for the history; ``open_log`` gives the log of the store, past all proxies."""
        self.pods = pods
        self.clock = SystemClock()
        self.known = Known()
        self.history = History(folder / "history.jsonl")
        self._open_log = open_log
        self._load = load
        self._seed = seed
        self._since = 0
        self._closing = ExitStack()
        self._stopping = threading.Event()
        self._failures = list[BaseException]()
        self._names = [f"w{number}" for number in range(load.writers)]

    def __enter__(self) -> Self:
        """All pods are ready, and the tenants are made."""
        self._closing.callback(self.history.close)
        try:
            for manages in (True, False):  # who only decides needs a store that somebody has made
                self._start([pod for pod in self.pods if pod.manages is manages])
            with self._open_log() as log:
                self._since = log.head().revision
            with self._client("founder", self._managing) as client:
                found(client, self._names)
        except BaseException:
            self._closing.close()
            raise
        return self

    def _start(self, pods: Sequence[Pod]) -> None:
        for pod in pods:
            self._closing.callback(pod.kill)
            pod.start()
        for pod in pods:
            pod.wait_ready()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Clients work as long as the block; what failed in one of them is raised at its end."""
        self._stopping.clear()
        threads = [threading.Thread(target=self._keep, args=(work,)) for work in (*self._writing(), *self._deciding())]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()
        if self._failures:
            raise self._failures[0]

    @contextmanager
    def _client(self, name: str, pods: Sequence[Pod]) -> Iterator[Client]:
        client = Client(name, Roaming(pods, self._load.patience), self.history, self.clock)
        try:
            yield client
        finally:
            client.close()

    def _writing(self) -> Iterator[Callable[[], None]]:
        for number, name in enumerate(self._names):
            yield partial(self._write, number, name)

    def _deciding(self) -> Iterator[Callable[[], None]]:
        for number in range(self._load.deciders):
            yield partial(self._decide, number)

    def _write(self, number: int, name: str) -> None:
        with self._client(f"{name}.{self._generation()}", self._from(number)) as client:
            chance = Random(f"{self._seed} writer {number}")
            writer = Writer(client, name, self.known, self.clock, chance, pause=self._pause, windows=self._load.windows)
            self._repeat(writer.step, self._load.write_pause)

    def _decide(self, number: int) -> None:
        """Stays with one pod, whatever comes."""
        pod = self.pods[number % len(self.pods)]
        with self._client(f"asks{number}.{self._generation()}", [pod]) as client:
            chance = Random(f"{self._seed} decider {number}")
            decider = Decider(client, self._names, self.known, chance, reads=pod.manages)
            self._repeat(decider.step, self._load.decide_pause)

    def _pause(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _generation(self) -> str:
        """Tells what is done now from what the same client did when clients worked before."""
        return f"{self.clock.elapsed():.3f}"

    @property
    def _managing(self) -> Sequence[Pod]:
        return [pod for pod in self.pods if pod.manages]

    def _from(self, number: int) -> Sequence[Pod]:
        pods = self._managing
        first = number % len(pods)
        return [*pods[first:], *pods[:first]]

    def _repeat(self, step: Callable[[], None], pause: float) -> None:
        while not self._stopping.wait(pause):
            step()

    def _keep(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised where the clients are waited for
            self._failures.append(error)

    # --- in the end -----------------------------------------------------------------------------------------------

    def evidence(self, **more: Any) -> Evidence:  # noqa: ANN401 - fields of the evidence
        """All that is to be judged, once the pods stand still; ``more`` is what only the test knows."""
        with self._open_log() as log:
            log_id, entries = read_log(log)
        evidence = Evidence(
            log_id=log_id,
            entries=entries,
            keyring=Keyring([SECRET.encode()]),
            since=self._since,
            operations=self.history.read(),
            **more,
        )
        return replace(evidence, ends=self._ends(evidence), rebuilt=rebuilt_content(evidence))

    def _ends(self, evidence: Evidence) -> tuple[End, ...]:
        """How workers stand by themselves first, then what they hold: to be asked for that makes them look."""
        healed = time.monotonic()
        with ExitStack() as closing:
            connections = [
                (pod, closing.enter_context(closing_connection(HttpConnection(f"{pod.name}, end {number}", pod.port))))
                for pod in self.pods
                for number in range(LOOKS * pod.workers)
            ]
            settled = [(pod, c, *_settled(c, evidence.head, healed)) for pod, c in connections]
            domains = touched(evidence)
            return tuple(
                End(
                    worker=c.pod,
                    revision=revision,
                    content=content_of(c, domains)[1] if pod.manages else None,
                    seconds=seconds,
                )
                for pod, c, revision, seconds in settled
            )


def _settled(connection: Connection, head: int, healed: float) -> tuple[int, float]:
    """The revision that the worker behind ``connection`` decides at by itself, and how long after ``healed``.

    It is ``head`` in the end, or time is up.
    """
    headers = [("Authorization", f"Bearer {KEY}"), ("Content-Type", "application/json")]
    body = b'{"sub": "x", "dom": "platform", "obj": "/x", "act": "x"}'
    revision = -1
    while revision != head and time.monotonic() < healed + READY_SECONDS:
        reply = connection.send("POST", "/authorize", headers, body)
        if reply is not None and reply.status == 200:
            revision = int(reply.header("x-policy-revision") or -1)
        if revision != head:
            time.sleep(0.02)
    return revision, time.monotonic() - healed


@contextmanager
def closing_connection(connection: HttpConnection) -> Iterator[HttpConnection]:
    """``connection``, closed where the block ends."""
    try:
        yield connection
    finally:
        connection.close()
