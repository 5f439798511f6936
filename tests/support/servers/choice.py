"""Which programs the servers of tests are: what this machine has, or what can be installed on it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from tests.support.servers import build, debian, wheel
from tests.support.servers.mongo_programs import Mongod, MongoProgram, Secantusd, SecantusdInPython
from tests.support.servers.programs import NoProgramError, RedisProgram, remembered
from tests.support.servers.tools import FailedError, alone, output_of

P = TypeVar("P", MongoProgram, RedisProgram)

MONGODB: Final = (
    "no MongoDB can be had for the tests: put a `mongod` on the path, or install Rust 1.95 or later with cmake and a C "
    "compiler, or use Python 3.10 to 3.13; what was tried: "
)
REDIS: Final = (
    "no redis-server can be had for the tests; type: sudo apt-get install redis-server (macOS: brew install redis); "
    "what was tried: "
)


def find_mongo_program() -> MongoProgram:
    """A ``mongod`` on the path; else a compatible server that was installed before, or is now.

    Raises ``NoProgramError`` when there is none.
    """
    try:
        return _first(_mongod, _kept, _made)
    except FailedError as error:
        raise NoProgramError(f"{MONGODB}{error}") from error


def _mongod() -> MongoProgram:
    path = _on_path("mongod")
    return Mongod(path, _version(path, r"v(\d[\w.-]*)"))


def _kept() -> MongoProgram:
    if not build.built().exists():
        raise FailedError(f"{build.built()} isn't there")
    return Secantusd(build.built(), build.VERSION)


def _made() -> MongoProgram:
    with alone("mongodb"):
        return _first(_kept, _build, _wheel)


def _build() -> MongoProgram:
    return Secantusd(build.build(), build.VERSION)


def _wheel() -> MongoProgram:
    return SecantusdInPython(wheel.wheel() if wheel.is_whole() else wheel.install_wheel(), wheel.VERSION)


def find_redis_program() -> RedisProgram:
    """A ``redis-server`` on the path; else one that was installed before, or is now.

    Raises ``NoProgramError`` when there is none.
    """
    try:
        return _first(_on_system, _installed)
    except FailedError as error:
        raise NoProgramError(f"{REDIS}{error}") from error


def _on_system() -> RedisProgram:
    return _redis(_on_path("redis-server"))


def _installed() -> RedisProgram:
    with alone("redis"):
        return _first(_packaged, _unpacked)


def _packaged() -> RedisProgram:
    debian.install("redis-server")
    return _on_system()


def _unpacked() -> RedisProgram:
    if not debian.unpacked().exists():
        debian.unpack()
    return _redis(debian.unpacked() / "usr/bin/redis-server", LD_LIBRARY_PATH=debian.libraries())


def _redis(path: Path, **environment: str) -> RedisProgram:
    version = _version(path, r"v=(\S+)", **environment)
    return RedisProgram(path=path, name=f"redis-server {version}", environment=environment)


def _on_path(program: str) -> Path:
    found = shutil.which(program)
    if found is None:
        raise FailedError(f"there is no {program} on the path")
    return Path(found)


def _version(path: Path, pattern: str, **environment: str) -> str:
    found = re.search(pattern, output_of(path, "--version", **environment))
    if found is None:
        raise FailedError(f"{path} doesn't run")
    return found[1]


def _first(*ways: Callable[[], P]) -> P:
    """What the first way that works leads to. Raises ``FailedError`` with all reasons when none works."""
    failures = []
    for way in ways:
        try:
            return way()
        except FailedError as error:
            failures.append(str(error))
    raise FailedError("; ".join(failures))


mongo_program: Final = remembered(find_mongo_program)
redis_program: Final = remembered(find_redis_program)
