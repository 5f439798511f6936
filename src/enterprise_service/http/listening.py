"""The socket that all processes of a service listen on."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from enterprise_policy.errors import UnavailableError

BACKLOG: Final = 2048


class CannotListenError(UnavailableError):
    """The address is taken, or isn't one of this machine."""

    code = "cannot_listen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """``unix_socket``, when there is one, instead of ``host`` and ``port``."""

    host: str = "127.0.0.1"
    port: int = 3017
    unix_socket: Path | None = None

    def __str__(self) -> str:
        """As people write it."""
        if self.unix_socket is not None:
            return f"unix:{self.unix_socket}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def listen(address: Address, processes: int) -> list[socket.socket]:
    """Sockets that listen at ``address`` for as many ``processes``; where sharing is better it is one for all.

    Raises ``CannotListenError`` when it can't.
    """
    try:
        if address.unix_socket is not None:
            return [_listen_at_path(address.unix_socket)]
        return _listen_at_port(address, processes)
    except OSError as error:
        reason = "it is taken" if error.errno == errno.EADDRINUSE else (error.strerror or str(error)).lower()
        raise CannotListenError(f"cannot listen at `{address}`: {reason}") from error


def _listen_at_port(address: Address, processes: int) -> list[socket.socket]:
    """One socket for each process, where the system spreads clients over them (Linux does).

    Of processes that share one socket the one that is awake takes clients that come one by one, all of them. The first
    listens alone before the others may join it, so that a port that is taken is found to be.
    """
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, *_, where = found[0]
    with ExitStack() as opened:
        listeners = [opened.enter_context(_bound(family, where))]
        if sys.platform == "linux" and processes > 1:
            listeners[0].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            where = listeners[0].getsockname()
            listeners += [opened.enter_context(_bound(family, where, shared=True)) for _ in range(processes - 1)]
        opened.pop_all()
        return listeners


def _listen_at_path(path: Path) -> socket.socket:
    """What a process that died has left at ``path`` is taken away; what a living one listens on isn't."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(os.fspath(path)) != errno.ECONNREFUSED:
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        path.unlink()
    return _bound(socket.AF_UNIX, os.fspath(path))


def _bound(family: int, where: Any, *, shared: bool = False) -> socket.socket:  # noqa: ANN401 (each family has its own)
    """A socket that listens; ``shared`` with others of this program."""
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
