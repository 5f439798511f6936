"""``/authorize`` and ``/authorize/batch`` for Flask.

The protocol answers most questions before Flask sees them; these views serve what takes time, and everything under a
server that isn't ours. Both ask the same gate.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from flask import Response, g

from enterprise_service.http.decisions import schemas
from enterprise_service.http.documented import Body, Outcome, Path, blueprint_of
from enterprise_service.http.edge.answers import Answer
from enterprise_service.http.edge.gate import Gate
from enterprise_service.http.exchange import response_of
from enterprise_service.http.operations.metrics import Metrics

CODES: Final = (
    "invalid_json",
    "invalid_request",
    "unauthenticated",
    "forbidden",
    "revision_not_reached",
    "length_required",
    "too_large",
    "unsupported_media_type",
    "store_unavailable",
    "policy_unavailable",
)
"""Everything that goes wrong with a question."""

HEADERS: Final = {
    "X-Policy-Revision": {"schema": {"type": "integer"}, "description": "The revision that was decided at."},
    "X-Policy-Staleness-Ms": {
        "schema": {"type": "integer"},
        "description": "For how long at most that may not have been the newest.",
    },
}

Way: TypeAlias = Callable[..., Answer]


def decision_routes(gate: Gate, metrics: Metrics) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The two views, as a blueprint."""

    def authorize() -> Response:
        """A deny is 200 with `"allowed": false`; nothing but an answer that says `"allowed": true` allows."""
        return _ask(gate.authorize)

    def authorize_batch() -> Response:
        """The answers come in the order of the questions. One bad question fails the whole request, with its place."""
        return _ask(gate.authorize_batch)

    def count(response: Response) -> Response:
        allowed, denied = g.get("decided", (0, 0))
        metrics.count(allowed=allowed, denied=denied, failed=int(response.status_code != HTTPStatus.OK))
        return response

    paths = (
        Path(
            rule="/authorize",
            method="POST",
            summary="Decide one question",
            view=authorize,
            request=Body(schema=schemas.QuestionSchema, examples=schemas.QUESTIONS),
            outcomes=(_outcome(Body(schema=schemas.DecisionSchema, examples=schemas.ANSWERS)),),
            problems=CODES,
        ),
        Path(
            rule="/authorize/batch",
            method="POST",
            summary="Decide many questions at one revision",
            view=authorize_batch,
            request=Body(schema=schemas.BatchSchema, examples=schemas.BATCHES),
            outcomes=(_outcome(Body(schema=schemas.BatchDecisionSchema, examples=schemas.BATCH_ANSWERS)),),
            problems=CODES,
        ),
    )
    blueprint = blueprint_of("decisions", "May this subject do this, here, now?", paths)
    blueprint.after_request(count)
    return blueprint


def _outcome(body: Body) -> Outcome:
    return Outcome(status=HTTPStatus.OK, description="Decided: allowed or denied.", body=body, headers=HEADERS)


def _ask(way: Way) -> Response:
    answer = way(g.head, g.body, may_wait=True)
    g.decided = (answer.allowed, answer.denied)
    return response_of(answer)
