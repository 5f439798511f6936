"""The way to a running service: HTTP."""

from __future__ import annotations

import http.client
from contextlib import closing
from typing import Final
from urllib.parse import SplitResult, urlsplit

from enterprise_service.cli.conversation import ASKING, Conversation
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.transport import Call, NoReplyError, Reply, Transport
from enterprise_service.secret import Secret

TIMEOUT: Final = 10.0
"""Seconds for an answer; a question that waits for a revision takes two at most."""

_LARGEST: Final = 64 * 1024 * 1024


def origin_of(url: str) -> SplitResult:
    """``url`` in its parts. Raises ``Failure`` when it isn't the address of a service."""
    parts = urlsplit(url)
    try:
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Failure(ExitCode.INPUT, f"`{url}` is no address of a service, such as `http://127.0.0.1:3017`")
    return parts


class HttpTransport(Transport):
    """A connection for each call."""

    def __init__(self, url: str, key: Secret | None, timeout: float = TIMEOUT) -> None:
        """``url`` is where the service is, ``key`` the credential. Raises ``Failure`` for a bad address."""
        self._origin = origin_of(url)
        self._key = key
        self._timeout = timeout

    @property
    def place(self) -> str:
        """The service at its address."""
        return f"the service at {self._origin.scheme}://{self._origin.netloc}"

    def send(self, call: Call) -> Reply:
        """See ``Transport``."""
        secure = self._origin.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        with closing(kind(self._origin.hostname or "", self._origin.port, timeout=self._timeout)) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise NoReplyError(_said(error), served=False) from error
            try:
                return self._exchange(connection, call)
            except (OSError, http.client.HTTPException) as error:
                raise NoReplyError(_said(error), served=True) from error

    def _exchange(self, connection: http.client.HTTPConnection, call: Call) -> Reply:
        headers = {"Accept": "application/json", **call.headers}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        connection.request(call.method, call.target, body=call.body or None, headers=headers)
        with connection.getresponse() as response:
            names = {name.lower(): value for name, value in response.getheaders()}
            body = response.read(_LARGEST)
            if response.length:  # what is left of it; a read with a limit doesn't mind
                raise http.client.IncompleteRead(body, response.length)
            return Reply(status=response.status, headers=names, body=body)


class Client(Conversation):
    """Questions to a running service."""

    def __init__(self, url: str, key: Secret | None) -> None:
        """``url`` is where the service is, ``key`` the credential. Raises ``Failure`` for a bad address."""
        super().__init__(HttpTransport(url, key), ASKING)


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()
