"""A connection as an object: what takes too long to watch on a real one, and what its bytes may teach."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from enterprise_service.http.edge.connection import IDLE_SECONDS, MESSAGE_SECONDS
from enterprise_service.http.edge.protocol import GateProtocol, protocol_for
from tests.support.gates import Asked
from tests.support.raw_http import message
from tests.support.sample_policy import ALLOWED, AUTHORIZED, body

HEADERS = [("Content-Type", "application/json"), *AUTHORIZED.items()]
QUESTION = message("POST", "/authorize", HEADERS, body())


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reading = True

    def write(self, data: object) -> None:
        assert not self.closed
        assert isinstance(data, bytes)
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def answers(self) -> list[bytes]:
        """What was answered, without heads and names of requests."""
        bodies = [part.partition(b"\r\n\r\n")[2] for part in self.written.split(b"HTTP/1.1 ")[1:]]
        return [re.sub(rb'"request_id": "[^"]*"', b"", body) for body in bodies]


class Process:
    """One process's connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._web = Asked().web
        self._loop = loop
        self._state = ServerState()
        self._state.default_headers = [(b"date", b"today")]
        self._config = Config("unused", interface="asgi3", ws="none", lifespan="off")
        self._config.loaded_app = _unused
        self._config.loaded = True
        self._config.ws_protocol_class = None
        self.forget()

    def forget(self) -> None:
        """Be as a process that has seen nothing yet."""
        self._class = protocol_for(self._web.ways, self._web.request_ids)

    def connect(self) -> tuple[GateProtocol, Transport]:
        """A new connection."""
        connection = self._class(self._config, self._state, {}, self._loop)
        transport = Transport()
        connection.connection_made(transport)
        return connection, transport


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    loop = asyncio.new_event_loop()
    yield Process(loop)
    loop.close()


def sweeps(connection: GateProtocol, transport: Transport) -> int:
    """After how many seconds the connection is ended."""
    for second in range(200):
        if transport.closed:
            return second
        connection.sweep()
    raise AssertionError("it never is")


# --- patience -------------------------------------------------------------------------------------------


def test_an_idle_connection_is_ended_after_75_seconds(process: Process) -> None:
    connection, transport = process.connect()
    connection.data_received(QUESTION)
    assert sweeps(connection, transport) in {IDLE_SECONDS, IDLE_SECONDS + 1}


def test_so_is_one_whose_every_head_was_known(process: Process) -> None:
    process.connect()[0].data_received(QUESTION)
    connection, transport = process.connect()
    connection.data_received(QUESTION)
    assert sweeps(connection, transport) in {IDLE_SECONDS, IDLE_SECONDS + 1}


def test_each_request_begins_the_time_anew(process: Process) -> None:
    connection, transport = process.connect()
    for _ in range(5):
        connection.data_received(QUESTION)
        for _ in range(IDLE_SECONDS - 5):
            connection.sweep()
    assert not transport.closed


@pytest.mark.parametrize("cut", [0, 5, 40, len(QUESTION) - 1])
def test_a_request_that_doesnt_come_is_waited_for_10_seconds(process: Process, cut: int) -> None:
    connection, transport = process.connect()
    connection.data_received(QUESTION[:cut])
    assert sweeps(connection, transport) in {MESSAGE_SECONDS, MESSAGE_SECONDS + 1}


def test_a_client_that_doesnt_take_its_answer_is_waited_for_10_seconds(process: Process) -> None:
    connection, transport = process.connect()
    connection.data_received(QUESTION)
    connection.pause_writing()
    assert not transport.reading
    assert sweeps(connection, transport) in {MESSAGE_SECONDS, MESSAGE_SECONDS + 1}


def test_who_takes_it_late_is_read_again(process: Process) -> None:
    connection, transport = process.connect()
    connection.pause_writing()
    connection.resume_writing()
    assert transport.reading


# --- what bytes teach -----------------------------------------------------------------------------------

CONTENTS = [body(), body({**ALLOWED, "act": "write"}), body({**ALLOWED, "sub": "nobody"}), body({}), b"", b"\r\n\r\n"]
STREAMS = st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=4).map(
    lambda contents: b"".join(message("POST", "/authorize", HEADERS, content) for content in contents)
)


@st.composite
def pieces(draw: st.DrawFn) -> list[bytes]:
    """Requests, cut anywhere."""
    stream = draw(STREAMS)
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    return [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@settings(max_examples=300)
@given(st.lists(pieces(), min_size=1, max_size=4))
def test_what_was_seen_before_never_changes_an_answer(process: Process, connections: list[list[bytes]]) -> None:
    """However requests came on earlier connections, later ones are answered as by a process that has seen nothing."""
    streams = [b"".join(stream) for stream in connections]
    seen = [answers(process, stream) for stream in connections]
    for stream, found in zip(connections, seen, strict=True):
        process.forget()
        assert found == answers(process, stream)
    assert [len(found) for found in seen] == [stream.count(b"POST ") for stream in streams]


def answers(process: Process, stream: list[bytes]) -> list[bytes]:
    """What is answered to ``stream`` on a new connection."""
    connection, transport = process.connect()
    for piece in stream:
        connection.data_received(piece)
    connection.outbox.flush()  # the pass of the event loop ends
    return transport.answers()


def test_answers_that_wait_for_the_end_of_the_pass_keep_their_order(process: Process) -> None:
    process.forget()
    connection, transport = process.connect()
    connection.data_received(QUESTION)
    connection.data_received(QUESTION)
    assert len(transport.answers()) == 1
    connection.data_received(b"no request\r\n\r\n")
    assert [b'"allowed"' in answer for answer in transport.answers()] == [True, True, False]


def test_a_client_that_says_its_last_is_still_answered(process: Process) -> None:
    process.forget()
    connection, transport = process.connect()
    connection.data_received(QUESTION)
    connection.data_received(QUESTION)
    connection.eof_received()
    assert len(transport.answers()) == 2


def test_a_part_of_a_head_is_never_taken_for_a_whole_one(process: Process) -> None:
    process.forget()
    cut = len(body()) + 3  # as long as the body and three more, which once passed for a head of three
    assert answers(process, [QUESTION[:cut], QUESTION[cut:]]) == answers(process, [QUESTION])
    connection, transport = process.connect()
    connection.data_received(QUESTION[:cut])
    assert transport.answers() == []
    connection.data_received(QUESTION[cut:])
    assert len(transport.answers()) == 1


def test_the_head_of_one_request_never_gets_the_length_of_the_next(process: Process) -> None:
    process.forget()
    second = message("POST", "/authorize", HEADERS, body().ljust(len(body()) + 50))
    answers(process, [QUESTION + second[:50], second[50:]])
    assert answers(process, [QUESTION + QUESTION[:50]]) == answers(process, [QUESTION])


async def _unused(_scope: object, _receive: object, _send: object) -> None:
    """The application: no question of these tests comes to it."""
