"""Which targets are paths, with which methods, on which plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.settings import read_settings
from tests.support.sample_policy import AUTHORIZED, body, settings_of
from tests.support.ways import InProcess, Served, Way, our_server, wsgi_server

NOWHERE = [
    "/",
    "/authorize/",
    "//authorize",
    "///authorize",
    "/authorize//batch",
    "/authorize%2f",
    "/authorize%2F%2Fbatch",
    "/%2fauthorize",
    "/authorize%00",
    "/authorize%0a",
    "/authorize%20",
    "/authorize%ff",
    "/./authorize",
    "/%2e/authorize",
    "/x/../authorize",
    "/x/%2e%2e/authorize",
    "/authorize/.",
    "/authorize/..",
    "/authorize/batch/",
    "/authorize;v=1",
    "/Authorize",
    "/AUTHORIZE",
    "http://localhost/authorize",
    "HTTP://localhost:80/authorize",
    "/api/v1",
    "/api/v1/policies",
    "/api/v1/organizations/",
    "/api/v1/clinics/c1/",
    "/api/v1/clinics//providers",
    "/api/v2/organizations",
    "/health",
    "/health/",
    "/health/liveness/",
    "/metrics/",
    "/api-docs/",
    "/api-docs/swagger",
    "/static/x",
]
OPERATIONS = ["/health/liveness", "/health/readiness", "/metrics", "/api-docs", "/api-docs/openapi.json"]


def post(way: Way, target: str) -> tuple[int, str | None]:
    reply = way.send("POST", target, [("Content-Type", "application/json"), *AUTHORIZED.items()], body())
    return reply.status, reply.code


@pytest.mark.parametrize("target", NOWHERE)
def test_what_is_no_path_is_not_found(way: Way, target: str) -> None:
    assert post(way, target) == (404, "not_found")
    assert way.get(target).code == "not_found"


def test_a_star_is_no_path(served: Way) -> None:
    assert post(served, "*") == (404, "not_found")


def test_all_that_is_not_found_has_the_same_body(way: Way) -> None:
    bodies = [way.get(target).fields for target in NOWHERE]
    assert len({tuple(sorted({**fields, "request_id": ""}.items())) for fields in bodies}) == 1


@pytest.mark.parametrize("target", ["/%61uthorize", "/%61%75thorize", "/authorize%2Fbatch"])
def test_a_path_is_decoded_before_it_is_matched(way: Way, target: str) -> None:
    assert post(way, target)[0] == (400 if "batch" in target else 200)


def test_a_question_takes_no_parameters_and_they_are_no_part_of_the_path(way: Way) -> None:
    assert post(way, "/authorize?x=/authorize/") == (400, "invalid_request")
    assert post(way, "/authorize/batch?at_least=1") == (400, "invalid_request")
    assert post(way, "/nowhere?x=/authorize") == (404, "not_found")


@pytest.mark.parametrize(("method", "target", "status"), [("POST", "/nowhere", 404), ("PUT", "/authorize", 405)])
def test_path_and_method_are_judged_before_a_body_that_is_cut_short(
    served: Served, method: str, target: str, status: int
) -> None:
    with served.wire() as wire:
        wire.send(f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{{".encode())
        wire.end()
        assert wire.reply().status == status


def test_a_fragment_leads_nowhere(served: Served) -> None:
    assert post(served, "/authorize#a") == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
def test_questions_are_posted(way: Way, method: str, target: str) -> None:
    reply = way.send(method, target)
    assert reply.status == 405
    assert reply.header("allow") == "POST"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("target", OPERATIONS)
def test_operations_are_got(way: Way, method: str, target: str) -> None:
    reply = way.send(method, target, body=b"{}" if method == "POST" else None)
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.header("allow") == "GET, HEAD"


@pytest.mark.parametrize("target", OPERATIONS)
def test_operations_need_no_credential_and_answer_head(way: Way, target: str) -> None:
    assert way.get(target).status == 200
    reply = way.send("HEAD", target)
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "evil.example:99999", "[::1", ""])
def test_no_host_changes_where_a_path_leads(way: Way, host: str) -> None:
    assert way.send("GET", "/health/liveness", [("Host", host)]).status in {200, 400}
    reply = way.send(
        "POST", "/authorize", [("Host", host), ("Content-Type", "application/json"), *AUTHORIZED.items()], body()
    )
    assert reply.status in {200, 400}
    assert b"evil" not in reply.body


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Forwarded-Prefix", "X-Original-URL", "X-Script-Name"])
def test_no_header_changes_where_a_path_leads(way: Way, header: str) -> None:
    assert way.send("GET", "/authorize", [(header, "POST")]).status == 405
    assert way.send("GET", "/nowhere", [(header, "/health/liveness")]).status == 404


# --- planes ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["our server", "gunicorn", "in process"])
def management(request: pytest.FixtureRequest, folder: Path) -> Iterator[Way]:
    """The plane that decides nothing."""
    settings = settings_of(folder, PLANE="management")
    if request.param == "in process":
        with build_service(read_settings({name: str(value) for name, value in settings.items()})) as service:
            yield InProcess(create_app(service))
    else:
        with {"our server": our_server, "gunicorn": wsgi_server}[request.param](settings, 1) as server:
            yield server


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
def test_the_management_plane_has_no_questions(management: Way, target: str) -> None:
    assert post(management, target) == (404, "not_found")
    assert target not in management.get("/api-docs/openapi.json").fields["paths"]
    assert management.get("/health/readiness").status == 200


def test_the_decision_plane_answers_questions(folder: Path) -> None:
    with our_server(settings_of(folder, PLANE="decision"), 1) as server:
        assert server.ask().fields["allowed"] is True
