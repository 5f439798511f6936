"""Questions answered where their bytes arrive, before any task or thread exists.

For ``POST`` to a path of the gate the body is collected and the gate's answer written at once. What needs a thread is
handed on with the body it has; so is whatever comes while an earlier answer on the same connection is still being made,
so that answers keep their order.

Clients send the same head again and again. One that was parsed and served is remembered byte for byte (``known.py``),
and a request that arrives whole with such a head isn't parsed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar, Final, TypeAlias

from enterprise_policy.errors import CallerError
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.connection import Connection, Stage, StopParsingError
from enterprise_service.http.edge.decisions import MustWaitError
from enterprise_service.http.edge.framing import Head, read_head
from enterprise_service.http.edge.known import KnownHeads
from enterprise_service.http.edge.outbox import Outbox
from enterprise_service.http.edge.problems import refusal
from enterprise_service.http.edge.request_ids import RequestIds
from enterprise_service.http.edge.tally import Tally

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Ask: TypeAlias = Callable[[Head, bytes], Answer]


@dataclass(frozen=True, slots=True)
class Way:
    """A path of the gate: how it is asked there, and where its answers are counted."""

    ask: Ask
    tally: Tally


class GateProtocol(Connection):
    """See the module. ``ways`` are the paths of the gate, as they stand in a request line."""

    ways: ClassVar[Mapping[bytes, Way]] = {}
    known: ClassVar[KnownHeads[Way]] = KnownHeads()
    outbox: ClassVar[Outbox] = Outbox()
    way: Way | None = None
    head: Head
    body: bytes
    arrived: bytes = b""

    def data_received(self, data: bytes) -> None:
        """Answer a whole request with a known head; the parser takes everything else."""
        self.arrived = b""  # what goes on with a request that began before is no head to remember
        if self.is_between_requests():
            found = self.known.find(data)
            if found is not None and self._answer_known(*found):
                return
            self.arrived = data
        self.outbox.flush()  # answers keep their order
        super().data_received(data)

    def _answer_known(self, way: Way, head: Head, body: bytes) -> bool:
        """Whether the question could be answered at once."""
        self._unset_keepalive_if_required()
        self.headers = []  # the sweep sees by it that a request came
        started = perf_counter()
        try:
            answer = way.ask(head, body)
        except MustWaitError:
            return False
        way.tally.add(answer, perf_counter() - started)
        self.outbox.put(self.loop, self.transport, self.wire(answer))
        return True

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio looks at it, uvicorn has no need
        """The client sends nothing more, and is still told what it asked before."""
        self.outbox.flush()
        return super().eof_received()

    def shutdown(self) -> None:
        """Close, with nothing left to send."""
        self.outbox.flush()
        super().shutdown()

    def on_headers_complete(self) -> None:
        """Keep a question, hand on everything else."""
        way = self.ways.get(self.url)
        if way is None or self.parser.get_method() != b"POST" or self.is_busy():
            super().on_headers_complete()
            return
        self.stage = Stage.BODY
        try:
            self.head = read_head(self.headers)
        except CallerError as error:
            answer = refusal(error, self.request_id())
            way.tally.add(answer, 0.0)
            self.refuse(answer)
            raise StopParsingError from None
        if self.head.waits:
            self.transport.write(_CONTINUE)
        self.way = way
        self.body = b""

    def on_body(self, body: bytes) -> None:
        """Collect; ``read_head`` has seen that it is no more than may be."""
        if self.way is None:
            super().on_body(body)
        else:
            self.body = self.body + body if self.body else body

    def on_message_complete(self) -> None:
        """Ask the gate."""
        if self.way is None:
            super().on_message_complete()
            return
        self.stage = Stage.NOTHING
        way, self.way = self.way, None
        started = perf_counter()
        try:
            answer = way.ask(self.head, self.body)
        except MustWaitError:
            self.hand_on(continued=True)
            super().on_body(self.body)
            super().on_message_complete()
        else:
            way.tally.add(answer, perf_counter() - started)
            self._write(way, answer)

    def _write(self, way: Way, answer: Answer) -> None:
        if self._keeps_connection():
            self.transport.write(self.wire(answer))
            self.known.remember(self.arrived, way, self.head)
        else:
            self.write_last(self.transport, answer)
            raise StopParsingError

    def _keeps_connection(self) -> bool:
        """Only HTTP/1.1 is."""
        if self.closes_next or not self.parser.should_keep_alive():
            return False
        return self.parser.get_http_version() == "1.1"


def protocol_for(shared_ways: Mapping[bytes, Way], shared_ids: RequestIds) -> type[GateProtocol]:
    """The protocol of one process: uvicorn makes a new one for each connection."""

    class Bound(GateProtocol):
        ways = shared_ways
        known: ClassVar[KnownHeads[Way]] = KnownHeads()
        outbox: ClassVar[Outbox] = Outbox()
        request_ids = shared_ids

    return Bound
