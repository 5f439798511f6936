"""How calls of the HTTP contract get to the service that answers them, wherever that is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. ``target`` is the path with its query, percent-encoded.

    ``headers`` tell neither length nor credential. ``repeatable``: sending it again does no more than sending it once.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. The names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoReplyError(Exception):
    """There was no whole answer. ``served`` tells whether the call may have been served all the same."""

    def __init__(self, detail: str, *, served: bool) -> None:
        """``detail`` is why, for people."""
        super().__init__(detail)
        self.served = served


class Transport(ABC):
    """A way to a service.

    1. ``send`` gives the service's answer to the call, whatever its status, and follows no redirect.
    2. It shows the credential that belongs to the way, and sends each call at most once.
    3. It raises ``NoReplyError`` when no whole answer came; what came of one is never given.
    """

    @property
    @abstractmethod
    def place(self) -> str:
        """What is at its end, as messages call it."""

    @abstractmethod
    def send(self, call: Call) -> Reply:
        """See promises 1 to 3."""
