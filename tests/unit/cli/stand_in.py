"""A service of management that answers what it is told to, called in this process or over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from wsgiref.simple_server import WSGIRequestHandler, make_server

from enterprise_service.cli.wsgi import WsgiTransport

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from enterprise_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A call as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def line(self) -> str:
        """What was asked of what."""
        return f"{self.method} {self.target.removeprefix('/api/v1')}"

    @property
    def fields(self) -> Any:  # noqa: ANN401 - JSON
        """The body."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is answered; without a ``status`` the connection is closed instead."""

    status: int | None
    body: bytes
    headers: Mapping[str, str]


@dataclass
class StandIn:
    """``answer`` says what is answered to the next call of that kind; the last answer is given again."""

    seen: list[Seen] = field(default_factory=list)
    told: dict[str, list[Told]] = field(default_factory=dict)

    def answer(self, line: str, status: int | None = 200, fields: object = None, **headers: object) -> None:
        """To ``line``, such as `GET /clinics`, which stands for any query; `x_policy_revision=3` is that header."""
        body = fields if isinstance(fields, bytes) else b"" if fields is None else json.dumps(fields).encode()
        named = {name.replace("_", "-").title(): str(value) for name, value in headers.items()}
        self.told.setdefault(line, []).append(Told(status=status, body=body, headers=named))

    @property
    def lines(self) -> list[str]:
        """What was asked, in order."""
        return [seen.line for seen in self.seen]

    @contextmanager
    def transport(self, _settings: Settings | None = None) -> Iterator[WsgiTransport]:
        """The way to it in this process."""
        yield WsgiTransport(self.application)

    def application(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Itself, as WSGI."""
        seen = _seen(environ)
        self.seen.append(seen)
        told = self._told(seen.line)
        if told.status is None:
            raise ConnectionResetError  # wsgiref closes the connection then
        start_response(f"{told.status} {HTTPStatus(told.status).phrase}", list(told.headers.items()))
        return [told.body]

    def _told(self, line: str) -> Told:
        found = self.told.get(line) or self.told.get(line.partition("?")[0])
        if found is None:
            return Told(status=404, body=b'{"code": "not_found", "detail": "there is no such thing here"}', headers={})
        return found.pop(0) if len(found) > 1 else found[0]


def _seen(environ: WSGIEnvironment) -> Seen:
    names = {name.removeprefix("HTTP_").replace("_", "-").title(): value for name, value in environ.items()}
    query = environ.get("QUERY_STRING", "")
    path = unquote(environ["PATH_INFO"].encode("latin-1").decode())
    return Seen(
        method=environ["REQUEST_METHOD"],
        target=f"{path}?{query}" if query else path,
        headers={name: value for name, value in names.items() if isinstance(value, str)},
        body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
    )


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(stand_in: StandIn) -> Iterator[str]:
    """``stand_in`` at a free port of this machine, which is given as a URL."""
    with make_server("127.0.0.1", 0, stand_in.application, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
