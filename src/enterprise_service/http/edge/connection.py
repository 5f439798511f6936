"""A connection that no client can hold for long, with every refusal as the contract has it.

uvicorn parses and serves; this adds what it leaves open: a limit of time for a request to arrive and of size for its
head, framing that is refused before a body is read, a body that ends too early, and clients that don't read.
"""

from __future__ import annotations

import asyncio
import re
from enum import IntEnum
from typing import ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from enterprise_policy.errors import CallerError, InvalidJsonError, InvalidRequestError
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.framing import expects_continue, read_head
from enterprise_service.http.edge.lingering import Lingering
from enterprise_service.http.edge.problems import refusal
from enterprise_service.http.edge.request_ids import RequestIds

HEAD_LIMIT: Final = 32 * 1024
"""No larger head is read; one of half this size always is."""

MESSAGE_SECONDS: Final = 10
"""How long a request may take to arrive, and an answer to be taken."""

IDLE_SECONDS: Final = 75
"""How long a connection is kept between requests."""

LAST_SECONDS: Final = 1
"""How long an idle connection is kept when the process stops."""

_SLICE: Final = HEAD_LIMIT // 2
_CLOSE: Final = b"connection: close\r\n"
_UPGRADE: Final = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)


class Stage(IntEnum):
    """What of a request has arrived."""

    NOTHING = 0
    HEAD = 1
    BODY = 2


class StopParsingError(Exception):
    """Raised in a callback of the parser: nothing more is read from this connection."""


class Connection(HttpToolsProtocol):
    """See the module."""

    request_ids: ClassVar[RequestIds] = RequestIds()
    stage = Stage.NOTHING
    head_size = 0
    finished = False
    closes_next = False
    watched: object = None
    watched_seconds = -1

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client has come."""
        super().connection_made(transport)
        # Both lengths together are refused by `read_head`, like any Transfer-Encoding; the parser would say less of it.
        self.parser.set_dangerous_leniencies(lenient_chunked_length=True)

    # --- what arrives -----------------------------------------------------------------------------------

    def is_between_requests(self) -> bool:
        """Whether what arrives next begins a request, with nothing left to do for those before."""
        return self.stage is Stage.NOTHING and not (self.finished or self.closes_next or self.is_busy())

    def data_received(self, data: bytes) -> None:
        """Feed the parser in slices, so that no head grows past its limit unseen."""
        self._unset_keepalive_if_required()
        if self.stage is Stage.NOTHING and b"pgrade" in data:
            data = decline_upgrade(data)
        for start in range(0, len(data), _SLICE):
            if not self.finished:
                self._feed(data[start : start + _SLICE])

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # offered in a head that came in pieces: what follows can't be read
            self.finished = True
            super().shutdown()
        except httptools.HttpParserError:
            if not self.finished:
                self._refuse_unless_busy(InvalidRequestError("the request is not well-formed HTTP"))
        else:
            if self.stage is Stage.HEAD:
                self._limit_head(len(data))

    def _limit_head(self, more: int) -> None:
        self.head_size += more
        if self.head_size > HEAD_LIMIT:
            self._refuse_unless_busy(InvalidRequestError(f"the head of a request has more than {_SLICE} bytes"))

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio looks at it, uvicorn has no need
        """A body that was cut short is said to be; an answer that is being made is still sent."""
        if self.stage is Stage.BODY and self.is_busy() and not self.pipeline:
            self._end_short()
            return True
        if self.stage is Stage.BODY and not self.pipeline:
            error = InvalidJsonError("the body is shorter than its `Content-Length`")
            self.write_last(self.transport, refusal(error, self.request_id()))
            return False
        if self.is_busy():
            self.cycle.keep_alive = False
            return True
        return False

    def _end_short(self) -> None:
        """Let the application, which judges path and method first, find that the body is too short."""
        self.finished = True
        self.stage = Stage.NOTHING
        self.cycle.keep_alive = False
        super().on_message_complete()

    # --- callbacks of the parser ------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins; what uvicorn needs for one is made when it is handed on."""
        self.url = b""
        self.headers = []
        self.stage = Stage.HEAD
        self.head_size = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the header; blanks at the end belong to the line, not to the value (RFC 9112)."""
        self.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Hand the request on to the application; without its body, if that can't be read."""
        self.stage = Stage.BODY
        self.hand_on()
        try:
            read_head(self.headers)
        except CallerError:
            self._end_unread()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self.stage = Stage.NOTHING
        super().on_message_complete()

    def hand_on(self, *, continued: bool = False) -> None:
        """Let the application serve this request. ``continued`` says that the client has been told to send its body.

        A target that isn't a path becomes a path that leads nowhere.
        """
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url if url.startswith(b"/") and b"#" not in url else b"//" + url
        self.headers.extend(headers)
        self.expect_100_continue = not continued and expects_continue(dict(headers))
        super().on_headers_complete()
        if self.closes_next:
            self.cycle.keep_alive = False

    def _end_unread(self) -> None:
        """Leave the body unread: the application refuses by the head alone, and the connection ends with its answer."""
        self.finished = True
        self.cycle.keep_alive = False
        self.cycle.waiting_for_100_continue = False
        self.cycle.transport = cast("asyncio.Transport", Lingering(self, self.transport, self.loop))
        super().on_message_complete()
        raise StopParsingError

    # --- what is sent -----------------------------------------------------------------------------------

    def is_busy(self) -> bool:
        """Whether the application is at work on an answer for this connection."""
        return self.cycle is not None and not self.cycle.response_complete

    def request_id(self) -> bytes:
        """What the present request is called."""
        return self.request_ids.of(dict(self.headers or ()).get(b"x-request-id"))

    def refuse(self, answer: Answer) -> None:
        """Send ``answer`` as the last one on this connection, whatever the client still sends."""
        self.write_last(Lingering(self, self.transport, self.loop), answer)

    def _refuse_unless_busy(self, error: CallerError) -> None:
        if self.is_busy():
            self.finished = True
            self.cycle.keep_alive = False
        else:
            self.refuse(refusal(error, self.request_id()))

    def write_last(self, transport: asyncio.WriteTransport | Lingering, answer: Answer) -> None:
        """Write ``answer`` and close."""
        self.finished = True
        transport.write(self.wire(answer, _CLOSE))
        transport.close()

    def wire(self, answer: Answer, more: bytes = b"") -> bytes:
        """``answer`` as bytes; ``more`` are more header lines."""
        date = self.server_state.default_headers[0][1]
        return b"%b%b%bdate: %b\r\n\r\n%b" % (STATUS_LINE[answer.status], answer.headers, more, date, answer.body)

    # --- patience ---------------------------------------------------------------------------------------

    def sweep(self) -> None:
        """Called once a second: end the connection when the client has kept us waiting for too long."""
        if self.headers is not self.watched:
            self.watched, self.watched_seconds = self.headers, 0
        elif not self.is_busy() or self.cycle.more_body or self.flow.write_paused:
            self.watched_seconds += 1
            idle = self.stage is Stage.NOTHING and self.headers is not None and not self.flow.write_paused
            if self.watched_seconds >= (IDLE_SECONDS if idle else MESSAGE_SECONDS):
                self.transport.abort()

    def shutdown(self) -> None:
        """Close after the request that is on its way, if one is; a client that hasn't heard of it yet may send one."""
        self.closes_next = True
        if self.is_busy() or self.transport.is_closing():
            super().shutdown()
        else:
            self.loop.call_later(LAST_SECONDS, self._close_unless_asked)
            self.loop.call_later(MESSAGE_SECONDS, self.transport.abort)

    def _close_unless_asked(self) -> None:
        if self.stage is Stage.NOTHING and not self.is_busy():
            self.transport.close()

    def pause_writing(self) -> None:
        """Read nothing more from a client that doesn't read."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self.flow.resume_reading()


def decline_upgrade(data: bytes) -> bytes:
    """``data``, which begins a request, with an offer of another protocol taken out.

    The parser would leave the body to that protocol. Java's client offers HTTP/2 with every first request.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-declined:", head) + end + rest
