"""What every answer of the service has to be, whoever asked for what."""

from __future__ import annotations

from enterprise_service.http.edge.problems import PROBLEMS
from tests.support.raw_http import Reply

PROBLEM = "application/problem+json"
PROBES = ("liveness", "readiness")


def checked(reply: Reply) -> Reply:
    """``reply``, which keeps every promise that all answers keep. Raises ``AssertionError`` when it doesn't."""
    assert reply.header("server") in (None, "gunicorn"), reply
    assert reply.header("x-request-id"), reply
    assert reply.header("cache-control") == "no-store", reply
    assert reply.header("x-content-type-options") == "nosniff", reply
    assert not reply.body or reply.header("content-length") == str(len(reply.body)), reply
    assert reply.status == 200 or b'"allowed": true' not in reply.body, reply
    if reply.status >= 300 and reply.body and not _is_probe(reply):
        _check_problem(reply)
    return reply


def _is_probe(reply: Reply) -> bool:
    return reply.status == 503 and reply.header("content-type") == "application/json" and "code" not in reply.fields


def _check_problem(reply: Reply) -> None:
    assert reply.header("content-type") == PROBLEM, reply
    fields = reply.fields
    problem = PROBLEMS[fields["code"]]
    assert fields["status"] == reply.status == problem.status, reply
    assert fields["title"] == problem.title, reply
    assert fields["type"] == f"/api-docs#{fields['code']}", reply
    assert fields["request_id"] == reply.header("x-request-id"), reply
    always = {"type", "title", "status", "detail", "code", "request_id"}
    assert fields.keys() - {"errors", "may"} == always, reply
    assert ("may" in fields) == (fields["code"] == "escalation"), reply
    for fault in fields.get("errors", []):
        assert fault.keys() == {"pointer", "detail"}, reply
    assert (reply.status == 401) == (reply.header("www-authenticate") is not None), reply
    assert (reply.status == 405) == (reply.header("allow") is not None), reply
    assert reply.status != 503 or reply.header("retry-after"), reply
