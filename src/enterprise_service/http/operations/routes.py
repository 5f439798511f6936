"""``/health/liveness``, ``/health/readiness`` and ``/metrics``."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from flask import Response, jsonify, request

from enterprise_service.http.documented import Body, Outcome, Path, blueprint_of
from enterprise_service.http.operations.metrics import Metrics
from enterprise_service.http.operations.probes import Probe, liveness, readiness
from enterprise_service.http.operations.schemas import LivenessSchema, ReadinessSchema
from enterprise_service.http.service import Service

READY: Final = {
    "status": "ready",
    "revision": 1234,
    "staleness_seconds": 0.12,
    "dependencies": {"sqlite": {"status": "connected", "critical": True}},
}
AWAY: Final = {
    "status": "not_ready",
    "revision": 1234,
    "staleness_seconds": 12.5,
    "dependencies": {
        "sqlite": {"status": "disconnected", "critical": True, "message": "SQLite is disconnected: the disk is full"}
    },
}


def operation_routes(service: Service, metrics: Metrics) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def get_liveness() -> Response:
        """Touches nothing but the process itself."""
        return _answer(liveness(service))

    def get_readiness() -> Response:
        """503 without a policy that is fresh enough and, where policy is managed, while the store is away."""
        return _answer(readiness(service))

    def get_metrics() -> Response:
        """Names begin with `enterprise_service_`."""
        text, media_type = metrics.render(request.headers.get("Accept"))
        return Response(text, content_type=media_type)

    paths = (
        Path(
            rule="/health/liveness",
            method="GET",
            summary="Can the process serve?",
            view=get_liveness,
            outcomes=(
                Outcome(
                    status=HTTPStatus.OK,
                    description="It can.",
                    body=Body(schema=LivenessSchema, examples={"It can": {"status": "ok"}}),
                ),
                Outcome(
                    status=HTTPStatus.SERVICE_UNAVAILABLE,
                    description="It must be started again.",
                    body=Body(schema=LivenessSchema, examples={"It can't": {"status": "failing"}}),
                ),
            ),
        ),
        Path(
            rule="/health/readiness",
            method="GET",
            summary="Should the process be sent requests?",
            view=get_readiness,
            outcomes=(
                Outcome(
                    status=HTTPStatus.OK,
                    description="Yes.",
                    body=Body(schema=ReadinessSchema, examples={"All is well": READY}),
                ),
                Outcome(
                    status=HTTPStatus.SERVICE_UNAVAILABLE,
                    description="Not now.",
                    body=Body(schema=ReadinessSchema, examples={"The store is away": AWAY}),
                ),
            ),
        ),
        Path(
            rule="/metrics",
            method="GET",
            summary="Metrics for Prometheus",
            view=get_metrics,
            outcomes=(
                Outcome(
                    status=HTTPStatus.OK,
                    description="In Prometheus's text format.",
                    body=Body(schema={"type": "string"}, examples={}, media_types=("text/plain",)),
                ),
            ),
        ),
    )
    return blueprint_of("operations", "For whoever runs the service. No credential is needed.", paths)


def _answer(probe: Probe) -> Response:
    response = jsonify(probe.fields)
    response.status_code = HTTPStatus.OK if probe.well else HTTPStatus.SERVICE_UNAVAILABLE
    return response
