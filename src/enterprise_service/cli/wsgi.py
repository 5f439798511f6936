"""The way to the service in this process: a WSGI application that is called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from enterprise_service.cli.transport import Call, Reply, Transport

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class WsgiTransport(Transport):
    """Nothing of a call leaves the process."""

    def __init__(self, application: WSGIApplication, environ: Mapping[str, Any] | None = None) -> None:
        """``environ`` are variables of WSGI that each call has besides its own, such as who makes it."""
        self._application = application
        self._more = dict(environ or {})

    @property
    def place(self) -> str:
        """What the application works on."""
        return "the store of this machine"

    def send(self, call: Call) -> Reply:
        """See ``Transport``."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written = BytesIO()

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[..., object]:
            started[:] = [(status, headers)]
            return written.write

        parts = self._application({**_environ(call), **self._more}, start_response)
        try:
            for part in parts:
                written.write(part)
        finally:
            close: Callable[[], object] | None = getattr(parts, "close", None)
            if close is not None:
                close()
        ((status, headers),) = started
        names = {name.lower(): value for name, value in headers}
        return Reply(status=int(status.split()[0]), headers=names, body=written.getvalue())


def _environ(call: Call) -> dict[str, Any]:
    """The call as WSGI has it (PEP 3333); its texts are bytes that are read as Latin-1."""
    path, _, query = call.target.partition("?")
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in call.headers.items()}
    content_type = headers.pop("HTTP_CONTENT_TYPE", "")
    return {
        **headers,
        "REQUEST_METHOD": call.method,
        "RAW_URI": call.target,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(call.body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(call.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
