"""What a service answers becomes an exit code: 0 and 1 for whole answers only."""

from __future__ import annotations

import pytest

from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import POLICIES, Machine
from tests.support.fake_service import FakeService

ASKED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")


def problem(status: int, code: str) -> tuple[int, object]:
    return status, {"status": status, "code": code, "detail": f"this is {code}", "title": "x", "errors": []}


ALLOW = {"allowed": True, "reason": {"code": "allowed_by_permission"}}
DENY = {"allowed": False, "reason": {"code": "no_assignment", "elsewhere": []}}

ANSWERS: list[tuple[str, tuple[int, object], ExitCode]] = [
    ("an allow", (200, {"results": [ALLOW], "revision": 3}), ExitCode.YES),
    ("a deny", (200, {"results": [DENY], "revision": 3}), ExitCode.NO),
    ("400", problem(400, "invalid_request"), ExitCode.INPUT),
    ("401", problem(401, "unauthenticated"), ExitCode.REFUSED),
    ("403", problem(403, "forbidden"), ExitCode.REFUSED),
    ("404", problem(404, "not_found"), ExitCode.UNREACHABLE),
    ("409", problem(409, "revision_not_reached"), ExitCode.UNREACHABLE),
    ("413", problem(413, "too_large"), ExitCode.INPUT),
    ("429", problem(429, "rate_limited"), ExitCode.UNREACHABLE),
    ("500", problem(500, "internal_error"), ExitCode.UNREACHABLE),
    ("503", problem(503, "policy_unavailable"), ExitCode.UNREACHABLE),
    ("503 of something before it", (503, b"<html>"), ExitCode.UNREACHABLE),
    ("a redirect", (302, b""), ExitCode.UNREACHABLE),
    ("an allow with another status", (202, {"results": [ALLOW], "revision": 3}), ExitCode.UNREACHABLE),
    ("no JSON", (200, b"true"), ExitCode.UNREACHABLE),
    ("half of it", (200, b'{"results": [{"allowed": true'), ExitCode.UNREACHABLE),
    ("nothing", (200, b""), ExitCode.UNREACHABLE),
    ("an empty object", (200, {}), ExitCode.UNREACHABLE),
    ("two answers to one question", (200, {"results": [ALLOW, ALLOW], "revision": 3}), ExitCode.UNREACHABLE),
    ("a text for an answer", (200, {"results": [{**ALLOW, "allowed": "false"}], "revision": 3}), ExitCode.UNREACHABLE),
    ("a number for an answer", (200, {"results": [{**ALLOW, "allowed": 1}], "revision": 3}), ExitCode.UNREACHABLE),
    ("no revision", (200, {"results": [ALLOW]}), ExitCode.UNREACHABLE),
    ("no reason", (200, {"results": [{"allowed": True}], "revision": 3}), ExitCode.UNREACHABLE),
]


@pytest.mark.parametrize(("answer", "code"), [(a, c) for _, a, c in ANSWERS], ids=[name for name, _, _ in ANSWERS])
def test_what_a_service_answers_becomes_a_code(
    machine: Machine, service: FakeService, answer: tuple[int, object], code: ExitCode
) -> None:
    service.answer(*answer)
    ended = machine("check", *ASKED, "--url", service.url)
    assert ended.code == code
    if code not in (ExitCode.YES, ExitCode.NO):
        assert ended.out == ""
        assert ended.err.startswith("error: ")
    test = machine("policy", "test", POLICIES / "tests/isolation_test.yaml", "--url", service.url)
    assert test.code in ({ExitCode.UNREACHABLE} if code in (ExitCode.YES, ExitCode.NO) else {code})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1", ExitCode.UNREACHABLE),
        ("http://no-such-host.invalid", ExitCode.UNREACHABLE),
        ("127.0.0.1:3017", ExitCode.INPUT),
        ("ftp://127.0.0.1", ExitCode.INPUT),
        ("http://", ExitCode.INPUT),
        ("http://127.0.0.1:99999", ExitCode.INPUT),
        ("http://user:word@127.0.0.1:1", ExitCode.INPUT),
        ("http://127.0.0.1:1/authorize", ExitCode.INPUT),
        ("http://127.0.0.1:1?x", ExitCode.INPUT),
    ],
)
def test_an_address_without_a_service_is_no_answer(machine: Machine, url: str, code: ExitCode) -> None:
    ended = machine("check", *ASKED, "--url", url)
    assert (ended.code, ended.out) == (code, "")
