"""Views with their documentation, as tables: flask-smorest makes routes and the OpenAPI document of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from flask import Response
from flask_smorest.blueprint import Blueprint
from marshmallow import Schema, fields

from enterprise_service.http.edge.problems import PROBLEM_JSON, PROBLEMS

JSON: Final = "application/json"


class FaultSchema(Schema):
    """One thing wrong with the request."""

    pointer = fields.String(required=True, metadata={"description": "A JSON pointer into the body.", "example": "/sub"})
    detail = fields.String(required=True, metadata={"description": "What is wrong there.", "example": "is missing"})


class ProblemSchema(Schema):
    """An error, by RFC 9457."""

    type = fields.String(required=True, metadata={"description": "Where the code is described."})
    title = fields.String(required=True, metadata={"description": "What the code means."})
    status = fields.Integer(required=True, metadata={"description": "The HTTP status."})
    detail = fields.String(required=True, metadata={"description": "What happened this time."})
    code = fields.String(required=True, metadata={"description": "Stable, for programs."})
    request_id = fields.String(required=True, metadata={"description": "As in `X-Request-ID`; the log has it too."})
    errors = fields.List(fields.Nested(FaultSchema), metadata={"description": "Where the request is wrong."})


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request or an answer holds: its schema, and examples by what they show."""

    schema: type[Schema] | Mapping[str, Any]
    examples: Mapping[str, Any]
    media_type: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer that is no problem: its status, what it holds, and headers of its own."""

    status: int
    description: str
    body: Body
    headers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path with one method.

    ``view`` answers; its docstring is the description. ``problems`` are the codes that it may answer with. Where there
    is a ``request``, a credential is needed.
    """

    rule: str
    method: str
    summary: str
    view: Callable[[], Response]
    outcomes: tuple[Outcome, ...]
    request: Body | None = None
    problems: tuple[str, ...] = ()


def blueprint_of(name: str, description: str, paths: tuple[Path, ...]) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views of ``paths``, documented."""
    blueprint = Blueprint(name, name, description=description)  # type: ignore[no-untyped-call]  # it has no types
    for path in paths:
        _add(blueprint, path)
    return blueprint


def _add(blueprint: Any, path: Path) -> None:  # noqa: ANN401 (flask-smorest has no types)
    view = path.view
    for outcome in path.outcomes:
        view = blueprint.alt_response(
            outcome.status,
            schema=outcome.body.schema,
            description=outcome.description,
            examples=_examples(outcome.body),
            headers=outcome.headers,
            content_type=outcome.body.media_type,
        )(view)
    for status, described in _by_status(path.problems):
        view = blueprint.alt_response(status, schema=ProblemSchema, content_type=PROBLEM_JSON, description=described)(
            view
        )
    view = blueprint.doc(summary=path.summary, description=path.view.__doc__, **_request(path.request))(view)
    blueprint.route(path.rule, methods=[path.method])(view)


def _by_status(codes: tuple[str, ...]) -> list[tuple[int, str]]:
    """Each status of ``codes``, with what its codes mean."""
    ordered = sorted(codes, key=lambda code: PROBLEMS[code].status)
    groups = groupby(ordered, key=lambda code: PROBLEMS[code].status)
    return [(status, "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in same)) for status, same in groups]


def _examples(body: Body) -> dict[str, Any]:
    return {summary: {"summary": summary, "value": value} for summary, value in body.examples.items()}


def _request(body: Body | None) -> dict[str, Any]:
    if body is None:
        return {}
    content = {body.media_type: {"schema": body.schema, "examples": _examples(body)}}
    return {"requestBody": {"required": True, "content": content}, "security": [{"bearer": []}]}
