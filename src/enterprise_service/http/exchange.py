"""Between Flask and the gate: a request as the gate reads it, an answer as Flask sends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from flask import Request, Response
from werkzeug.exceptions import ClientDisconnected

from enterprise_policy.errors import InvalidJsonError
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.framing import Headers

_PLAIN_NAMES: Final = {"CONTENT_TYPE": b"content-type", "CONTENT_LENGTH": b"content-length"}
_JOINED: Final = {
    b"host": re.compile(","),
    b"content-type": re.compile(","),
    b"authorization": re.compile(r",\s*(?=bearer\s)", re.IGNORECASE),
}
"""How to tell that a server has joined a header that came twice; none of these has a comma of its own there."""


def headers_of(environ: dict[str, Any]) -> Headers:
    """The headers of a request: as they came, where the server kept them, else as a WSGI server left them."""
    scope = environ.get("asgi.scope")
    return scope["headers"] if scope is not None else list(_headers_by_name(environ))


def _headers_by_name(environ: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    for key, value in environ.items():
        name = _PLAIN_NAMES.get(key) if value else None  # these are there, empty, when they weren't sent
        if key.startswith("HTTP_"):
            name = key[5:].lower().replace("_", "-").encode("latin-1")
        if name is not None:
            joint = _JOINED.get(name)
            for part in joint.split(value) if joint else (value,):
                yield name, part.encode("latin-1")


def body_of(request: Request) -> bytes:
    """The whole body. Raises ``InvalidJsonError`` when the client went away before its end."""
    try:
        return request.get_data(cache=False)
    except ClientDisconnected as error:
        raise InvalidJsonError("the body is shorter than its `Content-Length`") from error


def response_of(answer: Answer) -> Response:
    """``answer`` as Flask sends it."""
    return Response(answer.body, answer.status, answer.pairs())
