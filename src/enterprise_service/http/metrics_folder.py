"""The folder in memory in which the processes of a service put their numbers together."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that tells ``prometheus_client``, when it is imported, where the folder is."""

PREFIX: Final = "enterprise-service-metrics-"

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
_LOCK: Final = "in-use"


def memory() -> Path:
    """Where files are kept in memory, if the system has such a place."""
    return _MEMORY if os.access(_MEMORY, os.W_OK) else Path(gettempdir())


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """A fresh folder, named in the environment, for the time of the service. Processes that are forked leave it alone.

    Folders of services that were killed are taken away first: a lock in each is held while any process of its lives.
    """
    _sweep()
    made = Path(mkdtemp(prefix=f".{PREFIX}", dir=memory()))
    lock = _lock(made, os.O_CREAT)
    folder = made.rename(made.with_name(made.name[1:]))  # only now: nobody finds it without its lock
    os.environ[VARIABLE] = os.fspath(folder)
    owner = os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _sweep() -> None:
    for folder in memory().glob(f"{PREFIX}*"):
        try:
            lock = _lock(folder, 0)
        except OSError:  # in use, or another user's
            continue
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path, flags: int) -> int:
    """A descriptor that holds the lock in ``folder``, and in every process that inherits it. Raises ``OSError``."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
