"""The three ways into the service: our server, any WSGI server, and a call in this process."""

from __future__ import annotations

import io
import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

from tests.support.programs import COMMAND, ROOT, Program, free_port
from tests.support.raw_http import Headers, Reply, Wire, message, with_json
from tests.support.replies import checked
from tests.support.sample_policy import ALLOWED, AUTHORIZED


class Way(ABC):
    """Something that answers requests; every answer is checked for what all answers have to be."""

    name: str

    @abstractmethod
    def send(self, method: str, target: str, headers: Headers = (), body: bytes | None = None) -> Reply:
        """The answer to one request."""

    def ask(
        self, fields: object = ALLOWED, target: str = "/authorize", headers: Mapping[str, str] = AUTHORIZED
    ) -> Reply:
        """The answer to a question."""
        return self.send("POST", target, *with_json(headers, fields))

    def get(self, target: str) -> Reply:
        """The answer to `GET` without a credential."""
        return self.send("GET", target)


class Served(Way):
    """A server of its own process, at ``where``; each request has a connection of its own."""

    def __init__(self, name: str, where: int | str, program: Program) -> None:
        self.name = name
        self.where = where
        self.program = program

    def send(self, method: str, target: str, headers: Headers = (), body: bytes | None = None) -> Reply:
        """See ``Way``."""
        with self.wire() as wire:
            wire.send(message(method, target, headers, body))
            return checked(wire.reply(head=method == "HEAD"))

    def workers(self) -> list[int]:
        """The processes that answer."""
        pid = self.program.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

    def wire(self, seconds: float = 20.0) -> Wire:
        """A connection."""
        return Wire(self.where, seconds)


class InProcess(Way):
    """The application called as a WSGI server calls it, which joins headers that come twice."""

    name = "in process"

    def __init__(self, app: Flask) -> None:
        self.app = app

    def send(self, method: str, target: str, headers: Headers = (), body: bytes | None = None) -> Reply:
        """See ``Way``."""
        answer: dict[str, Any] = {}

        def start_response(status: str, lines: list[tuple[str, str]], _error: object = None) -> object:
            answer.update(status=int(status[:3]), headers=[(name.lower(), value) for name, value in lines])
            return answer

        parts = self.app.wsgi_app(_environ(method, target, headers, body), start_response)  # type: ignore[arg-type]  # nobody writes
        content = b"".join(parts)
        parts.close()  # type: ignore[attr-defined]  # werkzeug's has it
        return checked(Reply(answer["status"], answer["headers"], content))


def _environ(method: str, target: str, headers: Headers, body: bytes | None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if body is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    given: dict[str, str] = {}
    for name, value in headers:
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        if "_" not in name:
            given[key] = f"{given[key]},{value}" if key in given else value
    return {**environ, **given}


@contextmanager
def our_server(settings: Mapping[str, object], workers: int = 2) -> Iterator[Served]:
    """`enterprise-service serve` on a free port, ready."""
    port = free_port()
    given = {"WEB_CONCURRENCY": workers, "PORT": port, **settings}
    with Program([COMMAND, "serve"], given) as program:
        yield ready(Served("our server", str(settings.get("UNIX_SOCKET") or "") or port, program))


@contextmanager
def wsgi_server(settings: Mapping[str, object], workers: int = 2) -> Iterator[Served]:
    """`gunicorn wsgi:app` with its standard worker on a free port, ready."""
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--chdir", str(ROOT)]
    words += ["--workers", str(workers), "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    with Program(words, settings) as program:
        yield ready(Served("gunicorn", port, program))


def ready(server: Served, seconds: float = 30.0) -> Served:
    """``server``, once it is ready. Raises ``RuntimeError`` when it doesn't come to that."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if server.get("/health/readiness").status == 200:
                return server
        except (OSError, EOFError):
            time.sleep(0.02)
    server.program.signal_all(signal.SIGKILL)
    server.program.end()
    raise RuntimeError("\n".join(("the server didn't become ready; it said:", *server.program.lines)))
