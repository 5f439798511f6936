"""Whether the process lives, and whether it should be sent requests."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from enterprise_service.http.service import Service

LOOK_SECONDS: Final = 1.0
"""When the policy was confirmed longer ago, a probe has the store looked at, so that the next one knows."""

NAMES: Final = {"sqlite": "SQLite", "mongodb": "MongoDB"}
"""Stores as people call them."""


class Probe(NamedTuple):
    """What a probe found: whether all is well, and the answer's fields."""

    well: bool
    fields: dict[str, Any]


def liveness(service: Service) -> Probe:
    """Whether the thread that keeps the policy current runs. Asks nobody."""
    well = service.follower.alive
    return Probe(well, {"status": "ok" if well else "failing"})


def readiness(service: Service) -> Probe:
    """Whether there is a fresh policy and, where it may be changed, a store that is read and trusted."""
    follower = service.follower
    if follower.staleness() > LOOK_SECONDS:
        follower.hint(None)
    staleness, snapshot, fault = follower.staleness(), follower.current, follower.fault
    fresh = snapshot is not None and staleness <= service.max_staleness
    well = fresh and (fault is None or not service.manages)
    fields = {
        "status": "ready" if well else "not_ready",
        "revision": None if snapshot is None else snapshot.revision,
        "staleness_seconds": None if math.isinf(staleness) else round(staleness, 3),
        "dependencies": {service.store: _store(service.store, fault, critical=service.manages), **_hints(service)},
    }
    return Probe(well, fields)


def _hints(service: Service) -> dict[str, Any]:
    """Without hints changes arrive by polling: a little later, and nothing is wrong."""
    if service.hints is None:
        return {}
    trouble = service.hints.health().trouble
    if trouble is None:
        return {"redis": {"status": "connected", "critical": False}}
    return {"redis": {"status": "degraded", "critical": False, "message": f"Redis is degraded: {trouble}"}}


def _store(name: str, fault: str | None, *, critical: bool) -> dict[str, Any]:
    if fault is None:
        return {"status": "connected", "critical": critical}
    message = f"{NAMES.get(name, name)} is disconnected: {fault}"
    return {"status": "disconnected", "critical": critical, "message": message}
