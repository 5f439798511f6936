"""What happens around every view: checks before it, the common headers after it, errors in the contract's form."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus
from time import perf_counter
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from enterprise_policy.errors import EnterpriseError, InvalidRequestError, MethodNotAllowedError, NotFoundError
from enterprise_service.administer.scene import NOTHING_HERE
from enterprise_service.http.edge.framing import read_head
from enterprise_service.http.edge.problems import internal_error, refusal
from enterprise_service.http.edge.request_ids import RequestIds
from enterprise_service.http.exchange import body_of, headers_of, response_of
from enterprise_service.http.operations.metrics import Counted, Metrics
from enterprise_service.http.paths import is_plain

COMMON: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_log = logging.getLogger(__name__)


class Hooks:
    """See the module."""

    def __init__(self, metrics: Metrics, request_ids: RequestIds) -> None:
        self._metrics = metrics
        self._request_ids = request_ids

    def register(self, app: Flask) -> None:
        """Put the hooks around every view of ``app``."""
        app.before_request(self.before)
        app.after_request(self.after)
        app.register_error_handler(EnterpriseError, on_error)
        app.register_error_handler(HTTPException, on_http_error)
        app.register_error_handler(Exception, on_failure)

    def before(self) -> None:
        """Check path, method and framing, in this order; ``g.head`` is the head, ``g.body`` the body."""
        g.started = perf_counter()
        headers = headers_of(request.environ)
        g.request_id = self._request_ids.of(dict(headers).get(b"x-request-id"))
        if not _may_match():
            raise NotFoundError(NOTHING_HERE)
        if request.routing_exception is not None:
            raise request.routing_exception
        g.head = replace(read_head(headers), request_id=g.request_id, query=request.query_string)
        g.body = body_of(request)

    def after(self, response: Response) -> Response:
        """Add the headers that every answer has, and count it."""
        for name, value in COMMON.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("X-Request-ID", g.request_id.decode("ascii"))
        if request.url_rule is not None:  # else anybody could make up paths and methods for the metrics to keep
            counted = Counted(request.method, request.url_rule.rule, str(response.status_code))
            self._metrics.observe(counted, perf_counter() - g.started)
        return response


def _may_match() -> bool:
    """Whether the target is a path that a route can have. WSGI servers keep the target as it came in ``RAW_URI``."""
    path = request.environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return bool(request.environ.get("RAW_URI", "/").startswith("/")) and is_plain(path)


def on_error(error: EnterpriseError) -> Response:
    """Our own errors."""
    return response_of(refusal(error, g.request_id))


def on_http_error(error: HTTPException) -> Response:
    """Those of Flask and Werkzeug, as ours."""
    if isinstance(error, MethodNotAllowed):
        allow = ", ".join(sorted(error.valid_methods or ()))
        ours = MethodNotAllowedError(f"the path knows `{allow}`")
        return response_of(refusal(ours, g.request_id, b"allow: %b\r\n" % allow.encode("ascii")))
    if error.code == HTTPStatus.NOT_FOUND:
        return on_error(NotFoundError(NOTHING_HERE))
    if error.code is not None and error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_error(InvalidRequestError("the request can't be read"))
    return on_failure(error)


def on_failure(error: Exception) -> Response:
    """What should not happen: the log has the stack, the answer only says that it happened."""
    _log.error("a request failed", exc_info=error, extra={"request_id": g.request_id.decode("ascii")})
    return response_of(internal_error(g.request_id))
