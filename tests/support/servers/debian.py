"""Packages of Debian and Ubuntu: installed as root, otherwise unpacked into a folder of our own."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from tests.support.servers.tools import FailedError, run, say, tools

_PACKAGES: Final = ("redis-server", "redis-tools")
_INSTALLED: Final = re.compile(r"^Inst (\S+)", re.MULTILINE)
_LISTS: Final = "lists"


def is_root() -> bool:
    """Whether packages can be installed."""
    return os.geteuid() == 0


def install(*packages: str) -> None:
    """Install ``packages`` without starting what is in them. Raises ``FailedError`` when not root, or not on Debian."""
    if shutil.which("apt-get") is None or not is_root():
        raise FailedError(f"missing: {' '.join(packages)}")
    say(f"installing {' '.join(packages)}")
    log = tools() / "apt.log"
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    run(["apt-get", "update", "-qq"], log, environment=quiet)
    run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *packages], log, environment=quiet)


def unpacked() -> Path:
    """Where the packages of Redis are unpacked, once they are."""
    return tools() / "redis"


def unpack() -> None:
    """Fetch Redis with what it needs and this system lacks, and unpack it; needs no root.

    Raises ``FailedError`` when that can't be done here.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise FailedError("there is no apt-get")
    say("fetching redis-server")
    new, log = unpacked().with_name("redis.new"), tools() / "apt.log"
    shutil.rmtree(new, ignore_errors=True)
    for package in _fetched(new, log):
        run(["dpkg-deb", "-x", package, new], log)
    shutil.rmtree(new / _LISTS)
    new.replace(unpacked())


def libraries() -> str:
    """The folders of unpacked libraries, as ``LD_LIBRARY_PATH`` wants them."""
    return os.pathsep.join(sorted({str(library.parent) for library in unpacked().glob("**/*.so*")}))


def _fetched(new: Path, log: Path) -> list[Path]:
    """The packages, by lists of our own: the system's may be old, or taken away to save room."""
    lists = new / _LISTS
    for folder in ("state/lists/partial", "cache/archives/partial", "packages"):
        (lists / folder).mkdir(parents=True)
    apt_get = ("apt-get", *_options(lists))
    run([*apt_get, "update", "-qq"], log)
    run([*apt_get, "install", "--simulate", *_PACKAGES], lists / "plan")
    missing = _INSTALLED.findall((lists / "plan").read_text())
    run([*apt_get, "download", "-qq", *sorted({*missing, *_PACKAGES})], log, folder=lists / "packages")
    return sorted((lists / "packages").glob("*.deb"))


def _options(lists: Path) -> list[str]:
    state = {"": lists / "state", "::status": Path("/var/lib/dpkg/status")}
    own = [f"Dir::State{name}={path}" for name, path in state.items()]
    values = [*own, f"Dir::Cache={lists / 'cache'}", "Debug::NoLocking=1", "APT::Install-Recommends=0"]
    return [word for value in values for word in ("-o", value)]
