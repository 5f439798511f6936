"""What the driver tells of its connections and commands, passed on to whoever counts it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pymongo import monitoring

from enterprise_service.ports.store_events import StoreEvents

SLOW_SECONDS: Final = 0.1
"""A command that takes longer is told of in the log."""

_QUIET_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


def listeners(events: StoreEvents | None) -> Sequence[monitoring._EventListener]:
    """What a client is to be given: slow commands are logged in any case, the rest goes to ``events``."""
    if events is None:
        return (SlowCommands(),)
    return (SlowCommands(), PoolEvents(events), HeartbeatEvents(events), CommandEvents(events))


@contextmanager
def _quietly() -> Iterator[None]:
    """Counting must not disturb what is counted."""
    try:
        yield
    except Exception:  # noqa: BLE001 (whatever goes wrong here, the driver has to go on)
        _log.debug("an event of the driver was not counted", exc_info=True)


class SlowCommands(monitoring.CommandListener):
    """Logs commands that took long by their names alone, at most one line a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told_at = -_QUIET_SECONDS

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._judge(event.command_name, event.duration_micros / 1_000_000)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._judge(event.command_name, event.duration_micros / 1_000_000)

    def _judge(self, name: str, seconds: float) -> None:
        with _quietly():
            if seconds > SLOW_SECONDS and self._is_my_turn():
                _log.warning("slow command `%s` of the store took %.3f s; see the runbook: Slow queries", name, seconds)

    def _is_my_turn(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._told_at < _QUIET_SECONDS:
                return False
            self._told_at = now
            return True


class CommandEvents(monitoring.CommandListener):
    """Every command that has ended."""

    def __init__(self, events: StoreEvents) -> None:
        self._events = events

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        with _quietly():
            self._events.command(event.command_name, event.duration_micros / 1_000_000, failed=False)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        with _quietly():
            self._events.command(event.command_name, event.duration_micros / 1_000_000, failed=True)


class HeartbeatEvents(monitoring.ServerHeartbeatListener):
    """Servers that didn't answer when they were asked whether they are there."""

    def __init__(self, events: StoreEvents) -> None:
        self._events = events

    def started(self, event: monitoring.ServerHeartbeatStartedEvent) -> None:
        """Nothing is known yet."""

    def succeeded(self, event: monitoring.ServerHeartbeatSucceededEvent) -> None:
        """All is well."""

    def failed(self, _event: monitoring.ServerHeartbeatFailedEvent) -> None:
        with _quietly():
            self._events.heartbeat_failed()


class PoolEvents(monitoring.ConnectionPoolListener):
    """Connections: made, closed, taken, given back."""

    def __init__(self, events: StoreEvents) -> None:
        self._events = events

    def pool_created(self, event: monitoring.PoolCreatedEvent) -> None:
        """No connection is made yet."""

    def pool_ready(self, event: monitoring.PoolReadyEvent) -> None:
        """No connection is made yet."""

    def pool_cleared(self, _event: monitoring.PoolClearedEvent) -> None:
        with _quietly():
            self._events.pool_cleared()

    def pool_closed(self, event: monitoring.PoolClosedEvent) -> None:
        """Each of its connections is told of."""

    def connection_created(self, _event: monitoring.ConnectionCreatedEvent) -> None:
        with _quietly():
            self._events.connection_created()

    def connection_ready(self, event: monitoring.ConnectionReadyEvent) -> None:
        """It was told of when it was made."""

    def connection_closed(self, event: monitoring.ConnectionClosedEvent) -> None:
        with _quietly():
            self._events.connection_closed(event.reason)

    def connection_check_out_started(self, event: monitoring.ConnectionCheckOutStartedEvent) -> None:
        """Whether one is to be had shows later."""

    def connection_check_out_failed(self, event: monitoring.ConnectionCheckOutFailedEvent) -> None:
        with _quietly():
            self._events.checkout_failed(event.reason)

    def connection_checked_out(self, event: monitoring.ConnectionCheckedOutEvent) -> None:
        with _quietly():
            self._events.checked_out(event.duration or 0.0)

    def connection_checked_in(self, _event: monitoring.ConnectionCheckedInEvent) -> None:
        with _quietly():
            self._events.checked_in()
