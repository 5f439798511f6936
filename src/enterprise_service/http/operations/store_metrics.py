"""What the driver of the store does, as metrics. The names follow MongoDB's specification of connection pools."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from enterprise_service.http.edge.tally import BUCKETS
from enterprise_service.ports.store_events import StoreEvents

_PREFIX: Final = "enterprise_service_db_"


class StoreMetrics(StoreEvents):
    """Counts from when it is made; ``register`` shows it."""

    def __init__(self) -> None:
        self._active = _gauge("connections_active", "Connections to the store that are in use.")
        self._idle = _gauge("connections_idle", "Connections to the store that wait to be used.")
        self._created = _counter("connections_created", "Connections to the store that were made.")
        self._closed = _counter("connections_closed", "Connections to the store that were closed.", "reason")
        self._failed = _counter("connections_checkout_failed", "Times that no connection was to be had.", "reason")
        self._waited = Histogram(
            f"{_PREFIX}connections_checkout_duration_seconds",
            "How long it took to get a connection.",
            buckets=BUCKETS,
            registry=None,
        )
        self._cleared = _counter("pool_cleared", "Times that all connections were given up.")
        self._heartbeats = _counter("heartbeat_failed", "Times that the store didn't say that it is there.")
        self._commands = Histogram(
            f"{_PREFIX}command_duration_seconds",
            "How long commands of the store took.",
            ("command", "outcome"),
            buckets=BUCKETS,
            registry=None,
        )

    def register(self, registry: CollectorRegistry) -> None:
        """Have ``registry`` show what is counted."""
        counters = (self._created, self._closed, self._failed, self._cleared, self._heartbeats)
        for family in (self._active, self._idle, *counters, self._waited, self._commands):
            registry.register(family)

    def connection_created(self) -> None:
        """See the port."""
        self._created.inc()
        self._idle.inc()

    def connection_closed(self, reason: str) -> None:
        """See the port. A connection is in the pool when it is closed."""
        self._closed.labels(reason).inc()
        self._idle.dec()

    def checked_out(self, seconds: float) -> None:
        """See the port."""
        self._waited.observe(seconds)
        self._active.inc()
        self._idle.dec()

    def checked_in(self) -> None:
        """See the port."""
        self._active.dec()
        self._idle.inc()

    def checkout_failed(self, reason: str) -> None:
        """See the port."""
        self._failed.labels(reason).inc()

    def pool_cleared(self) -> None:
        """See the port."""
        self._cleared.inc()

    def heartbeat_failed(self) -> None:
        """See the port."""
        self._heartbeats.inc()

    def command(self, name: str, seconds: float, *, failed: bool) -> None:
        """See the port."""
        self._commands.labels(name, "failed" if failed else "succeeded").observe(seconds)


def _gauge(name: str, meaning: str) -> Gauge:
    """All living processes together."""
    return Gauge(f"{_PREFIX}{name}", meaning, registry=None, multiprocess_mode="livesum")


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"{_PREFIX}{name}", meaning, labels, registry=None)
