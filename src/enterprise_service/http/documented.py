"""Views with their documentation, as tables: flask-smorest makes routes and the OpenAPI document of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from itertools import groupby
from typing import Any, Final

from flask import Response
from flask_smorest.blueprint import Blueprint
from marshmallow import Schema, fields

from enterprise_service.http.edge.problems import PROBLEM_JSON, PROBLEMS
from enterprise_service.http.parameters import Parameter

JSON: Final = "application/json"


class FaultSchema(Schema):
    """One thing wrong with the request."""

    pointer = fields.String(
        required=True,
        metadata={"description": "A JSON pointer into the body; `/name` of a parameter.", "example": "/sub"},
    )
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
    may = fields.List(
        fields.String(),
        metadata={"description": "Of `escalation`: subjects in your sight who may make this call, at most 10."},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a request or an answer holds: its schema, and examples by what they show."""

    schema: type[Schema] | Mapping[str, Any]
    examples: Mapping[str, Any]
    media_types: tuple[str, ...] = (JSON,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An answer that is no problem: its status, what it holds, if anything, and headers of its own."""

    status: int
    description: str
    body: Body | None = None
    headers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestHeader:
    """A header that a request may have."""

    name: str
    description: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path with one method.

    ``view`` answers; its docstring is the description. ``problems`` are the codes that it may answer with: where
    ``unauthenticated`` is one of them, a credential is needed. ``places`` describes the variable parts of the rule.
    """

    rule: str
    method: str
    summary: str
    view: Callable[..., Response]
    outcomes: tuple[Outcome, ...]
    request: Body | None = None
    parameters: tuple[Parameter, ...] = ()
    headers: tuple[RequestHeader, ...] = ()
    places: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()


def blueprint_of(name: str, description: str, paths: tuple[Path, ...]) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views of ``paths``, documented."""
    blueprint = Blueprint(name, name, description=description)  # type: ignore[no-untyped-call]  # it has no types
    for path in paths:
        _add(blueprint, path)
    return blueprint


def _add(blueprint: Any, path: Path) -> None:  # noqa: ANN401 (flask-smorest has no types)
    described = cleandoc(path.view.__doc__ or "")
    answers = {outcome.status: _outcome(outcome) for outcome in path.outcomes} | _problems(path.problems)
    view = blueprint.doc(summary=path.summary, description=described, responses=answers, **_request(path))(path.view)
    blueprint.route(path.rule, methods=[path.method], parameters=list(path.places))(view)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"description": outcome.description}
    if outcome.headers is not None:
        found["headers"] = dict(outcome.headers)
    if outcome.body is not None:
        found["content"] = _content(outcome.body)
    return found


def _problems(codes: tuple[str, ...]) -> dict[int, Any]:
    """``codes`` by the status that they are answered with."""
    ordered = sorted(codes, key=lambda code: PROBLEMS[code].status)
    groups = groupby(ordered, key=lambda code: PROBLEMS[code].status)
    return {status: _problem(list(same)) for status, same in groups}


def _problem(codes: list[str]) -> dict[str, Any]:
    """The answer with one of ``codes``, which have one status; programs find them as ``x-problem-codes``."""
    return {
        "description": "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes),
        "content": {PROBLEM_JSON: {"schema": ProblemSchema}},
        "x-problem-codes": codes,
    }


def _content(body: Body) -> dict[str, Any]:
    examples = {summary: {"summary": summary, "value": value} for summary, value in body.examples.items()}
    told = {"examples": examples} if examples else {}
    return {media_type: {"schema": body.schema, **told} for media_type in body.media_types}


def _request(path: Path) -> dict[str, Any]:
    """What of the OpenAPI operation is about the request."""
    found: dict[str, Any] = {}
    parameters = [*map(_query_parameter, path.parameters), *map(_header_parameter, path.headers)]
    if parameters:
        found["parameters"] = parameters
    if path.request is not None:
        found["requestBody"] = {"required": True, "content": _content(path.request)}
    if "unauthenticated" in path.problems:
        found["security"] = [{"bearer": []}]
    return found


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if parameter.default is not None:
        schema["default"] = parameter.default
    described = {"in": "query", "name": parameter.name, "description": parameter.description, "schema": schema}
    return {**described, "required": True} if parameter.required else described


def _header_parameter(header: RequestHeader) -> dict[str, Any]:
    return {"in": "header", "name": header.name, "description": header.description, "schema": dict(header.schema)}
