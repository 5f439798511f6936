"""Two versions of the service on one store, put up and taken down one after the other while clients go on.

A pod is told to end only when no caller goes there any more, as a load balancer does it; so no request has to fail.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.support.judging.client import Connection, HttpConnection
from tests.support.pods import Pod
from tests.support.programs import Program
from tests.support.raw_http import Headers, Reply

PROBE_SECONDS: Final = 0.05
READY: Final = 200


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the program: how to call it, and the settings that it needs besides."""

    name: str
    words: Sequence[str]
    settings: Mapping[str, object]


class VersionedPod(Pod):
    """A pod of one version."""

    def __init__(self, version: Version, settings: Mapping[str, object]) -> None:
        """Nothing runs yet."""
        super().__init__(version.name, {**settings, **version.settings})
        self._words = version.words

    def start(self) -> None:
        """See ``Pod``."""
        settings = {**self._settings, "PORT": self.port, "WEB_CONCURRENCY": self.workers}
        self.program = self._running.enter_context(Program([*self._words, "serve"], settings))


@dataclass(slots=True)
class Rollout:
    """The pods that callers may go to, by the names of their versions; ``unready`` tells of every bad probe."""

    settings: Mapping[str, object]
    pods: dict[str, Pod] = field(default_factory=dict)
    starts: Counter[str] = field(default_factory=Counter)
    probes: int = 0
    unready: list[str] = field(default_factory=list)
    _visits: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def up(self, version: Version) -> None:
        """Start a pod; callers go there when it is ready."""
        pod = VersionedPod(version, self.settings)
        try:
            pod.start()
            pod.wait_ready()
        except BaseException:
            pod.kill()
            raise
        self.starts[version.name] += 1
        self.pods[version.name] = pod

    def down(self, version: Version) -> int:
        """End a pod after the last of its callers has gone; its exit code."""
        with self._lock:
            pod = self.pods.pop(version.name)
        while self._visits[version.name]:
            time.sleep(0.01)
        return pod.stop()

    @contextmanager
    def visiting(self, chance: Random) -> Iterator[Pod]:
        """One of the pods that are up, which stays while the block lasts."""
        with self._lock:
            pod = chance.choice(list(self.pods.values()))
            self._visits[pod.name] += 1
        try:
            yield pod
        finally:
            with self._lock:
                self._visits[pod.name] -= 1

    def probe(self) -> None:
        """Ask every pod whether it is ready."""
        for name, pod in list(self.pods.items()):
            status, told = pod.readiness()
            self.probes += 1
            if status != READY and self.pods.get(name) is pod:
                self.unready.append(f"{name}: {status} {told}")

    def close(self) -> None:
        """Kill what is left."""
        for pod in self.pods.values():
            pod.kill()
        self.pods.clear()


class AnyPod(Connection):
    """Sends each request to one of the pods that are up."""

    def __init__(self, rollout: Rollout, chance: Random) -> None:
        """Nothing is connected yet."""
        self._rollout = rollout
        self._chance = chance
        self._connections: dict[Pod, HttpConnection] = {}
        self.pod = self.session = "none"

    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """See ``Connection``."""
        with self._rollout.visiting(self._chance) as pod:
            connection = self._connection(pod)
            reply = connection.send(method, target, headers, body)
        self.pod, self.session = connection.pod, connection.session
        return reply

    def _connection(self, pod: Pod) -> HttpConnection:
        if pod not in self._connections:
            self._connections[pod] = HttpConnection(pod.name, pod.port)
        return self._connections[pod]

    def close(self) -> None:
        """See ``Connection``."""
        for connection in self._connections.values():
            connection.close()


@contextmanager
def rollout(settings: Mapping[str, object]) -> Iterator[Rollout]:
    """A rollout with no pod yet on the store that ``settings`` tell of; no pod stays."""
    made = Rollout(settings)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def meanwhile(*work: Callable[[], object], pause: float = 0.0) -> Iterator[None]:
    """Do each of ``work`` again and again in a thread of its own; what one raises is raised in the end."""
    ended, errors = threading.Event(), list[BaseException]()

    def go_on(step: Callable[[], object]) -> None:
        try:
            while not ended.wait(pause):
                step()
        except BaseException as error:  # noqa: BLE001 - raised in the end
            errors.append(error)

    threads = [threading.Thread(target=go_on, args=(step,)) for step in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
