"""Flask under our own server: a WSGI application that takes a thread when the whole request is there, not before."""

from __future__ import annotations

from typing import Any, Final, cast

from a2wsgi import WSGIMiddleware
from a2wsgi.asgi_typing import HTTPRequestEvent, HTTPScope, Receive, Send
from a2wsgi.wsgi_typing import WSGIApp
from flask import Flask

THREADS: Final = 16


class WholeRequests:
    """An ASGI application that serves ``flask``, with bodies as long as the connection lets them be."""

    def __init__(self, flask: Flask) -> None:
        self._threads = WSGIMiddleware(cast("WSGIApp", flask.wsgi_app), workers=THREADS)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Serve one request; one whose client goes away before its end is dropped."""
        body = await _collect(receive)
        if body is not None:
            await self._threads(_without_impostors(scope), _replay(body), send)


async def _collect(receive: Receive) -> bytes | None:
    parts = []
    while True:
        event = cast("dict[str, Any]", await receive())
        if event["type"] != "http.request":
            return None
        parts.append(event["body"])
        if not event["more_body"]:
            return b"".join(parts)


def _replay(body: bytes) -> Receive:
    async def receive() -> HTTPRequestEvent:
        return HTTPRequestEvent(type="http.request", body=body, more_body=False)

    return receive


def _without_impostors(scope: HTTPScope) -> HTTPScope:
    """``scope`` without the headers whose names, to WSGI, are those of others: it has ``_`` for ``-``."""
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return cast("HTTPScope", {**scope, "headers": headers})
