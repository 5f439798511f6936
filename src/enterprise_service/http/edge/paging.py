"""Cursors: where the next page of a list begins, readable and usable by nobody but us and whoever got it."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_policy.state.change import canonical

LIMIT_MOST: Final = 500
LIMIT_DEFAULT: Final = 50

CURSOR_MOST: Final = 8192
"""Characters of the longest cursor that is looked at."""

_MAC_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a cursor is bound to: who lists, at which path, and what he asked for besides how many."""

    actor: str
    path: str
    filters: Mapping[str, Any]

    @property
    def parts(self) -> tuple[bytes, ...]:
        """What the mac is made over."""
        return self.actor.encode(), self.path.encode(), canonical(self.filters)


class Cursors:
    """Makes cursors, and reads those that it made."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def make(self, listing: Listing, place: object) -> str:
        """The cursor of ``place``, which is JSON, in ``listing``."""
        content = canonical(place)
        mac = self._keyring.sign(Purpose.CURSOR, *listing.parts, content)
        return urlsafe_b64encode(mac + content).rstrip(b"=").decode("ascii")

    def read(self, listing: Listing, cursor: str) -> Any:  # noqa: ANN401 (whatever `make` was given)
        """The place that ``cursor`` was made of.

        Raises ``InvalidRequestError`` unless it was made for ``listing``.
        """
        sealed = _decoded(cursor)
        mac, content = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
        if not self._keyring.verify(Purpose.CURSOR, mac, *listing.parts, content):
            raise InvalidRequestError.at("/cursor", "is no cursor of this list, filter and caller")
        return json.loads(content)


def _decoded(cursor: str) -> bytes:
    """The bytes in ``cursor``; empty when it can't be one, or isn't written as ``Cursors.make`` writes it."""
    if len(cursor) > CURSOR_MOST or not cursor.isascii():
        return b""
    try:
        sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return b""
    return sealed if urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii") == cursor else b""
