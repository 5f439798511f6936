"""What carries hints, for the suite that runs on each: it can be silenced, and can carry what is no hint."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from redis import Redis

from enterprise_adapters.memory import HeldHint, HintBus, MemoryHints
from enterprise_adapters.redis import RedisHints
from enterprise_service.ports.hints import Hints
from tests.support.servers import RedisServer

HEARTBEAT: Final = 0.4
"""Of all hints that carriers make, where they have one."""

CHANNEL: Final = "hints-of-a-test"

STRANGE: Final[tuple[bytes, ...]] = (
    b"", b"\x00\xff\xfe", b"revision 7", b"7", b"null", b"[]", b"{}", b'"x"', b"[" * 200, b"{" * 200,
    b'{"from": "x"}', b'{"revision": 7}', b'{"from": 7, "revision": 7}', b'{"from": "", "revision": 7}',
    b'{"from": null, "revision": 7}', b'{"from": "x", "revision": "7"}', b'{"from": "x", "revision": 7.0}',
    b'{"from": "x", "revision": true}', b'{"from": "x", "revision": null}', b'{"from": "x", "revision": -7}',
    b'{"from": "x", "revision": 0}', b'{"from": "x", "revision": 9007199254740992}',
    b'{"from": "x", "revision": 7e3}', b'{"from": "x", "revision": NaN}', b'{"from": "x", "revision": Infinity}',
    b'{"from": "x", "revision": [7]}', b'{"from": "x", "revision": 7, "beat": 7}', b'{"from": "x", "beat": 7}',
    b'{"from": "x", "revision": 7', b'\xef\xbb\xbf{"from": "x", "revision": 7}',
    '{"from": "x", "revision": 7}'.encode("utf-16"), b'{"from": "' + b"x" * 65 + b'", "revision": 7}',
    b'{"from": "x", "revision": 7}' + b" " * 256, b'{"from": "x", "revision": ' + b"7" * 200 + b"}",
    b'{"from": "x", "revision": 7, "why": "' + b"x" * 1_000_000 + b'"}', b"x" * 1_000_000,
)  # fmt: skip
"""What other services may send on the channel: none is a hint."""


class Carrier(ABC):
    """Closes what it has made where its ``with`` block ends."""

    def __init__(self) -> None:
        """It carries."""
        self._closing = ExitStack()

    def hints(self) -> Hints:
        """Those of one more process."""
        made = self._make()
        self._closing.callback(made.close)
        return made

    def close(self) -> None:
        """Close all, the newest first."""
        self._closing.close()

    @abstractmethod
    def _make(self) -> Hints:
        """Hints that it carries."""

    @abstractmethod
    def silence(self) -> None:
        """Carry nothing more, and say nothing of it."""

    @abstractmethod
    def restore(self) -> None:
        """Carry again."""

    @abstractmethod
    def send(self, revision: int) -> None:
        """Send a hint that is none of these hints' own."""

    @abstractmethod
    def send_strange(self) -> None:
        """Send what is no hint, in every way that this carrier has."""


class MemoryCarrier(Carrier):
    """In this process."""

    def __init__(self, _folder: Path) -> None:
        """A bus of its own."""
        super().__init__()
        self._bus = HintBus()
        self._made: list[MemoryHints] = []

    def _make(self) -> Hints:
        self._made.append(self._bus.hints())
        return self._made[-1]

    def silence(self) -> None:
        self._bus.silence()

    def restore(self) -> None:
        self._bus.restore()

    def send(self, revision: int) -> None:
        for hints in self._made:
            HeldHint(to=hints, revision=revision).arrive()

    def send_strange(self) -> None:
        for number in (0, -1, 2**53, 2**70):
            self.send(number)


class RedisCarrier(Carrier):
    """A server of its own."""

    def __init__(self, folder: Path) -> None:
        """Starts the server."""
        super().__init__()
        self.server = RedisServer(folder)
        self.server.start()
        self._closing.callback(self.server.kill)

    def _make(self) -> Hints:
        return RedisHints(self.server.url, CHANNEL, heartbeat_seconds=HEARTBEAT)

    def silence(self) -> None:
        self.server.suspend()

    def restore(self) -> None:
        self.server.resume()

    def send(self, revision: int) -> None:
        self._publish(json.dumps({"from": "somebody", "revision": revision}).encode())

    def send_strange(self) -> None:
        self._publish(*STRANGE)

    def _publish(self, *messages: bytes) -> None:
        with Redis.from_url(self.server.url) as client:
            for message in messages:
                client.publish(CHANNEL, message)


CARRIERS: Final[Mapping[str, Callable[[Path], Carrier]]] = {"memory": MemoryCarrier, "redis": RedisCarrier}
