"""Numbers as SQLite takes them."""

from __future__ import annotations

from typing import Final

HIGHEST: Final = 2**63 - 1
"""SQLite's greatest integer, above every revision."""


def bounded(number: int) -> int:
    """``number`` between 0 and ``HIGHEST``: beyond 64 bits SQLite raises, and a negative limit it takes for none."""
    return min(max(number, 0), HIGHEST)
