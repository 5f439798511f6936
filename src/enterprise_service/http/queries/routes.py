"""``/queries/...``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Response, g, request
from marshmallow import Schema

from enterprise_policy.decide import queries
from enterprise_service.http.callers import caller_of
from enterprise_service.http.decisions.routes import CODES, HEADERS
from enterprise_service.http.documented import JSON, Body, Outcome, Path, blueprint_of
from enterprise_service.http.edge.framing import check_media_type, check_query
from enterprise_service.http.edge.json_body import parse
from enterprise_service.http.edge.paging import LIMIT_DEFAULT
from enterprise_service.http.queries import schemas
from enterprise_service.http.queries.pages import Find, Item, Moment, Pages, Query
from enterprise_service.http.service import Service
from enterprise_service.http.strict_schema import Strict, load

RULE: Final = "/api/v1/queries/"


def query_routes(service: Service, pages: Pages) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def ask(schema: type[Strict], find: Find) -> Response:
        caller = caller_of(service.credentials)
        check_media_type(g.head)
        check_query(g.head)
        fields = load(schema, parse(g.body))
        limit, cursor = fields.pop("limit", LIMIT_DEFAULT), fields.pop("cursor", None)
        query = Query(caller=caller, path=request.path, fields=fields, limit=limit, cursor=cursor)
        page = pages.page(query, find)
        told = {"X-Policy-Revision": str(page.revision), "X-Policy-Staleness-Ms": str(int(page.staleness_ms))}
        return Response(json.dumps(page.fields).encode("ascii"), headers=told, content_type=JSON)

    def query_actions() -> Response:
        """Each action that the catalogue or a permission names, and that is allowed; `*` alone when all are."""
        return ask(schemas.PermittedActionsQuerySchema, permitted_actions)

    def query_permissions() -> Response:
        """What is in force now, allows and denies, each with the way by which the subject comes to it."""
        return ask(schemas.PermissionsQuerySchema, permissions)

    def query_subjects() -> Response:
        """Each subject for whom the decision would be an allow."""
        return ask(schemas.SubjectsQuerySchema, subjects)

    def query_domains() -> Response:
        """Each domain in which the decision would be an allow, of those about which you may ask."""
        return ask(schemas.DomainsQuerySchema, domains)

    paths = (
        Path(
            rule=f"{RULE}permitted-actions",
            method="POST",
            summary="What may a subject do to a resource?",
            view=query_actions,
            request=_asked(schemas.PermittedActionsQuerySchema, "sub", "dom", "obj"),
            outcomes=(_answered(schemas.PermittedActionsSchema, {"action": "read"}),),
            problems=CODES,
        ),
        Path(
            rule=f"{RULE}permissions",
            method="POST",
            summary="Which permissions has a subject?",
            view=query_permissions,
            request=_asked(schemas.PermissionsQuerySchema, "sub", "dom"),
            outcomes=(_answered(schemas.PermissionsSchema, schemas.HELD),),
            problems=CODES,
        ),
        Path(
            rule=f"{RULE}subjects",
            method="POST",
            summary="Who may?",
            view=query_subjects,
            request=_asked(schemas.SubjectsQuerySchema, "dom", "obj", "act"),
            outcomes=(_answered(schemas.SubjectsSchema, {"subject": "dr.lee"}),),
            problems=CODES,
        ),
        Path(
            rule=f"{RULE}domains",
            method="POST",
            summary="Where may a subject?",
            view=query_domains,
            request=_asked(schemas.DomainsQuerySchema, "sub", "obj", "act"),
            outcomes=(_answered(schemas.DomainsSchema, {"domain": "clinic-7"}),),
            problems=tuple(code for code in CODES if code != "forbidden"),
        ),
    )
    return blueprint_of("queries", "What decisions would be, all at once: complete, at one revision.", paths)


def _asked(schema: type[Schema], *names: str) -> Body:
    return Body(schema=schema, examples=schemas.asked(*names))


def _answered(schema: type[Schema], item: Mapping[str, object]) -> Outcome:
    body = Body(schema=schema, examples=schemas.answered(item))
    return Outcome(status=HTTPStatus.OK, description="A page of the answer.", body=body, headers=HEADERS)


# --- whole answers ------------------------------------------------------------------------------------------


def permitted_actions(moment: Moment, asked: Mapping[str, Any]) -> Iterator[Item]:
    """The actions that are allowed."""
    found = queries.permitted_actions(moment.snapshot, asked["sub"], asked["dom"], asked["obj"], moment.at)
    return (Item((action,), {"action": action}) for action in found)


def permissions(moment: Moment, asked: Mapping[str, Any]) -> Iterator[Item]:
    """The permissions in force."""
    found = queries.permissions(moment.snapshot, asked["sub"], asked["dom"], moment.at)
    return (Item(held.order, held.to_fields()) for held in found)


def subjects(moment: Moment, asked: Mapping[str, Any]) -> Iterator[Item]:
    """The subjects who are allowed."""
    found = queries.subjects(moment.snapshot, asked["dom"], asked["obj"], asked["act"], moment.at)
    return (Item((subject,), {"subject": subject}) for subject in found)


def domains(moment: Moment, asked: Mapping[str, Any]) -> Iterator[Item]:
    """The domains where it is allowed."""
    snapshot, at, within = moment
    found = queries.domains(snapshot, asked["sub"], queries.Act(asked["obj"], asked["act"]), at, within)
    return (Item((domain,), {"domain": domain}, domain) for domain in found)
