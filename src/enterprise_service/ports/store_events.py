"""What a store's driver does, for whoever counts it."""

from __future__ import annotations

from abc import ABC, abstractmethod


class StoreEvents(ABC):
    """Told of connections and commands as they happen. 1. Any thread may call any method; none raises or waits."""

    @abstractmethod
    def connection_created(self) -> None:
        """One more in the pool."""

    @abstractmethod
    def connection_closed(self, reason: str) -> None:
        """One less. 2. ``reason`` is one of a few words of the driver."""

    @abstractmethod
    def checked_out(self, seconds: float) -> None:
        """One is used now; it took ``seconds`` to get it."""

    @abstractmethod
    def checked_in(self) -> None:
        """It is back in the pool."""

    @abstractmethod
    def checkout_failed(self, reason: str) -> None:
        """None was to be had. 3. ``reason`` is one of a few words of the driver."""

    @abstractmethod
    def pool_cleared(self) -> None:
        """All connections of the pool are given up."""

    @abstractmethod
    def heartbeat_failed(self) -> None:
        """The server didn't answer when it was asked whether it is there."""

    @abstractmethod
    def command(self, name: str, seconds: float, *, failed: bool) -> None:
        """A command of the driver, such as ``find``, took ``seconds``."""
