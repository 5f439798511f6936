"""A TCP proxy between two programs, which a test tells to misbehave while they talk.

It listens at a free port of this machine and runs in a thread of its own. What it does is set in ``faults`` at any
time, and counted in ``seen``.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import threading
from abc import ABC
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from random import Random
from types import TracebackType
from typing import Final, NamedTuple, Self

CHUNK: Final = 65_536
SOON: Final = 4_000
LATER: Final = 100_000
"""When connections are reset that are to be: after so many bytes at most."""

_LOOK_SECONDS: Final = 0.01
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class Way(Enum):
    """Where data goes."""

    UP = auto()
    """From the client to the server."""
    DOWN = auto()


class CutError(Exception):
    """The connection is to be reset now."""


class Piece(NamedTuple):
    """Data that goes on; ``late`` seconds after what comes behind it has gone on already."""

    data: bytes
    late: float = 0.0


class Traffic(ABC):  # noqa: B024 - whatever isn't watched goes on as it is
    """Watches one connection, understands what is said there, and changes it."""

    def up(self, data: bytes) -> Sequence[Piece]:
        """What goes to the server when the client has sent ``data``. Raises ``CutError``."""
        return [Piece(data)]

    def down(self, data: bytes) -> Sequence[Piece]:
        """What goes to the client when the server has sent ``data``. Raises ``CutError``."""
        return [Piece(data)]


class Plain(Traffic):
    """Changes nothing."""


@dataclass(slots=True)
class Faults:
    """What goes wrong at present; nothing at first.

    ``latency`` is for each piece of data either way, give or take ``jitter``. ``refuses`` resets connections when they
    are made, and ``resets`` that share of them soon, the others later. ``holds`` says which ways nothing gets through;
    it does later, as over a network that was cut.
    """

    latency: float = 0.0
    jitter: float = 0.0
    refuses: bool = False
    resets: float = 0.0
    holds: frozenset[Way] = frozenset()

    def heal(self) -> None:
        """Let nothing go wrong from now on."""
        self.latency = self.jitter = self.resets = 0.0
        self.refuses = False
        self.holds = frozenset()


class TcpProxy:
    """See the module. Passes on to a port of this machine where its ``with`` block is."""

    def __init__(self, target: int, traffic: Callable[[], Traffic] = Plain, seed: int = 0) -> None:
        """``traffic`` is made anew for each connection."""
        self.faults = Faults()
        self.seen: Counter[str] = Counter()
        self.port = 0
        self._target = target
        self._traffic = traffic
        self._chance = Random(seed)
        self._links: set[_Link] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def reset_all(self) -> None:
        """Reset the connections that there are."""
        self._loop.call_soon_threadsafe(self._reset_all)

    def _reset_all(self) -> None:
        for link in list(self._links):
            self.seen["reset"] += 1
            link.reset()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=CHUNK)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        links = [link.task for link in self._links]
        for task in links:
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen["connection"] += 1
        link = _Link(self, writer)
        self._links.add(link)
        try:
            await link.run(reader)
        except (OSError, CutError, EOFError, asyncio.CancelledError):
            link.reset()
        finally:
            self._links.discard(link)

    # --- for a connection ---------------------------------------------------------------------------------------

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the server. Raises ``CutError`` when the client is refused."""
        if self.faults.refuses:
            self.seen["refused"] += 1
            raise CutError
        return await asyncio.open_connection("127.0.0.1", self._target, limit=CHUNK)

    def make_traffic(self) -> Traffic:
        """What watches a new connection."""
        return self._traffic()

    def life(self) -> float:
        """How many bytes a new connection lives for."""
        if not self.faults.resets:
            return math.inf
        return self._chance.randrange(SOON if self._chance.random() < self.faults.resets else LATER)

    async def delay(self, way: Way) -> None:
        """Wait as long as data has to that goes that way now."""
        faults = self.faults
        if faults.latency:
            self.seen["delayed"] += 1
            await asyncio.sleep(max(0.0, faults.latency + self._chance.uniform(-faults.jitter, faults.jitter)))
        if way in faults.holds:
            self.seen["held"] += 1
        while way in faults.holds:  # noqa: ASYNC110 - it is changed in another thread
            await asyncio.sleep(_LOOK_SECONDS)


class _Link:
    """A client's connection, and the one that is made for it."""

    def __init__(self, proxy: TcpProxy, client: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self.task: asyncio.Task[None] = task
        self._proxy = proxy
        self._client = client
        self._server: asyncio.StreamWriter | None = None
        self._traffic = proxy.make_traffic()
        self._life = proxy.life()
        self._late: set[asyncio.Task[None]] = set()

    async def run(self, from_client: asyncio.StreamReader) -> None:
        """Pass on until one side ends or is cut. Raises ``CutError``, ``OSError``."""
        from_server, self._server = await self._proxy.connect()
        async with asyncio.TaskGroup() as pumps:
            try:
                up = pumps.create_task(self._pump(Way.UP, from_client, self._server))
                down = pumps.create_task(self._pump(Way.DOWN, from_server, self._client))
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                up.cancel()
                down.cancel()
        self._close()

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pass_on = self._traffic.up if way is Way.UP else self._traffic.down
        with suppress(OSError, CutError):
            while data := await reader.read(CHUNK):
                await self._proxy.delay(way)
                self._spend(len(data))
                for piece in pass_on(data):
                    await self._write(writer, piece)
            return
        self.reset()

    def _spend(self, size: int) -> None:
        self._life -= size
        if self._life < 0:
            self._proxy.seen["reset"] += 1
            raise CutError

    async def _write(self, writer: asyncio.StreamWriter, piece: Piece) -> None:
        if piece.late:
            self._late.add(asyncio.create_task(self._write_late(writer, piece)))
            return
        writer.write(piece.data)
        await writer.drain()

    async def _write_late(self, writer: asyncio.StreamWriter, piece: Piece) -> None:
        await asyncio.sleep(piece.late)
        if not writer.is_closing():
            writer.write(piece.data)

    def _close(self) -> None:
        for task in self._late:
            task.cancel()
        for writer in (self._client, self._server):
            if writer is not None:
                writer.close()

    def reset(self) -> None:
        """End both connections at once, without a goodbye."""
        for writer in (self._client, self._server):
            if writer is not None and not writer.transport.is_closing():
                own: socket.socket = writer.get_extra_info("socket")
                own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                writer.transport.abort()
        for task in self._late:
            task.cancel()
