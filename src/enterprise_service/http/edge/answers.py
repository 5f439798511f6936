"""An answer, before any server has put it on the wire."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

JSON: Final = b"application/json"

_COMMON: Final = b"cache-control: no-store\r\nx-content-type-options: nosniff\r\n"


class Answer(Struct, frozen=True, gc=False):
    """``headers`` are whole lines, each with its end; the server adds the date.

    ``allowed`` and ``denied`` say how many checks were decided so.
    """

    status: int
    headers: bytes
    body: bytes
    allowed: int = 0
    denied: int = 0

    def pairs(self) -> list[tuple[str, str]]:
        """The headers one by one."""
        lines = self.headers.decode("latin-1").split("\r\n")[:-1]
        return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def header_lines(body: bytes, content_type: bytes = JSON) -> bytes:
    """The header lines that every answer with ``body`` has."""
    return b"content-type: %b\r\ncontent-length: %d\r\n%b" % (content_type, len(body), _COMMON)
