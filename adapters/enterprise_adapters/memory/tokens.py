"""Access tokens as a table."""

from __future__ import annotations

from collections.abc import Mapping

from enterprise_service.ports.tokens import Tokens


class MemoryTokens(Tokens):
    """Valid are the tokens of ``subjects``, each for its subject; what is taken out of it ends at once."""

    def __init__(self, subjects: Mapping[str, str]) -> None:
        self._subjects = subjects

    def subject(self, token: str) -> str | None:
        return self._subjects.get(token)
