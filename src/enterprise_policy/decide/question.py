"""What is asked."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Asked(Protocol):
    """Anything with the four parts of a question."""

    @property
    def subject(self) -> str:
        """Who asks."""

    @property
    def domain(self) -> str:
        """Where."""

    @property
    def resource(self) -> str:
        """About what."""

    @property
    def action(self) -> str:
        """To do what."""


class Question(NamedTuple):
    """May ``subject`` do ``action`` to ``resource`` in ``domain``?"""

    subject: str
    domain: str
    resource: str
    action: str
