"""What happened in a simulation, line by line, with nothing in it that another run of the same seed would not say."""

from __future__ import annotations

import hashlib


class Trace:
    """Lines, and one hash of all of them."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self.lines: list[str] = []
        self._hash = hashlib.sha256()

    def add(self, *words: object) -> None:
        """One line more."""
        line = " ".join(map(str, words))
        self.lines.append(line)
        self._hash.update(line.encode() + b"\n")

    @property
    def digest(self) -> str:
        """The hash of the lines until now."""
        return self._hash.hexdigest()
