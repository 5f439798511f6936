"""Pods: real `enterprise-service serve` processes, which a test kills, pauses and starts again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.support.judging.client import Connection, HttpConnection
from tests.support.judging.evidence import Held
from tests.support.programs import COMMAND, Program
from tests.support.raw_http import Headers, Reply, Wire, message
from tests.support.sample_policy import KEY
from tests.support.servers.server import kept_port

SECRET: Final = "the secret that the stores of tests are signed with"
READY_SECONDS: Final = 60.0


class Pod:
    """A pod with settings and a port of its own, which it keeps when it is started again."""

    def __init__(
        self, name: str, settings: Mapping[str, object], workers: int = 1, words: Sequence[str] = (COMMAND,)
    ) -> None:
        """``words`` are the program. Nothing runs yet."""
        self.name = name
        self.port = kept_port()
        self.workers = workers
        self.manages = settings.get("PLANE") != "decision"
        self._words = words
        self._settings = {"BOOTSTRAP_API_KEY": KEY, "SERVICE_SECRET": SECRET, **settings}
        self._running = ExitStack()
        self.program: Program | None = None

    def start(self) -> None:
        """Start it, and don't wait until it is ready."""
        settings = {**self._settings, "PORT": self.port, "WEB_CONCURRENCY": self.workers}
        self.program = self._running.enter_context(Program([*self._words, "serve"], settings))

    def kill(self) -> None:
        """`kill -9` for all of its processes."""
        self._running.close()
        self.program = None

    def restart(self) -> None:
        """`kill -9`, and start it again."""
        self.kill()
        self.start()

    def stop(self) -> int:
        """Tell it to end; its exit code."""
        program = self._program
        program.signal(signal.SIGTERM)
        code = program.end()
        self.kill()
        return code

    def signal(self, number: signal.Signals) -> None:
        """For all of its processes."""
        self._program.signal_all(number)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """All of its processes stand still."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    @property
    def _program(self) -> Program:
        if self.program is None:
            raise RuntimeError(f"`{self.name}` doesn't run")
        return self.program

    def processes(self) -> list[int]:
        """Those of its workers."""
        pid = self._program.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

    def held(self) -> Mapping[str, Held]:
        """What its workers hold."""
        return {f"{self.name}, process {pid}": _held(pid) for pid in self.processes()}

    def readiness(self, seconds: float = 5.0) -> tuple[int, Any]:
        """The status and the fields of its readiness; status 0 when it doesn't answer."""
        try:
            with Wire(self.port, seconds) as wire:
                wire.send(message("GET", "/health/readiness"))
                reply = wire.reply()
        except (OSError, EOFError):
            return 0, {}
        return reply.status, reply.fields

    def wait_ready(self, seconds: float = READY_SECONDS) -> float:
        """How long it takes to be ready. Raises ``RuntimeError`` when it takes longer than ``seconds``."""
        started = time.monotonic()
        while self.readiness()[0] != 200:
            if time.monotonic() - started > seconds:
                raise RuntimeError("\n".join((f"`{self.name}` didn't become ready; it said:", *self._last_words())))
            time.sleep(0.05)
        return time.monotonic() - started

    def _last_words(self) -> Sequence[str]:
        """All that it has said; it is killed for that."""
        program = self._program
        program.signal_all(signal.SIGKILL)
        program.end()
        return program.lines


def _held(pid: int) -> Held:
    folder = Path(f"/proc/{pid}")
    pages = int((folder / "statm").read_text("ascii").split()[1])
    return Held(
        descriptors=len(list((folder / "fd").iterdir())),
        threads=len(list((folder / "task").iterdir())),
        memory=pages * os.sysconf("SC_PAGE_SIZE"),
    )


class Roaming(Connection):
    """Goes on to the next pod when one gives no answer or can't do what it is asked."""

    def __init__(self, pods: Sequence[Pod], seconds: float = 5.0) -> None:
        """Begins with the first of ``pods``."""
        self._connections = [HttpConnection(pod.name, pod.port, seconds) for pod in pods]
        self._place = 0
        self._used = self._connections[0]

    @property
    def pod(self) -> str:  # type: ignore[override]  # it changes here
        """The one that was asked last."""
        return self._used.pod

    @property
    def session(self) -> str:  # type: ignore[override]  # as above
        """The connection that was used last."""
        return self._used.session

    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """See ``Connection``."""
        self._used = self._connections[self._place]
        reply = self._used.send(method, target, headers, body)
        if reply is None or reply.status >= 500:
            self._place = (self._place + 1) % len(self._connections)
        return reply

    def close(self) -> None:
        """See ``Connection``."""
        for connection in self._connections:
            connection.close()


def kill_one(pod: Pod, chance: Random) -> bool:
    """`kill -9` for one of the workers of ``pod``; whether there was one."""
    with suppress(IndexError, ProcessLookupError, FileNotFoundError):
        os.kill(chance.choice(pod.processes()), signal.SIGKILL)
        return True
    return False
