"""What is sent on the channel: a small JSON object. Anybody may send there, so nothing that arrives is trusted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from enterprise_service.ports.hints import LARGEST_REVISION

LONGEST: Final = 256
"""A message has at most so many bytes."""

_LONGEST_SENDER: Final = 64


class Kind(StrEnum):
    """What a message's number is; the value is its key in the message."""

    REVISION = "revision"
    BEAT = "beat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """``sender`` tells that revision ``number`` exists, or sends the beat ``number`` to itself."""

    sender: str
    kind: Kind
    number: int


def encode(message: Message) -> bytes:
    """``message`` as it is sent."""
    return json.dumps({"from": message.sender, message.kind.value: message.number}).encode()


def parse(data: object) -> Message | None:
    """The message in ``data``; ``None`` when it is none. Keys that a later version may add are passed over."""
    if not isinstance(data, bytes) or len(data) > LONGEST:
        return None
    try:
        value = json.loads(data.decode())
    except ValueError:
        return None
    return _message(value) if isinstance(value, dict) else None


def _message(value: dict[str, object]) -> Message | None:
    sender, kinds = value.get("from"), [kind for kind in Kind if kind in value]
    if not isinstance(sender, str) or not 0 < len(sender) <= _LONGEST_SENDER or len(kinds) != 1:
        return None
    number = value[kinds[0]]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= LARGEST_REVISION:
        return None
    return Message(sender=sender, kind=kinds[0], number=number)
