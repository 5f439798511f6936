"""A text that is never shown."""

from __future__ import annotations

import hmac
from typing import Final

MASK: Final = "********"


class Secret:
    """Holds a secret text; printing, logging or formatting it gives stars."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """``text`` is the secret."""
        self._text = text

    def reveal(self) -> str:
        """The secret, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same text; how long it takes doesn't tell where they differ."""
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)
