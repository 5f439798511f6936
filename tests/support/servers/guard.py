"""Ends what a run of tests started and left behind, however the run went: by ``kill -9`` too.

A program of the standard library alone. It reads lines ``+PID`` and ``-PID``; where they end it kills all that were
added and not taken away, each with the processes of its group, which it leads.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def left(lines: Iterable[str]) -> set[int]:
    """The processes that ``lines`` add and don't take away."""
    watched: set[int] = set()
    for line in lines:
        pid = int(line[1:])
        if line.startswith("+"):
            watched.add(pid)
        else:
            watched.discard(pid)
    return watched


def main() -> None:
    """Read to the end, then kill."""
    for pid in left(sys.stdin):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
