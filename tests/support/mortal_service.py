"""`enterprise-service` as a program that dies at a moment that a test chooses.

A file `die-before` or `die-after` beside the store lets the next process that appends to the log die by `kill -9` right
before or after it has; the file is gone then.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Final

from enterprise_adapters.sqlite import SqliteChangeLog
from enterprise_service.bootstrap import main
from enterprise_service.ports.change_log import LogEntry

BEFORE: Final = "die-before"
AFTER: Final = "die-after"

append = SqliteChangeLog.append


def mortal_append(log: SqliteChangeLog, entry: LogEntry) -> None:
    """Append, unless death comes before."""
    _die_if_told(BEFORE)
    append(log, entry)
    _die_if_told(AFTER)


def _die_if_told(name: str) -> None:
    try:
        Path(os.environ["SQLITE_PATH"]).with_name(name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    SqliteChangeLog.append = mortal_append  # type: ignore[assignment, method-assign]  # for this process and those that it forks
    sys.argv[0] = "enterprise-service"
    main()
