"""Processes that never outlive the run of tests that started them."""

from __future__ import annotations

import atexit
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

PROGRAM = Path(__file__).with_name("guard.py")


class Guard:
    """Starts processes and ends them; what is left of them dies with this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._watcher: subprocess.Popen[str] | None = None

    def start(
        self, words: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Run ``words`` in ``folder``, in a session of their own so that no Ctrl-C reaches them; output to ``log``.

        Raises ``OSError`` when there is no such program.
        """
        with log.open("ab") as output:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._tell(f"+{process.pid}")
        return process

    def forget(self, process: subprocess.Popen[bytes]) -> None:
        """It has ended: nothing of it is left to kill."""
        self._tell(f"-{process.pid}")

    def close(self) -> None:
        """Kill all that is left."""
        if self._watcher is not None:
            self._watcher.communicate()

    def _tell(self, line: str) -> None:
        with self._lock:
            if self._watcher is None:
                self._watcher = self._begin()
            if self._watcher.stdin is not None:
                with suppress(BrokenPipeError):  # somebody ended the watcher: the processes still run
                    print(line, file=self._watcher.stdin, flush=True)

    def _begin(self) -> subprocess.Popen[str]:
        words = [sys.executable, "-I", str(PROGRAM)]
        watcher = subprocess.Popen(words, stdin=subprocess.PIPE, text=True, start_new_session=True)
        atexit.register(self.close)
        return watcher


GUARD = Guard()
