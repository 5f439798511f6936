"""JSON there and JSON back, over any way to a service. What isn't an answer ends the command."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from enterprise_service.bundles.faults import printable
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.transport import Call, NoReplyError, Reply, Transport

PAUSES: Final = (0.2, 1.0)
"""Seconds before a call that can be repeated is, after its answer was lost."""

ASKING: Final[Mapping[int, ExitCode]] = {
    400: ExitCode.INPUT,
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    413: ExitCode.INPUT,
}
"""How questions end that are refused with a status; with any other there was no answer."""

MANAGING: Final[Mapping[int, ExitCode]] = {
    **ASKING,
    404: ExitCode.INPUT,
    409: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
    422: ExitCode.CONFLICT,
}
"""The same for calls of management."""

_BY_CODE: Final[Mapping[str, ExitCode]] = {"revision_not_reached": ExitCode.UNREACHABLE}
"""Codes that say more than their status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answered: a JSON object, which is empty when there was no body."""

    status: int
    headers: Mapping[str, str]
    fields: Mapping[str, Any]

    @property
    def revision(self) -> int | None:
        """The revision that was made or seen."""
        text = self.headers.get("x-policy-revision", "")
        return int(text) if text.isascii() and text.isdigit() else None


class Conversation:
    """Sends JSON objects and reads them."""

    def __init__(self, transport: Transport, codes: Mapping[int, ExitCode]) -> None:
        """``codes`` are how a command ends that is refused with a status."""
        self._transport = transport
        self._codes = codes

    def post(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a question. Raises ``Failure`` for anything else than a 200 with a JSON object."""
        answer = self.send("POST", path, fields)
        if answer.status != HTTPStatus.OK:
            raise self._strange()
        return answer.fields

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """What is at ``path``; asked again when the answer is lost. Raises ``Failure``."""
        return self.call(Call(method="GET", target=with_query(path, query), repeatable=True))

    def send(self, method: str, path: str, fields: Mapping[str, Any]) -> Answer:
        """The answer to ``fields``. Raises ``Failure``."""
        return self.call(json_call(method, path, fields))

    def call(self, call: Call) -> Answer:
        """The answer to ``call``. Raises ``Failure`` for a refusal, and for what a service of ours doesn't answer."""
        reply = self._reply(call)
        fields = _object(reply.body) if reply.body or reply.status != HTTPStatus.NO_CONTENT else {}
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(reply.status, fields or {})
        if fields is None:
            raise self._strange()
        return Answer(status=reply.status, headers=reply.headers, fields=fields)

    def _reply(self, call: Call) -> Reply:
        pauses, served = iter(PAUSES), False
        while True:
            try:
                return self._transport.send(call)
            except NoReplyError as error:
                served = served or error.served
                pause = next(pauses, None) if served and call.repeatable else None
                if pause is None:
                    raise self._unanswered(call, error, served=served) from error
            time.sleep(pause)

    def _unanswered(self, call: Call, error: NoReplyError, *, served: bool) -> Failure:
        doubts = served and call.method != "GET" and self._codes is MANAGING
        more = ("whether it did what it was told isn't known: look before you repeat it",) if doubts else ()
        return Failure(ExitCode.UNREACHABLE, f"{self._transport.place} can't be reached: {error}", *more)

    def _refusal(self, status: int, problem: Mapping[str, Any]) -> Failure:
        code, name = self._codes.get(status, ExitCode.UNREACHABLE), problem.get("code")
        if not isinstance(name, str):
            return Failure(code, f"{self._transport.place} answered {status}, and not as this service does")
        detail = printable(str(problem.get("detail") or problem.get("title") or name))
        hint = (
            "; `ENTERPRISE_SERVICE_KEY` or `ENTERPRISE_SERVICE_KEY_FILE` names the one that is sent"
            if status == HTTPStatus.UNAUTHORIZED
            else ""
        )
        said = f"{self._transport.place} answered {status} {printable(name)}: {detail}{hint}"
        return Failure(_BY_CODE.get(name, code), said, *_more(problem, detail))

    def _strange(self) -> Failure:
        return strange(self._transport.place)


def strange(place: str) -> Failure:
    """The end of a command that was answered in no form of the contract."""
    return Failure(ExitCode.UNREACHABLE, f"{place} gave an answer that this version doesn't understand")


def _more(problem: Mapping[str, Any], said: str) -> Iterator[str]:
    """What a refusal says besides its detail: each fault that isn't told there, and who may do it."""
    for fault in problem.get("errors") or ():
        match fault:
            case {"pointer": str(pointer), "detail": str(detail)} if detail not in said:
                yield printable(f"`{pointer}` {detail}")
    if isinstance(problem.get("may"), list) and problem["may"]:
        yield printable(f"these may: {', '.join(f'`{subject}`' for subject in problem['may'])}")


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def with_query(path: str, query: Mapping[str, str]) -> str:
    """``path`` with ``query``, percent-encoded; a text that is no Unicode goes as it is, for the service to refuse."""
    return f"{path}?{urlencode(query, quote_via=quote, errors='surrogatepass')}" if query else path


def json_call(method: str, path: str, fields: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Call:
    """The call that sends ``fields`` as JSON."""
    named = {"Content-Type": "application/json", **(headers or {})}
    return Call(method=method, target=path, headers=named, body=json.dumps(fields).encode())
