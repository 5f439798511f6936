"""Metrics: what this process counts, and, where processes share a folder for it, what all of them have counted.

Questions are counted in plain numbers (``edge/tally.py``); a thread carries the differences over once a second, so that
a scrape that reaches another process sees them too. No subject, domain or path of a caller's making is a label.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_flask_exporter import PrometheusMetrics

from enterprise_service.http.edge.tally import Durations, Tally
from enterprise_service.http.operations.families import Families
from enterprise_service.http.operations.store_metrics import StoreMetrics
from enterprise_service.http.service import Service

CARRY_SECONDS: Final = 1.0


class Counted(NamedTuple):
    """What a request is counted under: its method, the rule that matched it, the status of its answer."""

    method: str
    route: str
    status: str


class Metrics:
    """The metrics of one process. Any thread may call it."""

    def __init__(self, service: Service, tallies: Sequence[Tally]) -> None:
        """Gauges are right at once; what is counted is carried over by a scrape and, from ``start`` on, by itself."""
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types
        self._follower = service.follower
        self._tallies = [_Carried(tally) for tally in tallies]
        registry = CollectorRegistry()
        self._families = Families(registry, service.version)
        self._hints = service.hints
        self._divergences = 0
        (service.store_metrics or StoreMetrics()).register(registry)
        self._exporter: Any = PrometheusMetrics(  # type: ignore[no-untyped-call]  # it has no types
            None, path=None, export_defaults=False, registry=registry
        )
        self._carrying = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self.carry()

    def observe(self, request: Counted, seconds: float) -> None:
        """Count one request that Flask served."""
        self._families.durations.labels(*request).observe(seconds)
        self._families.requests.labels(*request).inc()

    def count(self, *, allowed: int, denied: int, failed: int) -> None:
        """Count decisions that were made for Flask, and questions that got none."""
        self._families.count(allowed=allowed, denied=denied, failed=failed)

    def render(self, accept: str | None) -> tuple[str, str]:
        """All metrics as text, and its media type, as ``accept`` wants it."""
        self.carry()
        text, media_type = self._exporter.generate_metrics(accept)
        return text, media_type

    def carry(self) -> None:
        """Bring everything up to date."""
        with self._carrying:
            for carried in self._tallies:
                carried.carry(self._families)
            snapshot = self._follower.current
            self._families.revision.set(snapshot.revision if snapshot else 0)
            self._families.staleness.set(self._follower.staleness())
            self._families.store_up.set(self._follower.fault is None)
            self._carry_divergences()
            self._carry_hints()

    def _carry_divergences(self) -> None:
        before, self._divergences = self._divergences, self._follower.divergences
        self._families.divergences.inc(self._divergences - before)

    def _carry_hints(self) -> None:
        if self._hints is None:
            return
        health = self._hints.health()
        self._families.hints_up.set(health.trouble is None)
        if health.lag_seconds is not None:
            self._families.hint_lag.set(health.lag_seconds)

    def start(self) -> None:
        """Carry over from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and carry over what is left."""
        self._stopping.set()
        self._thread.join()
        self.carry()

    def _run(self) -> None:
        while not self._stopping.wait(CARRY_SECONDS):
            self.carry()


class _Carried:
    """A tally, and how much of it has been carried over."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._outcomes = (0, 0, 0)
        self._by_status: dict[int, Durations] = {}

    def carry(self, families: Families) -> None:
        tally = self._tally
        before, self._outcomes = self._outcomes, (tally.allowed, tally.denied, tally.failed)
        allowed, denied, failed = (new - old for new, old in zip(self._outcomes, before, strict=True))
        families.count(allowed=allowed, denied=denied, failed=failed)
        for status, durations in list(tally.by_status.items()):
            more = self._more(status, durations)
            families.add(Counted("POST", tally.route, str(status)), more)

    def _more(self, status: int, durations: Durations) -> Durations:
        """What has been added under ``status`` since the last time."""
        before = self._by_status.get(status) or Durations()
        now = Durations(list(durations.counts), durations.total)
        self._by_status[status] = now
        counts = [new - old for new, old in zip(now.counts, before.counts, strict=True)]
        return Durations(counts, now.total - before.total)
