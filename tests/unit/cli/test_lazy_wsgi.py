"""The service under any WSGI server: made when it is first asked, and not before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.lazy_wsgi import LazyWsgi, only_here
from tests.support.programs import ROOT

Answered = tuple[str, dict[str, str], bytes]


def ask(app: LazyWsgi, **environ: str) -> Answered:
    said: list[Any] = []
    body = b"".join(app(environ, lambda status, headers, _=None: said.append((status, dict(headers)))))  # type: ignore[arg-type, return-value]
    return (*said[0], body)


def hello(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"hello"]


def test_it_is_made_once_however_many_ask_first() -> None:
    made, go = [], Event()

    def make() -> WSGIApplication:
        made.append(1)
        go.wait(5)
        return hello

    app = LazyWsgi(make)
    assert made == []
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, app) for _ in range(8)]
        go.set()
        assert {answer.result()[2] for answer in asked} == {b"hello"}
    assert made == [1]


def test_a_forked_process_makes_its_own() -> None:
    made: list[int] = []
    app = LazyWsgi(lambda: made.append(os.getpid()) or hello)  # type: ignore[func-returns-value]
    ask(app)
    child = os.fork()
    if child == 0:
        ask(app)
        os._exit(0 if made == [os.getppid(), os.getpid()] else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_while_it_cannot_be_made_the_answer_is_503_and_the_next_request_tries_again() -> None:
    attempts: list[int] = []

    def make() -> WSGIApplication:
        attempts.append(1)
        if len(attempts) < 3:
            raise StoreUnavailableError("disk /secret/place is full")
        return hello

    app = LazyWsgi(make)
    for _ in range(2):
        status, headers, body = ask(app, HTTP_X_REQUEST_ID="r-1")
        assert (status, headers["content-type"]) == ("503 Service Unavailable", "application/problem+json")
        problem = json.loads(body)
        assert (problem["code"], problem["request_id"]) == ("policy_unavailable", "r-1")
        assert "secret" not in body.decode()
    assert ask(app)[2] == b"hello"


@pytest.mark.parametrize(
    ("server", "client", "status"),
    [
        ("127.0.0.1", "127.0.0.1", 200),
        ("::1", "::1", 200),
        ("a-name-that-the-client-sent", "", 200),
        ("0.0.0.0", "127.0.0.1", 503),  # noqa: S104 - what a server would say; nothing listens
        ("10.1.2.3", "10.1.2.4", 503),
        ("", "10.1.2.4", 503),
    ],
    ids=["loopback", "loopback of IPv6", "a Unix socket", "every interface", "an interface", "unknown"],
)
def test_without_credentials_it_serves_this_machine_alone(server: str, client: str, status: int) -> None:
    line, _, body = ask(LazyWsgi(lambda: only_here(hello)), SERVER_NAME=server, REMOTE_ADDR=client)
    assert line.startswith(str(status))
    assert body == b"hello" if status == 200 else json.loads(body)["code"] == "policy_unavailable"


def test_importing_it_reads_and_starts_nothing() -> None:
    program = (
        "import sys, threading, wsgi\n"
        "assert callable(wsgi.app)\n"
        "assert threading.active_count() == 1\n"
        "assert not {'flask', 'sqlite3', 'gunicorn'} & set(sys.modules)\n"
    )
    bad = {"PATH": "", "PORT": "no port", "SQLITE_PATH": "/nowhere/x.db"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=bad, check=True)
