"""Installs the servers of tests that are missing, and says what there is. ``kill`` ends it with all that it started."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from tests.support.servers.choice import mongo_program, redis_program
from tests.support.servers.programs import NoProgramError
from tests.support.servers.tools import say


def main() -> int:
    """Redis first: it takes seconds."""
    signal.signal(signal.SIGTERM, _end)
    try:
        for find in (redis_program, mongo_program):
            say(find().name)
    except NoProgramError as error:
        say(str(error))
        return 2
    return 0


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
