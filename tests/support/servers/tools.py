"""The folder that programs are installed in, one run at a time, and how an installation runs."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.support.servers.guarded import GUARD

ROOT: Final = Path(__file__).parents[3]
EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
PROJECT: Final = "backend-enterprise-service"


class FailedError(Exception):
    """An installation didn't work; the message is the end of what it said."""


def say(line: str) -> None:
    """Tell whoever watches."""
    sys.stderr.write(f"test-servers: {line}\n")
    sys.stderr.flush()


def tools() -> Path:
    """``TOOLS_CACHE``, or the user's folder of caches; where that can't be written to, ``.tools`` in the project."""
    folder = Path(os.environ.get("TOOLS_CACHE") or _of_user())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return _of_project()
    return folder if os.access(folder, os.W_OK) else _of_project()


def _of_user() -> Path:
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path("~/.cache").expanduser()) / PROJECT


def _of_project() -> Path:
    folder = ROOT / ".tools"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Only one process at a time is here with ``name``. The kernel takes the lock back, however a process ends."""
    with (tools() / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another run is installing {name}: waiting for it (its log is in {tools()})")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(
    words: Sequence[str | Path], log: Path, *, folder: Path | None = None, environment: Mapping[str, str] = EMPTY
) -> None:
    """Run ``words`` in ``folder`` with what they say in ``log``; end all that they started when this is interrupted.

    Raises ``FailedError`` when they end badly or aren't there.
    """
    with log.open("a") as output:
        output.write(f"$ {' '.join(map(str, words))}\n")
    try:
        process = GUARD.start([*map(str, words)], folder or tools(), log, {**os.environ, **environment})
    except OSError as error:
        raise FailedError(f"`{words[0]}` can't be run: {error.strerror}") from error
    if _end_of(process) != 0:
        raise FailedError(f"`{words[0]} {words[1]}` failed ({log}):\n{last_lines(log)}")


def _end_of(process: subprocess.Popen[bytes]) -> int:
    """Its exit code, once nothing of it is left."""
    try:
        return process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        GUARD.forget(process)


def last_lines(log: Path) -> str:
    """The end of ``log``."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def output_of(*words: str | Path, **environment: str) -> str:
    """What a command says; nothing when it isn't there or ends badly."""
    complete = {**os.environ, **environment}
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60, env=complete).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def is_younger(path: Path, seconds: float) -> bool:
    """Whether ``path`` is there and was written less than ``seconds`` ago."""
    try:
        return time.time() - path.stat().st_mtime < seconds
    except FileNotFoundError:
        return False
