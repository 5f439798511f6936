"""Both ways to a service keep what they promise, whatever the application does that is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest

from enterprise_service.cli.client import HttpTransport
from enterprise_service.cli.transport import Call, NoReplyError, Transport
from enterprise_service.cli.wsgi import WsgiTransport
from enterprise_service.secret import Secret
from tests.unit.cli.stand_in import StandIn, served

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CALL = Call(
    method="POST",
    target="/api/v1/a%20b/%C3%BC?x=%26&y=%C3%BC",
    headers={"Content-Type": "application/json", "If-Match": '"3"'},
    body='{"ü": 1}'.encode(),
)


@pytest.fixture(params=["here", "there"])
def transport(request: pytest.FixtureRequest) -> Iterator[tuple[Transport, StandIn]]:
    stand_in = StandIn()
    if request.param == "here":
        yield WsgiTransport(stand_in.application), stand_in
    else:
        with served(stand_in) as url:
            yield HttpTransport(url, None), stand_in


def test_a_call_arrives_as_it_was_made(transport: tuple[Transport, StandIn]) -> None:
    way, stand_in = transport
    stand_in.answer("POST /a b/ü", 302, b"moved", location="/elsewhere", x_policy_revision=3)
    reply = way.send(CALL)
    (seen,) = stand_in.seen
    assert (seen.method, seen.target) == ("POST", "/api/v1/a b/ü?x=%26&y=%C3%BC")
    assert (seen.body, seen.headers["If-Match"]) == (CALL.body, '"3"')
    assert seen.headers["Content-Type"] == "application/json"
    assert (reply.status, reply.body) == (302, b"moved")
    assert (reply.headers["location"], reply.headers["x-policy-revision"]) == ("/elsewhere", "3")


def test_the_credential_goes_along(transport: tuple[Transport, StandIn]) -> None:
    _, stand_in = transport
    with served(stand_in) as url:
        HttpTransport(url, Secret("k" * 40)).send(CALL)
    assert stand_in.seen[0].headers["Authorization"] == f"Bearer {'k' * 40}"


def test_an_answer_that_is_cut_is_none() -> None:
    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        return [b"{}"]

    class Cutting(StandIn):
        def application(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return application(environ, start_response)

    with served(Cutting()) as url, pytest.raises(NoReplyError) as caught:
        HttpTransport(url, None, timeout=2).send(Call(method="GET", target="/x"))
    assert caught.value.served


def test_nobody_there_means_that_nothing_was_done() -> None:
    with pytest.raises(NoReplyError) as caught:
        HttpTransport("http://127.0.0.1:1", None).send(CALL)
    assert not caught.value.served


class Parts(list[bytes]):
    closed = False

    def close(self) -> None:
        self.closed = True


def test_an_application_may_write_and_is_closed() -> None:
    parts = Parts([b"b", b"c"])

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])(b"a")
        return parts

    assert WsgiTransport(application).send(Call(method="GET", target="/")).body == b"abc"
    assert parts.closed


def test_a_call_is_wsgi_as_it_is_written_down() -> None:
    seen: list[dict[str, Any]] = []

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.append(dict(environ))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"abc"]

    way = WsgiTransport(validator(application), {"caller": "eve"})
    assert way.send(CALL).body == b"abc"
    assert seen[0]["caller"] == "eve"
    assert seen[0]["PATH_INFO"].encode("latin-1").decode() == "/api/v1/a b/ü"
