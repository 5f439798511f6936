"""What there is to know about the machine: Python, distributions, disk, address."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from enterprise_service.cli.findings import Finding, bad, fine
from enterprise_service.settings import Settings

OLDEST: Final = (3, 11)
NEWEST: Final = (3, 14)
LEAST_FREE: Final = 256 * 1024 * 1024
SECONDS: Final = 2.0


def machine_findings(settings: Settings) -> Iterator[Finding]:
    """Everything that isn't about the store."""
    yield fine("program", f"{version('backend-enterprise-service')} on {platform.platform()}")
    yield _python()
    yield from _casbin()
    yield _disk(settings)
    yield _socket(settings.unix_socket) if settings.unix_socket is not None else _port(settings)


def _python() -> Finding:
    says = f"{platform.python_version()} at `{sys.executable}`"
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return fine("python", says)
    return bad("python", says, "use Python 3.11 to 3.14")


def _casbin() -> Iterator[Finding]:
    """The distributions `casbin` and `pycasbin` install into the same package."""
    found = {name: _installed(name) for name in ("pycasbin", "casbin")}
    if found["casbin"] is not None:
        mend = "pip uninstall casbin pycasbin, then pip install pycasbin"
        yield bad("casbin", f"`casbin` {found['casbin']} is installed and overwrites `pycasbin`", mend)
    elif found["pycasbin"] is None:
        yield bad("casbin", "`pycasbin` isn't installed", "pip install pycasbin")
    else:
        yield fine("casbin", f"pycasbin {found['pycasbin']}, and not `casbin`, its predecessor")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.data_folder, *settings.data_folder.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    says = f"{free // 2**20} MiB free for `{settings.data_folder}`"
    if not os.access(folder, os.W_OK | os.X_OK):
        return bad("disk", f"`{folder}` can't be written by this user", "give it to the user that runs the service")
    return fine("disk", says) if free >= LEAST_FREE else bad("disk", says, "make room, or move the data folder")


def _port(settings: Settings) -> Finding:
    where = f"port {settings.port} at {settings.host}"
    try:
        address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return bad("address", f"`{settings.host}` is no address of this machine", "set `HOST` right")
    family, _, _, _, place = address
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            return _taken(settings, where, (error.strerror or str(error)).lower())
    return fine("address", f"{where} is free")


def _taken(settings: Settings, where: str, reason: str) -> Finding:
    said = _readiness(settings)
    if said is None:
        return bad("address", f"{where} can't be used: {reason}", "set `PORT` to another, or stop the other program")
    return fine("address", f"{where}: this service answers there, {said}")


def _readiness(settings: Settings) -> str | None:
    """What the service says that listens there; ``None`` when it is no such service."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - asked, not bound
    with closing(HTTPConnection(host, settings.port, timeout=SECONDS)) as connection:
        try:
            connection.request("GET", "/health/readiness")
            said = json.loads(connection.getresponse().read())
            return f"{said['status']} at revision {said['revision']}"
        except (OSError, HTTPException, ValueError, KeyError, TypeError):
            return None


def _socket(path: Path) -> Finding:
    if not path.parent.is_dir():
        return bad(
            "address", f"there is no folder for the socket `{path}`", "make the folder, or set `UNIX_SOCKET` right"
        )
    return fine("address", f"the socket is `{path}`")
