"""The metrics that there are: name, meaning, labels."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from enterprise_service.http.edge.tally import BUCKETS, Durations

PREFIX: Final = "enterprise_service_"
LABELS: Final = ("method", "route", "status")
OUTCOMES: Final = ("allow", "deny", "error")


class Families:
    """Each family of metrics, in one registry. Of gauges the worst living process tells."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        self.durations = Histogram(
            f"{PREFIX}http_request_duration_seconds",
            "How long requests took to answer.",
            LABELS,
            buckets=BUCKETS,
            registry=registry,
        )
        self.requests = Counter(f"{PREFIX}http_requests", "Requests that were answered.", LABELS, registry=registry)
        self.decisions = Counter(
            f"{PREFIX}decisions",
            "Checks that were allowed or denied, and questions that got no decision.",
            ("outcome",),
            registry=registry,
        )
        self.revision = self._gauge(registry, "policy_revision", "The revision that is decided at.", "livemin")
        self.staleness = self._gauge(
            registry, "policy_staleness_seconds", "Seconds since the policy was last known to be the newest.", "livemax"
        )
        self.store_up = self._gauge(registry, "store_up", "Whether the policy store is read and trusted.", "livemin")
        self.divergences = Counter(
            f"{PREFIX}policy_divergences",
            "Times that the policy in use was not what the log says, and was made anew.",
            registry=registry,
        )
        self.hints_up = self._gauge(
            registry, "hints_up", "Whether hints of new revisions arrive; 1 also where there are none.", "livemin"
        )
        self.hints_up.set(1)
        self.hint_lag = self._gauge(registry, "hint_lag_seconds", "How long the last hint was on its way.", "livemax")
        build = Gauge(
            f"{PREFIX}build_info",
            "The program that runs.",
            ("version", "python"),
            registry=registry,
            multiprocess_mode="livemax",
        )
        build.labels(version, platform.python_version()).set(1)
        for outcome in OUTCOMES:  # there from the start, so that a rate sees the first one
            self.decisions.labels(outcome)

    @staticmethod
    def _gauge(registry: CollectorRegistry, name: str, meaning: str, mode: Literal["livemin", "livemax"]) -> Gauge:
        return Gauge(f"{PREFIX}{name}", meaning, registry=registry, multiprocess_mode=mode)

    def count(self, *, allowed: int, denied: int, failed: int) -> None:
        """Add to the decisions."""
        for outcome, more in zip(OUTCOMES, (allowed, denied, failed), strict=True):
            self.decisions.labels(outcome).inc(more)

    def add(self, labels: Sequence[str], more: Durations) -> None:
        """Add many requests at once.

        ``prometheus_client`` has no public way to do that, and an ``observe`` for each would cost as much as answering.
        """
        child = self.durations.labels(*labels)
        child._sum.inc(more.total)  # noqa: SLF001 (see above)
        for bucket, count in zip(child._buckets, more.counts, strict=True):  # noqa: SLF001 (see above)
            bucket.inc(count)
        self.requests.labels(*labels).inc(sum(more.counts))
