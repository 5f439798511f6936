"""Heads, lengths and ends of requests, byte by byte."""

from __future__ import annotations

from time import sleep
from typing import Final

import pytest

from tests.support.raw_http import Reply, message
from tests.support.replies import checked
from tests.support.sample_policy import ALLOWED, AUTHORIZED, KEY, body
from tests.support.ways import Served

JSON: Final = ("Content-Type", "application/json")
HEADERS: Final = [JSON, *AUTHORIZED.items()]
HEAD: Final = f"Host: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer {KEY}\r\n"
CHUNKED: Final = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body()), body())


@pytest.fixture(params=["served", "under_gunicorn"])
def server(request: pytest.FixtureRequest) -> Served:
    """Each way in that has a socket."""
    found: Served = request.getfixturevalue(request.param)
    return found


def post(extra: str, content: bytes, target: str = "/authorize", version: str = "1.1") -> bytes:
    """A question with the header lines ``extra`` and whatever ``content``."""
    return f"POST {target} HTTP/{version}\r\n{HEAD}{extra}\r\n".encode("latin-1") + content


def answer(server: Served, request: bytes) -> Reply:
    with server.wire() as wire:
        wire.send(request)
        return checked(wire.reply())


# --- lengths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
@pytest.mark.parametrize("coding", ["chunked", "Chunked"])
def test_a_chunked_body_is_refused(server: Served, target: str, coding: str) -> None:
    reply = answer(server, post(f"Transfer-Encoding: {coding}\r\n", CHUNKED, target))
    assert (reply.status, reply.code) == (411, "length_required")


@pytest.mark.parametrize("content", [b"", b"5\r\n{}", b"zz\r\n", CHUNKED[:-5], CHUNKED + b"GET / HTTP/1.1\r\n\r\n"])
@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "gzip", "identity", "x"])
@pytest.mark.parametrize("length", ["", f"Content-Length: {len(body())}\r\n"])
def test_nothing_is_read_of_a_body_with_a_transfer_coding(
    served: Served, content: bytes, coding: str, length: str
) -> None:
    with served.wire() as wire:
        wire.send(post(f"{length}Transfer-Encoding: {coding}\r\n", content))
        assert checked(wire.reply()).code == "length_required"
        assert wire.seconds_until_closed() < 5


@pytest.mark.parametrize(
    ("target", "code"),
    [("/authorize", "length_required"), ("/nowhere", "not_found"), ("/metrics", "method_not_allowed")],
)
def test_other_paths_look_at_the_path_first(served: Served, target: str, code: str) -> None:
    assert answer(served, post("Transfer-Encoding: chunked\r\n", CHUNKED, target)).code == code


def test_a_transfer_coding_is_refused_on_every_path(served: Served) -> None:
    request = b"GET /health/liveness HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert answer(served, request).code == "length_required"


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5, 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: five",
        "Content-Length: " + "9" * 40,
    ],
)
def test_a_length_that_is_no_number_or_comes_twice_is_refused(served: Served, lines: str) -> None:
    with served.wire() as wire:
        wire.send(post(f"{lines}\r\n", b"{}{}{}"))
        assert checked(wire.reply()).status in {400, 413}
        assert wire.seconds_until_closed() < 5


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch", "/%61uthorize"])
def test_a_body_that_ends_too_early_is_no_json(server: Served, target: str) -> None:
    with server.wire() as wire:
        wire.send(post("Content-Length: 100\r\n", b'{"sub": "a"}', target))
        wire.end()
        reply = checked(wire.reply())
    assert (reply.status, reply.code) == (400, "invalid_json")


@pytest.mark.parametrize(("target", "code"), [("/nowhere", "not_found"), ("/metrics", "method_not_allowed")])
def test_a_body_that_ends_too_early_comes_after_path_and_method(server: Served, target: str, code: str) -> None:
    with server.wire() as wire:
        wire.send(post("Content-Length: 100\r\n", b"{", target))
        wire.end()
        assert checked(wire.reply()).code == code


def test_blanks_after_a_value_belong_to_the_line(served: Served) -> None:
    request = (
        f"POST /authorize HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY} \t\r\nContent-Type: application/json  \r\n"
    )
    reply = answer(
        served, request.encode() + f"X-Request-ID: a \r\nContent-Length: {len(body())} \r\n\r\n".encode() + body()
    )
    assert (reply.status, reply.header("x-request-id")) == (200, "a")


def test_no_length_is_an_empty_body(server: Served) -> None:
    assert answer(server, post("", b"")).code == "invalid_json"


def test_a_body_of_1_mib_is_read(server: Served) -> None:
    content = body().ljust(2**20)
    assert answer(server, message("POST", "/authorize", HEADERS, content)).fields["allowed"] is True


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch", "/%61uthorize"])
def test_a_larger_body_is_refused_before_it_is_sent(server: Served, target: str) -> None:
    with server.wire() as wire:
        wire.send(post(f"Content-Length: {2**20 + 1}\r\n", b"", target))
        reply = checked(wire.reply())
        assert (reply.status, reply.code) == (413, "too_large")
        assert wire.seconds_until_closed() < 5


@pytest.mark.parametrize("target", ["/authorize", "/nowhere"])
def test_a_client_that_sends_it_all_the_same_still_gets_the_answer(served: Served, target: str) -> None:
    with served.wire() as wire:
        wire.send(post(f"Content-Length: {2**24}\r\n", b" " * 2**22, target))
        assert checked(wire.reply()).status in {413, 404}


# --- headers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Host", "Authorization", "Content-Type", "Content-Length", "X-Request-ID"])
@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch", "/%61uthorize"])
def test_a_header_that_matters_comes_once(served: Served, name: str, target: str) -> None:
    given = {"Host": "localhost", "Content-Length": str(len(body())), "X-Request-ID": "a", **dict(HEADERS)}
    lines = "".join(f"{key}: {value}\r\n" for key, value in [*given.items(), (name.lower(), given[name])])
    reply = answer(served, f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode() + body())
    assert (reply.status, reply.code) == (400, "invalid_request")


def test_two_credentials_are_refused_everywhere(server: Served) -> None:
    request = message("POST", "/authorize", [*HEADERS, ("Authorization", "Bearer other")], body())
    assert answer(server, request).code == "invalid_request"


def test_other_headers_may_come_twice(server: Served) -> None:
    twice = [("Accept", "a"), ("Accept", "b"), ("X-Trace", "1"), ("X-Trace", "2")]
    assert answer(server, message("POST", "/authorize", [*HEADERS, *twice], body())).status == 200


@pytest.mark.parametrize("target", ["/authorize", "/%61uthorize"])
def test_an_underscore_makes_another_header(server: Served, target: str) -> None:
    others = [
        ("Content_Type", "text/plain"),
        ("X_Request_ID", "evil"),
        ("Content_Length", "3"),
        ("Transfer_Encoding", "chunked"),
        ("Authorization_", "Bearer evil"),
    ]
    reply = answer(server, message("POST", target, [*HEADERS, ("X-Request-ID", "mine"), *others], body()))
    assert (reply.status, reply.header("x-request-id")) == (200, "mine")


def test_an_underscore_gives_no_credential(server: Served) -> None:
    others = [JSON, ("Authorization_", f"Bearer {KEY}"), ("HTTP_AUTHORIZATION", f"Bearer {KEY}")]
    assert answer(server, message("POST", "/authorize", others, body())).code == "unauthenticated"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        ("application/json;", 200),
        ("application/json; charset=latin-1", 415),
        ("application/json; version=1", 415),
        ("application/jsonp", 415),
        ("application/problem+json", 415),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
        ("application/json, application/json", 400),
    ],
)
def test_a_question_is_json_and_says_so(server: Served, value: str, status: int) -> None:
    headers = [("Content-Type", value), *AUTHORIZED.items()]
    expected = {status, 415} if status == 400 else {status}
    assert answer(server, message("POST", "/authorize", headers, body())).status in expected


def test_without_a_media_type_nothing_is_read(server: Served) -> None:
    assert answer(server, message("POST", "/authorize", [*AUTHORIZED.items()], body())).status == 415


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br", 415), ("identity", 200)])
def test_a_body_is_sent_as_it_is(server: Served, coding: str, status: int) -> None:
    headers = [*HEADERS, ("Content-Encoding", coding)]
    assert answer(server, message("POST", "/authorize", headers, body())).status == status


def test_many_and_long_headers_are_read(served: Served) -> None:
    many = [(f"X-H-{n}", "v" * 50) for n in range(150)]
    assert answer(served, message("POST", "/authorize", [*HEADERS, *many], body())).status == 200


@pytest.mark.parametrize("line", ["X-Long: " + "v" * 70_000, "\r\n".join(f"X-{n}: 1" for n in range(20_000))])
def test_a_head_has_its_limit(served: Served, line: str) -> None:
    reply = answer(served, post(f"{line}\r\nContent-Length: {len(body())}\r\n", body()))
    assert (reply.status, reply.code) == (400, "invalid_request")


def test_a_target_has_its_limit(served: Served) -> None:
    assert answer(served, message("GET", "/" + "a" * 70_000)).code == "invalid_request"
    assert answer(served, message("GET", "/" + "a" * 12_000)).code == "not_found"


# --- what is no HTTP ------------------------------------------------------------------------------------

LENGTH: Final = f"Content-Length: {len(body())}\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(LENGTH, body()).replace(b"POST", b"post", 1),
        post(LENGTH, body()).replace(b"POST", b"BREW", 1),
        post(LENGTH, body()).replace(b"\r\n", b"\n"),
        post(LENGTH, body()).replace(b"Host:", b"Host :", 1),
        post(LENGTH, body()).replace(b"Host: local", b"Host: \r\n local", 1).replace(b"localhost", b"l\0calhost"),
        post(LENGTH, body()).replace(b"HTTP/1.1", b"HTTP/9.9", 1),
        post(LENGTH, body()).replace(b"HTTP/1.1", b"HTTP/1.1 ", 1).replace(b"HTTP", b"HXXP", 1),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32,
        b"GET\r\n\r\n",
        b"garbage" * 10 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_closed(served: Served, request_bytes: bytes) -> None:
    with served.wire() as wire:
        wire.send(request_bytes)
        reply = checked(wire.reply())
        assert (reply.status, reply.code) == (400, "invalid_request")
        assert wire.seconds_until_closed() < 5


# --- connections ----------------------------------------------------------------------------------------


def test_a_connection_is_kept(served: Served) -> None:
    with served.wire() as wire:
        for number in range(50):
            wire.send(message("POST", "/authorize", HEADERS, body({**ALLOWED, "sub": f"s{number % 7}"})))
            assert checked(wire.reply()).status == 200
            wire.send(message("GET", "/health/liveness"))
            assert checked(wire.reply()).status == 200
        assert wire.is_open()


@pytest.mark.parametrize("target", ["/authorize", "/%61uthorize"])
@pytest.mark.parametrize(
    ("version", "line"), [("1.1", "Connection: close\r\n"), ("1.0", ""), ("1.0", "Connection: keep-alive\r\n")]
)
def test_a_connection_is_closed_when_the_client_wants_it(served: Served, target: str, version: str, line: str) -> None:
    with served.wire() as wire:
        wire.send(post(LENGTH + line, body(), target, version))
        reply = checked(wire.reply())
        assert (reply.status, reply.header("connection")) == (200, "close")
        assert wire.seconds_until_closed() < 5


def test_nothing_is_answered_after_the_last_answer(served: Served) -> None:
    with served.wire() as wire:
        wire.send(post(LENGTH + "Connection: close\r\n", body()) + message("GET", "/health/liveness"))
        assert checked(wire.reply()).status == 200
        with pytest.raises((EOFError, ConnectionError)):
            wire.reply()


@pytest.mark.parametrize("target", ["/authorize", "/%61uthorize"])
def test_a_client_that_waits_is_told_to_go_on(served: Served, target: str) -> None:
    with served.wire() as wire:
        wire.send(post(LENGTH + "Expect: 100-continue\r\n", b"", target))
        assert wire.reply().status == 100
        wire.send(body())
        assert checked(wire.reply()).fields["allowed"] is True
        assert wire.is_open()


def test_a_client_that_waits_is_told_once_even_when_the_answer_takes_a_thread(served: Served) -> None:
    content = body({**ALLOWED, "explain": True})
    with served.wire() as wire:
        wire.send(post(f"Content-Length: {len(content)}\r\nExpect: 100-continue\r\n", b""))
        assert wire.reply().status == 100
        wire.send(content)
        assert checked(wire.reply()).fields["reason"]["code"] == "allowed_by_permission"


@pytest.mark.parametrize("target", ["/authorize", "/nowhere"])
def test_a_client_that_waits_with_too_large_a_body_is_refused_at_once(served: Served, target: str) -> None:
    with served.wire() as wire:
        wire.send(post(f"Content-Length: {2**21}\r\nExpect: 100-continue\r\n", b"", target))
        assert checked(wire.reply()).status in {413, 404}


@pytest.mark.parametrize("target", ["/authorize", "/%61uthorize"])
@pytest.mark.parametrize("offer", ["websocket", "h2c"])
def test_the_offer_of_another_protocol_is_not_taken(served: Served, target: str, offer: str) -> None:
    with served.wire() as wire:
        for name in ("Upgrade", "upgrade"):
            wire.send(post(LENGTH + f"Connection: Upgrade, HTTP2-Settings\r\n{name}: {offer}\r\n", body(), target))
            assert checked(wire.reply()).fields["allowed"] is True
        assert wire.is_open()


def test_an_offer_in_a_head_that_comes_in_pieces_ends_the_connection(served: Served) -> None:
    with served.wire() as wire:
        wire.send(b"POST /authorize HTTP/1.1\r\nHost: x\r\nConn")
        sleep(0.1)
        wire.send(b"ection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}")
        assert checked(wire.reply()).status == 400
        assert wire.seconds_until_closed() < 5


@pytest.mark.parametrize("content", [body(), body({**ALLOWED, "explain": True})], ids=["at once", "in a thread"])
def test_a_client_may_end_its_side_before_the_answer(served: Served, content: bytes) -> None:
    with served.wire() as wire:
        wire.send(message("POST", "/authorize", HEADERS, content))
        wire.end()
        assert checked(wire.reply()).fields["allowed"] is True


# --- answers in order -----------------------------------------------------------------------------------


def mixed(count: int) -> list[tuple[bytes, str]]:
    """Requests of every kind, each with an id, some of which are answered at once and some in a thread."""
    contents = [body(), body({**ALLOWED, "explain": True}), body({**ALLOWED, "sub": ""}), b""]
    targets = ["/authorize", "/%61uthorize", "/health/liveness", "/nowhere"]
    return [
        (
            message("POST", targets[n % 4], [*HEADERS, ("X-Request-ID", f"n{n}")], contents[n % 3]),
            f"n{n}",
        )
        for n in range(count)
    ]


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    requests = mixed(60)
    with served.wire() as wire:
        wire.send(b"".join(request for request, _ in requests))
        assert [checked(wire.reply()).header("x-request-id") for _ in requests] == [name for _, name in requests]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 300])
def test_it_doesnt_matter_how_bytes_arrive(served: Served, size: int) -> None:
    requests = mixed(6)
    stream = b"".join(request for request, _ in requests)
    with served.wire() as wire:
        for start in range(0, len(stream), size):
            wire.send(stream[start : start + size])
        assert [checked(wire.reply()).header("x-request-id") for _ in requests] == [name for _, name in requests]


def test_a_head_that_is_known_serves_only_bodies_of_its_length(served: Served) -> None:
    short, long = body(), body({**ALLOWED, "obj": "/patients/4242/chart"})
    with served.wire() as wire:
        for content in (short, short, long, short, long):
            wire.send(message("POST", "/authorize", HEADERS, content))
            assert checked(wire.reply()).fields["allowed"] is True
        wire.send(message("POST", "/authorize", HEADERS, short) * 3)
        assert [checked(wire.reply()).status for _ in range(3)] == [200] * 3
