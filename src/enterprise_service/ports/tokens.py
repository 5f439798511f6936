"""Access tokens that people bring from elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Tokens(ABC):
    """Verifies tokens. 1. Any thread may call it."""

    @abstractmethod
    def subject(self, token: str) -> str | None:
        """The subject for whom ``token`` speaks. 2. ``None`` when it isn't valid now, whatever is wrong with it."""
