"""Paths of the kinds that every record has, with what their documentation has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from flask import Response
from marshmallow import Schema, fields

from enterprise_service.http.documented import JSON, Body, Outcome, Path
from enterprise_service.http.management import codes, headers
from enterprise_service.http.management.parameters import CURSOR, DRY_RUN, LIMIT, STALE
from enterprise_service.http.management.schemas.changes import TRIED, DryRunSchema
from enterprise_service.http.parameters import Parameter
from enterprise_service.http.strict_schema import Strict

API: Final = "/api/v1"
MERGE_PATCH: Final = "application/merge-patch+json"

_PATCHES: Final = (MERGE_PATCH, JSON)
_WRITE_HEADERS: Final = (headers.IF_MATCH, headers.CHANGE_REASON)
_TRIED_EXAMPLES: Final = {"Of a dry run": TRIED}
_TRIED: Final = Outcome(
    status=HTTPStatus.OK,
    description="With `dry_run`: what would be done.",
    body=Body(schema=DryRunSchema, examples=_TRIED_EXAMPLES),
    headers=headers.REVISION,
)


class Route(NamedTuple):
    """Where a call is made, what it does in a few words, and what answers it."""

    rule: str
    summary: str
    view: Callable[..., Response]
    places: tuple[Mapping[str, Any], ...] = ()


class Shape(NamedTuple):
    """The schema of something, with an example."""

    schema: type[Schema]
    example: Mapping[str, Any]

    def body(self, shows: str) -> Body:
        """Itself as an answer, whose example ``shows`` something."""
        return Body(schema=self.schema, examples={shows: self.example})


@lru_cache
def page_schema(schema: type[Schema]) -> type[Schema]:
    """The schema of pages of ``schema``."""
    cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "Where the next page begins; `null` at the end."}
    )
    name = schema.__name__.removesuffix("Schema") + "Page"
    found = Strict.from_dict(
        {"items": fields.List(fields.Nested(schema), required=True), "next_cursor": cursor}, name=name
    )
    found.__doc__ = "A part of a list."
    return found


def listing(route: Route, item: Shape, filters: tuple[Parameter, ...] = (), problems: tuple[str, ...] = ()) -> Path:
    """``GET`` of a list."""
    example = {"items": [item.example], "next_cursor": None}
    return Path(
        rule=API + route.rule,
        method="GET",
        summary=route.summary,
        view=route.view,
        places=route.places,
        parameters=(*filters, LIMIT, CURSOR, STALE),
        outcomes=(
            Outcome(
                status=HTTPStatus.OK,
                description="A page.",
                body=Body(schema=page_schema(item.schema), examples={"The only page": example}),
                headers={**headers.REVISION, **headers.STALENESS},
            ),
        ),
        problems=(*codes.ANY, *problems),
    )


def reading(route: Route, shape: Shape, problems: tuple[str, ...] = codes.IN_PLACE) -> Path:
    """``GET`` of a record."""
    told = {**headers.REVISION, **headers.TAG, **headers.STALENESS}
    return Path(
        rule=API + route.rule,
        method="GET",
        summary=route.summary,
        view=route.view,
        places=route.places,
        parameters=(STALE,),
        headers=(headers.IF_NONE_MATCH,),
        outcomes=(
            Outcome(status=HTTPStatus.OK, description="The record.", body=shape.body("The record"), headers=told),
            Outcome(status=HTTPStatus.NOT_MODIFIED, description="It is as you know it.", headers=told),
        ),
        problems=(*codes.ANY, *problems),
    )


def creating(route: Route, new: Body, made: Body, problems: tuple[str, ...] = ()) -> Path:
    """``POST`` that makes something."""
    told = {**headers.REVISION, **headers.TAG, **headers.LOCATION, **headers.REPLAYED}
    return Path(
        rule=API + route.rule,
        method="POST",
        summary=route.summary,
        view=route.view,
        places=route.places,
        parameters=(DRY_RUN,),
        headers=(headers.IDEMPOTENCY_KEY, headers.CHANGE_REASON),
        request=new,
        outcomes=(Outcome(status=HTTPStatus.CREATED, description="Made.", body=made, headers=told), _TRIED),
        problems=(*codes.ANY, *codes.POST, *problems),
    )


def updating(route: Route, patch: Body, shape: Shape, problems: tuple[str, ...] = ()) -> Path:
    """``PATCH`` of a record."""
    either = {"oneOf": [shape.schema, DryRunSchema]}
    return Path(
        rule=API + route.rule,
        method="PATCH",
        summary=route.summary,
        view=route.view,
        places=route.places,
        parameters=(DRY_RUN,),
        headers=_WRITE_HEADERS,
        request=Body(schema=patch.schema, examples=patch.examples, media_types=_PATCHES),
        outcomes=(
            Outcome(
                status=HTTPStatus.OK,
                description="The record as it is now; with `dry_run`: what would be done.",
                body=Body(schema=either, examples={"The record": shape.example, **_TRIED_EXAMPLES}),
                headers={**headers.REVISION, **headers.TAG},
            ),
        ),
        problems=(*codes.ANY, *codes.PATCH, *problems),
    )


def deleting(route: Route, problems: tuple[str, ...] = (), parameters: tuple[Parameter, ...] = ()) -> Path:
    """``DELETE`` of a record."""
    told = {**headers.REVISION, **headers.TAG}
    return Path(
        rule=API + route.rule,
        method="DELETE",
        summary=route.summary,
        view=route.view,
        places=route.places,
        parameters=(*parameters, DRY_RUN),
        headers=_WRITE_HEADERS,
        outcomes=(Outcome(status=HTTPStatus.NO_CONTENT, description="Gone.", headers=told), _TRIED),
        problems=(*codes.ANY, *codes.DELETE, *problems),
    )
