"""Errors as callers see them: RFC 9457, from one table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from enterprise_policy.errors import EnterpriseError, EscalationError
from enterprise_service.http.edge.answers import Answer, header_lines

PROBLEM_JSON: Final = "application/problem+json"
FAULTS_SHOWN: Final = 20
POINTER_SHOWN: Final = 200
"""Characters of a pointer that are shown: one into the caller's own body may be as long as that."""


@dataclass(frozen=True, slots=True)
class Problem:
    """How a code is answered: the status, a title, and header lines beyond the common ones."""

    status: int
    title: str
    headers: bytes = b""


PROBLEMS: Final = {
    "invalid_json": Problem(400, "The body is no JSON"),
    "invalid_request": Problem(400, "The request breaks the contract"),
    "unauthenticated": Problem(401, "A valid credential is needed", b'www-authenticate: Bearer realm="enterprise"\r\n'),
    "forbidden": Problem(403, "The credential may not do this"),
    "escalation": Problem(403, "The credential may not do this to that extent"),
    "not_found": Problem(404, "There is no such thing here"),
    "method_not_allowed": Problem(405, "The method is not allowed here"),
    "already_exists": Problem(409, "It exists, or has existed"),
    "in_use": Problem(409, "It is in use"),
    "conflict": Problem(409, "The present state doesn't allow this"),
    "revision_not_reached": Problem(409, "The revision doesn't exist yet"),
    "managed_by_bundle": Problem(409, "The record is changed in git"),
    "length_required": Problem(411, "The body needs a Content-Length"),
    "revision_mismatch": Problem(412, "The record has changed"),
    "too_large": Problem(413, "The body is too large"),
    "unsupported_media_type": Problem(415, "The body is of another media type"),
    "unknown_reference": Problem(422, "A reference leads nowhere"),
    "cycle": Problem(422, "It would contain itself"),
    "too_deep": Problem(422, "It would be too deep"),
    "reserved": Problem(422, "It belongs to the program"),
    "not_in_catalogue": Problem(422, "It is not offered to tenants"),
    "idempotency_mismatch": Problem(422, "The key was used for something else"),
    "rate_limited": Problem(429, "Too many calls", b"retry-after: 1\r\n"),
    "internal_error": Problem(500, "The service failed"),
    "store_unavailable": Problem(503, "The policy store can't be reached", b"retry-after: 2\r\n"),
    "policy_unavailable": Problem(503, "There is no policy that is fresh enough", b"retry-after: 1\r\n"),
}
"""Each code of the HTTP contract, and ``internal_error`` for what should not happen."""

INTERNAL: Final = "internal_error"

LEVEL_ABOVE: Final = "; an administrator of the level above may do it, or `bootstrap`"
"""What is said of an escalation when the caller sees nobody who may make the call."""


def refusal(error: EnterpriseError, request_id: bytes, headers: bytes = b"") -> Answer:
    """The answer to ``error``; ``headers`` are more header lines.

    An error that has no place in the table, because it is the operator's, is an internal one.
    """
    if error.code not in PROBLEMS:
        return internal_error(request_id)
    return _answer(error.code, _members(error), request_id, headers)


def internal_error(request_id: bytes) -> Answer:
    """The answer when the service itself failed. It says nothing of how: that is in the log, under the same id."""
    return _answer(INTERNAL, {"detail": "the request could not be served"}, request_id, b"")


def _members(error: EnterpriseError) -> dict[str, Any]:
    """What the problem says of this time."""
    members: dict[str, Any] = {"detail": error.detail[: 4 * POINTER_SHOWN]}
    if error.faults:
        shown = error.faults[:FAULTS_SHOWN]
        members["errors"] = [{"pointer": fault.pointer[:POINTER_SHOWN], "detail": fault.detail} for fault in shown]
    if isinstance(error, EscalationError):
        members["may"] = list(error.may)
        members["detail"] += "" if error.may else LEVEL_ABOVE
    return members


def _answer(code: str, members: dict[str, Any], request_id: bytes, headers: bytes) -> Answer:
    problem = PROBLEMS[code]
    fields = {
        "type": f"/api-docs#{code}",
        "title": problem.title,
        "status": problem.status,
        "code": code,
        "request_id": request_id.decode("ascii"),
        **members,
    }
    body = json.dumps(fields).encode("ascii")
    lines = header_lines(body, PROBLEM_JSON.encode())
    return Answer(problem.status, b"%b%b%bx-request-id: %b\r\n" % (lines, problem.headers, headers, request_id), body)
