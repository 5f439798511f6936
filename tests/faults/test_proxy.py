"""The proxy between programs does what a test tells it, and nothing else; it understands what is said on its way."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from itertools import pairwise
from random import Random
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mongo_wire import HEADER, Cuts, MongoTraffic
from tests.support.redis_wire import FORGED, PubSub, RedisTraffic
from tests.support.tcp_proxy import CutError, Piece, TcpProxy, Way

SECONDS = 5.0
HELD_SECONDS = 0.2

Connect = Callable[[], socket.socket]


# --- a proxy ----------------------------------------------------------------------------------------------


class Echo(StreamRequestHandler):
    """Says what it hears, as long as somebody is there."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            while line := self.rfile.readline():
                self.wfile.write(line)


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    """One to a server that says what it hears."""
    with ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with TcpProxy(server.server_address[1]) as proxy:
                yield proxy
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def connect(proxy: TcpProxy) -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(socket.create_connection(("127.0.0.1", proxy.port), SECONDS)))


def heard(client: socket.socket, size: int) -> bytes:
    """So much of what comes back, or less when nothing more does."""
    data = b""
    while len(data) < size and (more := client.recv(size - len(data))):
        data += more
    return data


def said_back(client: socket.socket, line: bytes) -> bytes:
    client.sendall(line)
    return heard(client, len(line))


def talk(connect: Connect, lines: int) -> None:
    """Say so many to a new connection, and hear what comes after."""
    client = connect()
    for _ in range(lines):
        said_back(client, b"x" * 99 + b"\n")
        time.sleep(0.001)
    client.recv(1)


def test_what_is_said_arrives_either_way(proxy: TcpProxy, connect: Connect) -> None:
    first, second = connect(), connect()
    long = Random(1).randbytes(300_000).replace(b"\n", b" ") + b"\n"
    for client, line in ((first, b"one\n"), (second, b"two\n"), (first, long)):
        assert said_back(client, line) == line
    assert proxy.seen == {"connection": 2}


def test_a_slow_way_is_slow(proxy: TcpProxy, connect: Connect) -> None:
    proxy.faults.latency, proxy.faults.jitter = 0.1, 0.05
    begun = time.monotonic()
    assert said_back(connect(), b"slow\n") == b"slow\n"
    assert 0.1 <= time.monotonic() - begun < SECONDS
    assert proxy.seen["delayed"] == 2


@pytest.mark.parametrize("way", list(Way))
def test_what_is_held_one_way_comes_later(proxy: TcpProxy, connect: Connect, way: Way) -> None:
    client = connect()
    assert said_back(client, b"before\n") == b"before\n"
    proxy.faults.holds = frozenset({way})
    client.sendall(b"held\n")
    client.settimeout(HELD_SECONDS)
    with pytest.raises(TimeoutError):
        client.recv(1)
    proxy.faults.heal()
    client.settimeout(SECONDS)
    assert heard(client, 5) == b"held\n"
    assert proxy.seen["held"] == 1


def test_whoever_is_refused_is_reset(proxy: TcpProxy, connect: Connect) -> None:
    proxy.faults.refuses = True
    with pytest.raises(ConnectionError):
        talk(connect, 1)
    proxy.faults.heal()
    assert said_back(connect(), b"well\n") == b"well\n"
    assert proxy.seen["refused"] == 1


def test_connections_are_reset_after_a_while_and_all_at_once(proxy: TcpProxy, connect: Connect) -> None:
    proxy.faults.resets = 1.0
    with pytest.raises(ConnectionError):
        talk(connect, 100)
    proxy.faults.heal()
    others = [connect(), connect()]
    assert [said_back(other, b"well\n") for other in others] == [b"well\n"] * 2
    proxy.reset_all()
    for other in others:
        with pytest.raises(ConnectionError):
            other.recv(1)
    assert proxy.seen["reset"] == 3


# --- what is said -----------------------------------------------------------------------------------------


def cut(data: bytes, places: Sequence[int]) -> Iterator[bytes]:
    """``data`` in parts, as a network may bring it."""
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return (data[begin:end] for begin, end in pairwise(bounds))


def joined(pieces: Sequence[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


PLACES = st.lists(st.integers(0, 2_000))


def to_mongodb(number: int, collection: str, command: str = "insert") -> bytes:
    body = b"\x00\x00\x00\x00\x00" + bson.encode({command: collection, "ordered": True})
    return HEADER.pack(HEADER.size + len(body), number, 0, 2_013) + body


def from_mongodb(answers: int) -> bytes:
    body = b"\x00\x00\x00\x00\x00" + bson.encode({"ok": 1})
    return HEADER.pack(HEADER.size + len(body), 7_000 + answers, answers, 2_013) + body


@given(places=PLACES)
def test_the_answer_to_one_insert_into_the_log_is_lost(places: list[int]) -> None:
    """However the stream is cut into parts; answers before it arrive, and the server was sent all."""
    cuts = Cuts(seen := Counter())
    traffic = MongoTraffic(cuts)
    cuts.next()
    requests = [to_mongodb(1, "policy_log", "find"), to_mongodb(2, "policy_log_chunks"), to_mongodb(3, "policy_log")]
    up = b"".join(requests)
    assert b"".join(joined(traffic.up(part)) for part in cut(up, places)) == up
    assert cuts.left == 0
    before = from_mongodb(1) + from_mongodb(2)
    assert b"".join(joined(traffic.down(part)) for part in cut(before, places)) == before
    with pytest.raises(CutError):
        joined([piece for part in cut(from_mongodb(3), places) for piece in traffic.down(part)])
    assert seen == {"insert's answer cut": 1}


def test_nothing_is_lost_that_was_not_to_be() -> None:
    traffic = MongoTraffic(Cuts(seen := Counter()))
    for number in range(10):
        assert joined(traffic.up(to_mongodb(number, "policy_log"))) == to_mongodb(number, "policy_log")
        assert joined(traffic.down(from_mongodb(number))) == from_mongodb(number)
    assert not seen


CHANNEL = b"revisions"
OTHERS = (
    b"+PONG\r\n",
    b":1\r\n",
    b"$-1\r\n",
    b"*3\r\n$9\r\nsubscribe\r\n$9\r\nrevisions\r\n:1\r\n",
    b"$3\r\na\r\n\r\n",
)


def message(text: bytes) -> bytes:
    return b"*3\r\n$7\r\nmessage\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(CHANNEL), CHANNEL, len(text), text)


def through(pub_sub: PubSub, data: bytes, places: Sequence[int] = ()) -> list[Piece]:
    """What arrives of ``data``."""
    traffic = RedisTraffic(pub_sub)
    return [piece for part in cut(data, places) for piece in traffic.down(part)]


def no_faults() -> PubSub:
    return PubSub(Counter(), Random(1))


@given(places=PLACES)
def test_a_stream_of_redis_passes_as_it_is_however_it_is_cut(places: list[int]) -> None:
    data = b"".join((*OTHERS, message(b"one"), message(b"\r\n*3\r\n"), *OTHERS, message(b"")))
    assert joined(through(no_faults(), data, places)) == data


@pytest.mark.parametrize(
    ("fault", "arrives"), [("dropped", []), ("doubled", [b"one", b"one", b"two", b"two"])], ids=["dropped", "doubled"]
)
def test_messages_are_dropped_or_doubled_and_nothing_else_is(fault: str, arrives: list[bytes]) -> None:
    pub_sub = no_faults()
    setattr(pub_sub, fault, 1.0)
    data = OTHERS[0] + message(b"one") + OTHERS[3] + message(b"two") + OTHERS[1]
    found = [piece.data for piece in through(pub_sub, data)]
    assert [each for each in found if each in OTHERS] == [OTHERS[0], OTHERS[3], OTHERS[1]]
    assert [each for each in found if each not in OTHERS] == [message(text) for text in arrives]
    assert pub_sub.seen[f"message {fault}"] == 2
    pub_sub.heal()
    assert joined(through(pub_sub, data)) == data


def test_messages_are_delayed_so_that_later_ones_overtake_them() -> None:
    pub_sub = no_faults()
    pub_sub.delayed, pub_sub.late = 0.5, 2.0
    pieces = through(pub_sub, b"".join(message(b"%d" % number) for number in range(100)))
    late = [piece.late for piece in pieces if piece.late]
    assert len(pieces) == 100
    assert len(late) == pub_sub.seen["message delayed"]
    assert 20 < len(late) < 80
    assert max(late) <= 2.0


def test_messages_are_forged_beside_those_that_were_sent() -> None:
    pub_sub = no_faults()
    pub_sub.forged = 1.0
    data = b"".join(message(b"%d" % number) for number in range(100))
    found = Counter(piece.data for piece in through(pub_sub, data))
    assert sum(found.values()) == 200
    assert {each for each in found if found[each] > 1} <= set(map(message, FORGED))
    assert set(map(message, FORGED)) <= set(found)


def test_what_is_no_frame_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="no frame of Redis"):
        through(no_faults(), b"garbage\r\n")
