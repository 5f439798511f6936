"""Heads of requests that were parsed before.

A client's head is the same for each of its questions but for the length of the body. Equal bytes at the beginning of a
request mean the same to the parser, so what it made of them once can be used again. Nothing that the head leads to is
kept: the credential in it is judged at each question.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from enterprise_service.http.edge.framing import Head

HEADS_LIMIT: Final = 4096
"""At so many all are forgotten, and those in use come back."""

BYTES_LIMIT: Final = 1024
"""No longer head is kept."""

_END: Final = b"\r\n\r\n"

W = TypeVar("W")


class KnownHeads(Generic[W]):
    """Where each head that is known leads, and what it says."""

    def __init__(self) -> None:
        """None is known yet."""
        self._known: dict[bytes, tuple[W, Head, int]] = {}

    def find(self, data: bytes) -> tuple[W, Head, bytes] | None:
        """The way, the head and the body, when ``data``, which begins a request, is a whole one with a known head."""
        end = data.find(_END) + 4
        known = self._known.get(data[:end])
        if known is None or known[2] != len(data):
            return None
        return known[0], known[1], data[end:]

    def remember(self, data: bytes, way: W, head: Head) -> None:
        """Keep the head of ``data`` if it can come again, and ``data`` is that one request, whole and no more."""
        end = data.find(_END) + 4
        if head.is_usual and head.length == len(data) - end and end <= BYTES_LIMIT:
            if len(self._known) >= HEADS_LIMIT:
                self._known.clear()
            self._known[data[:end]] = way, head, len(data)
