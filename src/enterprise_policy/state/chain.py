"""The chain that ties each entry of the log to the one before, under a secret that is not in the store.

A mac is HMAC-SHA-256 (RFC 2104) over length-prefixed parts, with a key derived for one purpose, so that a mac made for
one thing never passes for another.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, unique
from hashlib import sha256


@unique
class Purpose(bytes, Enum):
    """What a mac is for."""

    LOG = b"log"
    CHECKPOINT = b"checkpoint"
    API_KEY = b"api-key"
    CURSOR = b"cursor"
    LOCAL_COPY = b"local-copy"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log: its identity, a revision, and the mac of the entry there (``b""`` before the first)."""

    log_id: str
    revision: int
    chain: bytes


class Keyring:
    """The lines of ``SERVICE_SECRET``: the first signs, all verify. Never shows them."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Raises ``ValueError`` when there is no secret, or an empty one."""
        if not secrets or not all(secrets):
            reason = "needs at least one secret"
            raise ValueError(reason)
        self._keys = {
            purpose: [hmac.digest(secret, purpose.value, sha256) for secret in secrets] for purpose in Purpose
        }

    def sign(self, purpose: Purpose, *parts: bytes) -> bytes:
        """The 32 bytes of the mac over ``parts``."""
        return _mac(self._keys[purpose][0], parts)

    def verify(self, purpose: Purpose, mac: bytes, *parts: bytes) -> bool:
        """Whether some secret gives ``mac`` for ``parts``; the time it takes doesn't tell where they differ."""
        return any(hmac.compare_digest(_mac(key, parts), mac) for key in self._keys[purpose])

    def link(self, before: Position, body: bytes) -> bytes:
        """The mac of the entry ``body`` that comes after ``before``."""
        return self.sign(Purpose.LOG, before.log_id.encode(), before.chain, body)

    def links(self, before: Position, body: bytes, mac: bytes) -> bool:
        """Whether ``mac`` ties ``body`` to ``before``."""
        return self.verify(Purpose.LOG, mac, before.log_id.encode(), before.chain, body)


def _mac(key: bytes, parts: Sequence[bytes]) -> bytes:
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(key, framed, sha256)
