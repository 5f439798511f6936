"""What a process is called in a lease."""

from __future__ import annotations

import os


def this_process() -> str:
    """Its machine and its number there."""
    return f"{os.uname().nodename}:{os.getpid()}"
