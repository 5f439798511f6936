"""A WSGI application that is made when a process is first asked: importing it reads nothing and starts nothing."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from enterprise_policy.errors import EnterpriseError, PolicyUnavailableError, SettingsError
from enterprise_service.setting_values import is_loopback

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)


class LazyWsgi:
    """Passes every request on to an application of this process.

    While that can't be made, every request is answered with 503 and tries again.
    """

    def __init__(self, make: Callable[[], WSGIApplication]) -> None:
        """``make`` is called once in each process, but for attempts that end in an ``EnterpriseError``."""
        self._make = make
        self._making = threading.Lock()
        # By process: one that is forked after the first request must not use what its parent made.
        self._made: dict[int, WSGIApplication] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        try:
            return self._application()(environ, start_response)
        except EnterpriseError as error:
            _log.error("the service can't serve here: %s", error)
            return _unavailable(environ, start_response)

    def _application(self) -> WSGIApplication:
        process = os.getpid()
        made = self._made.get(process)
        if made is not None:
            return made
        with self._making:
            return self._made.get(process) or self._made.setdefault(process, self._make())


def _unavailable(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    from enterprise_service.http.edge.problems import refusal  # noqa: PLC0415 - not at import, like everything here
    from enterprise_service.http.edge.request_ids import RequestIds  # noqa: PLC0415 - as above

    error = PolicyUnavailableError("the service can't serve here; its log says why")
    answer = refusal(error, RequestIds().of(environ.get("HTTP_X_REQUEST_ID", "").encode("latin-1")))
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.pairs())
    return [answer.body]


def only_here(app: WSGIApplication) -> WSGIApplication:
    """``app`` for clients of this machine only: the settings can't tell where a WSGI server really listens.

    At a Unix socket a client has no address; else the server says where it was reached. Raises ``SettingsError``.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("SERVER_NAME", "")
        if environ.get("REMOTE_ADDR") and not is_loopback(host):
            raise SettingsError(f"`DECISION_AUTH` may be `none` only at loopback or a Unix socket, not at `{host}`")
        return app(environ, start_response)

    return application
