"""MongoDB's wire protocol, as far as a proxy has to understand it: messages, and whose answer one is.

https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

from __future__ import annotations

import struct
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from tests.support.tcp_proxy import CutError, Piece, Traffic

HEADER: Final = struct.Struct("<iiii")
"""Length, id, the id that it answers, operation."""

INSERTS: Final = b"\x02insert\x00\x0b\x00\x00\x00policy_log\x00"
"""An insert into the collection of the log, as BSON has it; not into its chunks'."""


class Cuts:
    """Which answers to inserts into the log are lost: those to the next that are sent, as many as it is told."""

    def __init__(self, seen: Counter[str]) -> None:
        """None yet; ``seen`` counts those that were."""
        self._seen = seen
        self._left = 0
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """How many are still to be lost."""
        return self._left

    def next(self, count: int = 1) -> None:
        """Let the answers to the next ``count`` inserts be lost."""
        with self._lock:
            self._left = count

    def take(self) -> bool:
        """Whether the answer to the insert at hand is to be lost."""
        with self._lock:
            taken = self._left > 0
            self._left -= taken
        return taken

    def count(self) -> None:
        """Another one was lost: the server has answered, so it has done what it was sent."""
        self._seen["insert's answer cut"] += 1


class MongoTraffic(Traffic):
    """A connection to MongoDB on which answers to inserts into the log are lost as ``cuts`` says."""

    def __init__(self, cuts: Cuts) -> None:
        """Nothing was said yet."""
        self._cuts = cuts
        self._doomed: set[int] = set()
        self._up = Messages()
        self._down = Messages()

    def up(self, data: bytes) -> Sequence[Piece]:
        """See ``Traffic``."""
        for message in self._up.add(data):
            if INSERTS in message and self._cuts.take():
                self._doomed.add(HEADER.unpack_from(message)[1])
        return [Piece(data)]

    def down(self, data: bytes) -> Sequence[Piece]:
        """See ``Traffic``."""
        messages = list(self._down.add(data))
        if any(HEADER.unpack_from(message)[2] in self._doomed for message in messages):
            self._cuts.count()
            raise CutError
        return [Piece(message) for message in messages]


class Messages:
    """Puts a stream together to whole messages."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._rest = b""

    def add(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now that ``data`` came."""
        self._rest += data
        while len(self._rest) >= HEADER.size:
            (length, *_) = HEADER.unpack_from(self._rest)
            if len(self._rest) < length:
                return
            message, self._rest = self._rest[:length], self._rest[length:]
            yield message
