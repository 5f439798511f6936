"""`enterprise-service` as a program whose wall clock a test sets, while it runs.

The file that `OFFSET` names has the microseconds that its clock is ahead by.
"""

from __future__ import annotations

import mmap
import os
import sys
import time
from pathlib import Path
from struct import Struct
from typing import Final

from enterprise_policy.values.windows import Instant
from enterprise_service.bootstrap import main

OFFSET: Final = "OFFSET"
_NUMBER: Final = Struct("<q")

time_ns = time.time_ns


def set_clock(file: Path, ahead: Instant) -> None:
    """Have the clock go ``ahead`` by so much from now on; by less than nothing is behind."""
    with file.open("r+b" if file.exists() else "w+b") as written:
        written.write(_NUMBER.pack(ahead))


def _skew() -> None:
    """For this process, and those that it forks."""
    with Path(os.environ[OFFSET]).open("rb") as file:
        shared = mmap.mmap(file.fileno(), _NUMBER.size, access=mmap.ACCESS_READ)
    time.time_ns = lambda: time_ns() + 1_000 * int(_NUMBER.unpack_from(shared)[0])


if __name__ == "__main__":
    _skew()
    sys.argv[0] = "enterprise-service"
    main()
