"""Closing a connection on which the client is still sending.

Closed at once, the kernel would answer what still arrives with a reset, which can take our answer from the client
before it has read it.
"""

from __future__ import annotations

import asyncio
from typing import Final

LINGER_SECONDS: Final = 2.0


class Lingering(asyncio.Protocol):
    """Takes a connection over: lets the answer be written, then ends our side and forgets what the client sends.

    ``owner`` is the protocol that had the connection; it still hears when the connection is lost. For the part of the
    server that writes the answer it stands in for the transport.
    """

    def __init__(self, owner: asyncio.Protocol, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._transport = transport
        self._loop = loop
        self._client_is_done = False
        self._ended = False
        transport.set_protocol(self)

    def write(self, data: bytes) -> None:
        """Send a part of the answer."""
        self._transport.write(data)

    def close(self) -> None:
        """End our side; the connection goes when the client ends its own, or after ``LINGER_SECONDS``."""
        if self._client_is_done or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._ended = True
        self._transport.write_eof()
        self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def is_closing(self) -> bool:
        """Whether the connection is on its way out."""
        return self._transport.is_closing()

    def eof_received(self) -> bool:
        """The client ends its side; the connection stays while the answer has still to be written."""
        self._client_is_done = True
        return not self._ended

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner."""
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Tell the owner."""
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        """Tell the owner."""
        self._owner.resume_writing()
