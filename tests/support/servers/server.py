"""What all servers of tests have in common: start, end, sudden end, standing still."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.support.servers.guarded import GUARD

READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 15.0

PORTS: Final = range(20_000, 32_000)
"""Below those that systems give to clients: while a server is away, no client of it can get its port."""


def kept_port() -> int:
    """A port that nothing listens at, and that no client is given by chance."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Server(ABC):
    """A server at a port of 127.0.0.1 with its data in a folder; it keeps both when it is started again.

    Where its ``with`` block ends it is killed. It never outlives the process that started it.
    """

    def __init__(self, folder: Path, port: int | None) -> None:
        """``port`` is chosen when ``None`` is given. Nothing is started yet."""
        self.folder = folder
        self.port = kept_port() if port is None else port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """The program with its version, for people."""

    @abstractmethod
    def _words(self) -> Sequence[str]:
        """The program and its arguments."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it does what it is asked; ``False`` when it doesn't answer."""

    def _environment(self) -> dict[str, str]:
        return dict(os.environ)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def is_running(self) -> bool:
        """Whether it was started and hasn't ended, by itself or otherwise."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id. Raises ``RuntimeError`` when it isn't running."""
        return self._running().pid

    @property
    def log(self) -> Path:
        """The file with all that it has said."""
        return self.folder / "server.log"

    def start(self) -> None:
        """Start it and wait until it is ready. Raises ``RuntimeError``, with its last words, when it isn't in time."""
        if self.is_running:
            raise RuntimeError(f"{self.name} runs already")
        if self._listens():  # else another server's readiness would pass for its own
            raise RuntimeError(f"{self.name} can't start: something listens at port {self.port}")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = GUARD.start(self._words(), self.folder, self.log, self._environment())
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask it to end, and wait for it; killed when it doesn't. Nothing happens when it isn't running."""
        if self.is_running:
            self.resume()
            self._running().terminate()
            self._reap(STOP_SECONDS)

    def kill(self) -> None:
        """``kill -9``. Nothing happens when it isn't running."""
        if self._process is not None:
            self._process.kill()
            self._reap(STOP_SECONDS)

    def suspend(self) -> None:
        """Let it stand still: connections stay, nothing is answered. It does when this returns."""
        process = self._running()
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)

    def resume(self) -> None:
        """Let it go on."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"{self.name} isn't running")
        return self._process

    def _reap(self, seconds: float) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        GUARD.forget(process)

    def _wait(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.is_running:
            if self._listens() and self._is_ready() and self.is_running:
                return
            time.sleep(0.02)
        why = "wasn't ready in time" if self.is_running else "ended at once"
        raise RuntimeError(f"{self.name} {why}; it said:\n{self._last_words()}")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
