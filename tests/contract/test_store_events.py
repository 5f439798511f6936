"""The promises of ``StoreEvents``, on the metrics."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from enterprise_service.http.operations.store_metrics import StoreMetrics
from tests.support.threads import at_once

PREFIX = "enterprise_service_db_"


@pytest.fixture
def metrics() -> StoreMetrics:
    return StoreMetrics()


def value(metrics: StoreMetrics, name: str, **labels: str) -> float | None:
    registry = CollectorRegistry()
    metrics.register(registry)
    return registry.get_sample_value(f"{PREFIX}{name}", labels)


def test_connections_are_counted_from_many_threads(metrics: StoreMetrics) -> None:
    """StoreEvents 1: none is lost, and what is in use and what waits add up to what is there."""

    def use(_number: int) -> None:
        metrics.connection_created()
        for _ in range(100):
            metrics.checked_out(0.001)
            metrics.checked_in()
        metrics.checked_out(0.001)

    at_once(8, use)
    assert (value(metrics, "connections_active"), value(metrics, "connections_idle")) == (8, 0)
    assert value(metrics, "connections_created_total") == 8
    assert value(metrics, "connections_checkout_duration_seconds_count") == 808


def test_reasons_are_labels(metrics: StoreMetrics) -> None:
    """StoreEvents 2, 3: each reason is counted by itself."""
    metrics.connection_created()
    metrics.connection_closed("idle")
    metrics.checkout_failed("timeout")
    assert value(metrics, "connections_closed_total", reason="idle") == 1
    assert value(metrics, "connections_checkout_failed_total", reason="timeout") == 1
    assert value(metrics, "connections_idle") == 0


def test_what_never_happened_is_there_as_nought(metrics: StoreMetrics) -> None:
    for name in ("connections_active", "connections_idle", "connections_created_total", "pool_cleared_total"):
        assert value(metrics, name) == 0
    assert value(metrics, "heartbeat_failed_total") == 0


def test_commands_are_timed_by_name_and_outcome(metrics: StoreMetrics) -> None:
    metrics.command("find", 0.002, failed=False)
    metrics.command("find", 0.004, failed=True)
    metrics.pool_cleared()
    metrics.heartbeat_failed()
    assert value(metrics, "command_duration_seconds_sum", command="find", outcome="failed") == 0.004
    assert value(metrics, "command_duration_seconds_count", command="find", outcome="succeeded") == 1
    assert (value(metrics, "pool_cleared_total"), value(metrics, "heartbeat_failed_total")) == (1, 1)
