"""How many cores this process may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_GROUPS: Final = Path("/sys/fs/cgroup")
_OWN_GROUP: Final = Path("/proc/self/cgroup")


def allowed_cores(groups: Path = _GROUPS, own_group: Path = _OWN_GROUP) -> int:
    """The cores that the scheduler and the control groups (cgroup v2) leave to this process, rounded up; at least 1.

    ``groups`` is where the groups are mounted, ``own_group`` the file that says which one this process is in. Where a
    system has neither, its cores.
    """
    quota = min(_quotas(groups, own_group), default=float("inf"))
    return max(1, min(_scheduled(), int(-(-quota // 1)) if quota != float("inf") else _scheduled()))


def _scheduled() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(groups: Path, own_group: Path) -> Iterator[float]:
    """The quotas of the group of this process and of those around it: each limits what is inside."""
    own = PurePosixPath(_own_path(own_group))
    for path in (own, *own.parents):
        try:
            limit, period = (groups / path.relative_to("/") / "cpu.max").read_text("ascii").split()
            if limit != "max":
                yield int(limit) / int(period)
        except (OSError, ValueError):
            continue


def _own_path(own_group: Path) -> str:
    try:
        lines = own_group.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return "/"
    return next((line[3:] for line in lines if line.startswith("0::/")), "/")
