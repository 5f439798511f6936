"""Answers that go out together.

When many clients ask at once, the event loop reads from each in turn. A client that is answered in between wakes up,
and takes the processor from the questions that still wait; so what is answered in one pass of the loop is sent at its
end.
"""

from __future__ import annotations

import asyncio


class Outbox:
    """The answers of this pass of one event loop. Only its thread may call it."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def put(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, data: bytes) -> None:
        """Send ``data`` to ``transport`` after what was put before, at the end of the pass at the latest."""
        if not self._waiting:
            loop.call_soon(self.flush)
        self._waiting.append((transport, data))

    def flush(self) -> None:
        """Send all now. Whoever writes to a transport by himself, or closes one, calls this before."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
