"""HTTP by hand: bytes to a socket and answers from it, with nothing corrected on the way."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

SECONDS: Final = 20.0
_EMPTY: Final = (204, 304)
"""Answers without a body, whatever their headers say."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its headers have names in small letters."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The header of that name; raises ``ValueError`` when it came twice."""
        found = [value for key, value in self.headers if key == name]
        if len(found) > 1:
            raise ValueError(f"`{name}` came {len(found)} times")
        return found[0] if found else None

    @property
    def fields(self) -> Any:  # noqa: ANN401 - whatever was answered
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The code of a problem."""
        return str(self.fields["code"]) if self.header("content-type") == "application/problem+json" else None


class Wire:
    """A connection to a server; ``where`` is a port of this machine or the path of a Unix socket."""

    def __init__(self, where: int | str, seconds: float = SECONDS) -> None:
        """Connect; every later step waits at most ``seconds``."""
        family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
        self._socket = socket.socket(family)
        self._socket.settimeout(seconds)
        try:
            self._socket.connect(where if isinstance(where, str) else ("127.0.0.1", where))
        except OSError:
            self._socket.close()
            raise
        self._read = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send ``data``, all of it."""
        self._socket.sendall(data)

    def end(self) -> None:
        """Say that nothing more comes; answers can still be read."""
        self._socket.shutdown(socket.SHUT_WR)

    def reply(self, *, head: bool = False) -> Reply:
        """The next answer; ``head`` when it is one to `HEAD`. Raises ``EOFError`` when there is none."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        raw, _, self._read = self._read.partition(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        reply = Reply(int(first.split(" ")[1]), headers, b"")
        if head or reply.status < 200 or reply.status in _EMPTY:
            return reply
        return Reply(reply.status, headers, self._body(reply.header("content-length")))

    def _body(self, length: str | None) -> bytes:
        """Without a length it is everything until the end."""
        while length is None or len(self._read) < int(length):
            try:
                self._more()
            except EOFError:
                if length is None:
                    break
                raise
        size = len(self._read) if length is None else int(length)
        body, self._read = self._read[:size], self._read[size:]
        return body

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError
        self._read += data

    def seconds_until_closed(self) -> float:
        """How long the server takes to end the connection; what it still says is dropped."""
        started = time.monotonic()
        try:
            while self._socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return time.monotonic() - started

    def is_open(self, seconds: float = 0.2) -> bool:
        """Whether the server doesn't end the connection, or say something, within ``seconds``."""
        before = self._socket.gettimeout()
        self._socket.settimeout(seconds)
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            return True
        except ConnectionError:
            return False
        finally:
            self._socket.settimeout(before)


def message(method: str, target: str, headers: Headers = (), body: bytes | None = None) -> bytes:
    """A request as bytes, with `Host` and, when there is a ``body``, its length in front of ``headers``."""
    own = [("Host", "localhost"), *((("Content-Length", str(len(body))),) if body is not None else ())]
    names = {name.lower() for name, _ in headers}
    lines = [f"{name}: {value}" for name, value in (*(h for h in own if h[0].lower() not in names), *headers)]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode("latin-1") + (body or b"")


def with_json(headers: Mapping[str, str], fields: object) -> tuple[Headers, bytes]:
    """``headers`` and a body for a request that sends ``fields``."""
    return [("Content-Type", "application/json"), *headers.items()], json.dumps(fields).encode()
