"""Processes of their own that work on a store: what they say, and their end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]


class Process:
    """One action of ``store_process.py``: begins at ``go``, is killed where the ``with`` block ends, at the latest."""

    def __init__(self, action: str, *arguments: object) -> None:
        """``arguments`` are those of the action."""
        command = [sys.executable, "-m", "tests.support.store_process", action, *map(str, arguments)]
        self._popen = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        self._say_ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()

    def _say_ready(self) -> None:
        first = self.line()
        if first != "ready":
            raise RuntimeError(f"the process said `{first}` instead of being ready")

    def go(self) -> None:
        """Let it begin, or go on where it waits."""
        if self._popen.stdin is not None:
            self._popen.stdin.write("go\n")
            self._popen.stdin.flush()

    def line(self) -> str:
        """Its next line; empty when it has ended."""
        return "" if self._popen.stdout is None else self._popen.stdout.readline().rstrip("\n")

    def rest(self) -> list[str]:
        """All that it still says until its end."""
        return [] if self._popen.stdout is None else self._popen.stdout.read().splitlines()

    def kill(self) -> None:
        """``kill -9``."""
        self._popen.kill()
        self._popen.wait()

    def ended_well(self) -> bool:
        """Wait for its end: whether it was a good one."""
        return self._popen.wait(timeout=30) == 0
