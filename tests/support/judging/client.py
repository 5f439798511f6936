"""Clients that keep a history: of what they send, and of what came of it."""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final

from enterprise_service.ports.clock import Clock
from tests.support.judging.history import Answer, Asked, History, Kind, Operation
from tests.support.raw_http import Headers, Reply, Wire, message
from tests.support.sample_policy import KEY

API: Final = "/api/v1"
_TYPES: Final = {"PATCH": "application/merge-patch+json"}


class Connection(ABC):
    """A way to one worker process of ``pod``; ``session`` changes when it may be another process."""

    pod: str
    session: str

    @abstractmethod
    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """The answer to one request; ``None`` when the connection broke or time ran out before it came."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is held."""


class HttpConnection(Connection):
    """Kept alive at a port of this machine; made anew after trouble."""

    def __init__(self, pod: str, port: int, seconds: float = 5.0) -> None:
        """Nothing is connected yet; ``seconds`` is how long an answer is waited for."""
        self.pod = pod
        self._port = port
        self._seconds = seconds
        self._wire: Wire | None = None
        self._numbers = itertools.count(1)
        self._name = f"{pod}.{id(self):x}"
        self.session = f"{self._name}.0"

    def send(self, method: str, target: str, headers: Headers, body: bytes | None) -> Reply | None:
        """See ``Connection``."""
        try:
            if self._wire is None:
                self.session = f"{self._name}.{next(self._numbers)}"
                self._wire = Wire(self._port, self._seconds)
            self._wire.send(message(method, target, headers, body))
            reply = self._wire.reply()
        except (OSError, EOFError, ValueError):
            self.close()
            return None
        if reply.header("connection") == "close":
            self.close()
        return reply

    def close(self) -> None:
        """See ``Connection``."""
        if self._wire is not None:
            self._wire.__exit__(None, None, None)
        self._wire = None


class Client:
    """Sends by a connection with a credential, and keeps each request with what came of it in a history."""

    def __init__(self, name: str, connection: Connection, history: History, clock: Clock, key: str = KEY) -> None:
        """``name`` is this client's alone: its request ids begin with it."""
        self.name = name
        self._connection = connection
        self._history = history
        self._clock = clock
        self._key = key
        self._numbers = itertools.count(1)

    def write(
        self, method: str, path: str, fields: object = None, key: str | None = None, *, expected: int | None = None
    ) -> Answer | None:
        """The answer to a change; ``key`` is its ``Idempotency-Key``, ``expected`` the revision of its ``If-Match``."""
        return self._send(_Request(Kind.WRITE, method, API + path, fields, key=key, expected=expected))

    def read(self, path: str) -> Answer | None:
        """The answer to a management read."""
        return self._send(_Request(Kind.READ, "GET", API + path))

    def ask(self, asked: Asked, at_least: int = 0, *, isolated: bool = False) -> Answer | None:
        """The answer to one question, at revision ``at_least`` or later.

        ``isolated`` says that it is about another tenant's domain.
        """
        fields = {**_question(asked), **({"at_least": at_least} if at_least else {})}
        return self._send(_Request(Kind.DECISION, "POST", "/authorize", fields, isolated=isolated))

    def ask_all(self, asked: Sequence[Asked], *, isolated: bool = False) -> Answer | None:
        """The answer to many questions at once."""
        fields = {"checks": [_question(each) for each in asked]}
        return self._send(_Request(Kind.DECISION, "POST", "/authorize/batch", fields, isolated=isolated))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _send(self, request: _Request) -> Answer | None:
        request_id = f"{self.name}-{next(self._numbers)}"
        headers = {"Authorization": f"Bearer {self._key}", "X-Request-ID": request_id, **request.headers}
        begun, begun_at = self._clock.elapsed(), self._clock.now()
        reply = self._connection.send(request.method, request.target, list(headers.items()), request.body)
        operation = Operation(
            client=self.name,
            session=self._connection.session,
            pod=self._connection.pod,
            kind=request.kind,
            method=request.method,
            target=request.target,
            body=(request.body or b"").decode(),
            key=request.key,
            request_id=request_id,
            isolated=request.isolated,
            begun=begun,
            ended=self._clock.elapsed(),
            begun_at=begun_at,
            ended_at=self._clock.now(),
            answer=None if reply is None else _answer(reply),
        )
        self._history.add(operation)
        return operation.answer


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent, and what it is for."""

    kind: Kind
    method: str
    target: str
    fields: object = None
    _: KW_ONLY
    key: str | None = None
    expected: int | None = None
    isolated: bool = False

    @property
    def body(self) -> bytes | None:
        """The bytes that are sent."""
        return None if self.fields is None else json.dumps(self.fields).encode()

    @property
    def headers(self) -> Mapping[str, str]:
        """Those that not every request has."""
        media = {} if self.fields is None else {"Content-Type": _TYPES.get(self.method, "application/json")}
        tag = None if self.expected is None else f'"{self.expected}"'
        given = {"Idempotency-Key": self.key, "If-Match": tag}
        return {**media, **{name: value for name, value in given.items() if value is not None}}


def _question(asked: Asked) -> Mapping[str, Any]:
    return dict(zip(("sub", "dom", "obj", "act"), asked, strict=True))


def _answer(reply: Reply) -> Answer:
    return Answer(
        status=reply.status,
        revision=_number(reply, "x-policy-revision"),
        staleness_ms=_number(reply, "x-policy-staleness-ms"),
        replayed=reply.header("idempotency-replayed") == "true",
        body=reply.body.decode("utf-8", "replace"),
    )


def _number(reply: Reply, name: str) -> int | None:
    text = reply.header(name)
    return None if text is None else int(text)
