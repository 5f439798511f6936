"""What an examination finds."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """``says`` is what was found ``about`` something; unless that is ``fine``, ``mend`` says what to do."""

    about: str
    fine: bool
    says: str
    mend: str | None = None


def fine(about: str, says: str) -> Finding:
    """All is well with ``about``."""
    return Finding(about, fine=True, says=says)


def bad(about: str, says: str, mend: str) -> Finding:
    """Something is to be mended."""
    return Finding(about, fine=False, says=says, mend=mend)
