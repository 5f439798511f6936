"""Programs that a measurement starts and ends, on free ports of the loopback interface."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

START_SECONDS: Final = 60.0


def needed(program: str, package: str) -> str:
    """The path of ``program``. Ends the run with the line to type when it isn't installed."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        sys.exit(f"{program} is needed for this measurement; type: sudo apt-get install {package}")
    return found


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], url: str, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """``command`` from the time that ``url`` answers 200 until the end of the block."""
    with log.open("wb") as sink, subprocess.Popen(command, env=environment, stdout=sink, stderr=sink) as process:
        try:
            _wait(process, url, log)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            process.kill()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (loopback)
            if answer.status == 200:  # noqa: PLR2004 (OK)
                return
        time.sleep(0.1)
    sys.exit(f"`{url}` didn't answer:\n{log.read_text(errors='replace')[-2000:]}")
