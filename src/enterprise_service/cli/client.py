"""A running service, asked over HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.secret import Secret

TIMEOUT: Final = 10.0
"""Seconds for an answer; a question that waits for a revision takes two at most."""

_LARGEST: Final = 64 * 1024 * 1024

_CODES: Final[Mapping[int, ExitCode]] = {
    400: ExitCode.INPUT,
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    413: ExitCode.INPUT,
}


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


class Client:
    """Sends JSON and reads JSON. Every trouble ends the command: nothing but an answer is taken for one."""

    def __init__(self, url: str, key: Secret | None) -> None:
        """``url`` is where the service is, ``key`` the credential. Raises ``Failure`` for a bad address."""
        self._origin = origin_of(url)
        self._where = f"{self._origin.scheme}://{self._origin.netloc}"
        self._key = key

    def post(self, path: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to ``fields``. Raises ``Failure`` for anything else than a 200 with a JSON object."""
        try:
            status, body = self._send(path, json.dumps(fields).encode())
        except (OSError, http.client.HTTPException) as error:
            sentence = f"the service at {self._where} can't be reached: {_said(error)}"
            raise Failure(ExitCode.UNREACHABLE, sentence) from error
        answer = _object(body)
        if status != http.client.OK:
            raise self._refusal(status, answer or {})
        if answer is None:
            raise self._strange()
        return answer

    def _send(self, path: str, body: bytes) -> tuple[int, bytes]:
        secure = self._origin.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._origin.hostname or "", self._origin.port, timeout=TIMEOUT)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.reveal()}"
        try:
            connection.request("POST", path, body=body, headers=headers)
            response = connection.getresponse()
            return response.status, response.read(_LARGEST)
        finally:
            connection.close()

    def _refusal(self, status: int, problem: Mapping[str, Any]) -> Failure:
        code = _CODES.get(status, ExitCode.UNREACHABLE)
        if not isinstance(problem.get("code"), str):
            return Failure(code, f"{self._where} answered {status}, and not as this service does")
        detail = problem.get("detail") or problem.get("title") or problem["code"]
        hint = "; set `ENTERPRISE_SERVICE_KEY` or `ENTERPRISE_SERVICE_KEY_FILE`" if code == ExitCode.REFUSED else ""
        return Failure(code, f"the service at {self._where} answered {status} {problem['code']}: {detail}{hint}")

    def _strange(self) -> Failure:
        return Failure(ExitCode.UNREACHABLE, f"{self._where} gave an answer that this version doesn't understand")


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _said(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()
