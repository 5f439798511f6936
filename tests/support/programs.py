"""The programs of this repository as processes: what they say, and that nothing of them stays."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL, Signals
from threading import Thread
from types import TracebackType
from typing import Self

from enterprise_service.setting_table import TABLE

ROOT = Path(__file__).parents[2]
COMMAND = os.fspath(Path(sys.executable).with_name("enterprise-service"))
RUN = (sys.executable, os.fspath(ROOT / "ops/run.py"))
SECONDS = 60.0

_SETTINGS = frozenset({"NO_COLOR", *(name for s in TABLE for name in (s.name, f"{s.name}_FILE"))})


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**settings: object) -> dict[str, str]:
    """The environment of the tests without settings of the service, and with ``settings``."""
    kept = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    return {**kept, **{name: str(value) for name, value in settings.items()}}


class Program:
    """A program in a session of its own, as in a terminal of its own; killed where its ``with`` block ends.

    Its lines of stdout and stderr are collected in the order in which they come.
    """

    def __init__(self, words: Sequence[str], settings: Mapping[str, object]) -> None:
        """Start ``words`` with ``settings`` in their environment."""
        self._process = subprocess.Popen(
            words,
            env=environment(**settings),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._coming: queue.Queue[str | None] = queue.Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.signal_all(SIGKILL)
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def wait_for(self, wanted: Callable[[str], bool], seconds: float = SECONDS) -> str:
        """The next line that is ``wanted``. Raises ``RuntimeError`` when it doesn't come."""
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._coming.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError("\n".join(("the line didn't come; there came:", *self.lines)))
            self.lines.append(line)
            if wanted(line):
                return line

    def signal(self, number: Signals) -> None:
        """As ``kill`` does."""
        self._process.send_signal(number)

    def signal_all(self, number: Signals) -> None:
        """As the terminal does, with Ctrl-C for example."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def end(self, seconds: float = SECONDS) -> int:
        """Wait for its end; its exit code."""
        code = self._process.wait(seconds)
        self._reader.join(seconds)
        while (line := self._coming.get()) is not None:
            self.lines.append(line)
        return code

    def is_gone(self, seconds: float = 5.0) -> bool:
        """Whether no process of its session is left, within ``seconds``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                os.killpg(self.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.05)
        return False
