"""Redis's protocol, as far as a proxy has to understand it: frames, and which of them are messages of a channel.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.support.tcp_proxy import Piece, Traffic

FORGED: Final = (
    b'{"from": "somebody", "revision": 9007199254740991}',
    b'{"from": "somebody", "revision": -1}',
    b'{"from": "somebody", "revision": true}',
    b"\xff\xfe not a hint",
    b'{"user": "another service", "event": "login"}',
    b"[" * 2_000,
    b"x" * 1_000_000,
)
"""What somebody who isn't one of us may say on the channel."""

_MESSAGE: Final = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n\$\d+\r\n([^\r]+)\r\n")
_LINE: Final = re.compile(rb"([+\-:_#,($*>~%=!])([^\r]*)\r\n")
_BULK: Final = b"$=!"
_MANY: Final = {b"*"[0]: 1, b">"[0]: 1, b"~"[0]: 1, b"%"[0]: 2}


@dataclass(slots=True)
class PubSub:
    """What happens to messages on their way to subscribers: each share of them is between 0 and 1.

    ``late`` is how many seconds a delayed one takes at most; later ones overtake it. ``forged`` is how often another
    message comes behind one.
    """

    seen: Counter[str]
    chance: Random
    dropped: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    late: float = 0.0
    forged: float = 0.0

    def heal(self) -> None:
        """Let all pass from now on."""
        self.dropped = self.doubled = self.delayed = self.forged = 0.0

    def pass_on(self, message: bytes, channel: bytes) -> Iterator[Piece]:
        """What becomes of ``message``, which came on ``channel``."""
        if self._happens(self.forged, "message forged"):
            yield Piece(_message(channel, self.chance.choice(FORGED)))
        if self._happens(self.dropped, "message dropped"):
            return
        if self._happens(self.doubled, "message doubled"):
            yield Piece(message)
        late = self.chance.uniform(0.0, self.late) if self._happens(self.delayed, "message delayed") else 0.0
        yield Piece(message, late)

    def _happens(self, share: float, name: str) -> bool:
        happens = self.chance.random() < share
        self.seen[name] += happens
        return happens


class RedisTraffic(Traffic):
    """A connection to Redis on which messages of channels go as ``pub_sub`` says."""

    def __init__(self, pub_sub: PubSub) -> None:
        """Nothing was said yet."""
        self._pub_sub = pub_sub
        self._rest = b""

    def down(self, data: bytes) -> Sequence[Piece]:
        """See ``Traffic``."""
        self._rest += data
        pieces = list[Piece]()
        while (size := _end(self._rest, 0)) is not None:
            frame, self._rest = self._rest[:size], self._rest[size:]
            found = _MESSAGE.match(frame)
            pieces += [Piece(frame)] if found is None else self._pub_sub.pass_on(frame, found[1])
        return pieces


def _message(channel: bytes, payload: bytes) -> bytes:
    parts = (b"message", channel, payload)
    return b"*3\r\n" + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def _end(data: bytes, begin: int) -> int | None:
    """Where the frame ends that begins there; ``None`` while it isn't whole. Raises ``ValueError`` for what is none."""
    if b"\r\n" not in data[begin:]:
        return None
    line = _LINE.match(data, begin)
    if line is None:
        raise ValueError(f"no frame of Redis: {data[begin : begin + 40]!r}")
    kind, text, end = line[1][0], line[2], line.end()
    if kind in _BULK and int(text) >= 0:
        end += int(text) + 2
        return end if end <= len(data) else None
    for _ in range(max(0, int(text)) * _MANY[kind] if kind in _MANY else 0):
        inner = _end(data, end)
        if inner is None:
            return None
        end = inner
    return end
