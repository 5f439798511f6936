"""Queries: bodies and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from marshmallow import Schema, fields

from enterprise_policy.state.role import Effect
from enterprise_policy.values.names import (
    ACTION_LIMIT,
    RESOURCE_LIMIT,
    SUBJECT_LIMIT,
    action_fault,
    resource_fault,
    subject_fault,
)
from enterprise_service.http.decisions.schemas import QUESTION, RoleNameSchema
from enterprise_service.http.edge.asked import REVISION_LIMIT
from enterprise_service.http.edge.paging import CURSOR_MOST, LIMIT_MOST
from enterprise_service.http.strict_fields import Choice, Id, Moment, Text, Whole, text_limits
from enterprise_service.http.strict_schema import Strict


def _subject() -> Text:
    return Text(subject_fault, "Who would ask.", text_limits(SUBJECT_LIMIT), required=True)


def _domain() -> Id:
    return Id("Where: an organization, a clinic or `platform`.", required=True)


def _resource() -> Text:
    return Text(resource_fault, "About what.", text_limits(RESOURCE_LIMIT), required=True)


def _action() -> Text:
    return Text(action_fault, "To do what.", text_limits(ACTION_LIMIT), required=True)


class QuerySchema(Strict):
    """What every query has."""

    at_least = Whole(0, REVISION_LIMIT, "Answer at this revision or a later one.", load_default=0)
    limit = Whole(1, LIMIT_MOST, "How many items a page has at most. Default 50.")
    cursor = Text(
        lambda _: None, "The `next_cursor` of the page before; the rest must be the same.", text_limits(CURSOR_MOST)
    )


class PermittedActionsQuerySchema(QuerySchema):
    """What may this subject do to this resource in this domain?"""

    sub = _subject()
    dom = _domain()
    obj = _resource()


class PermissionsQuerySchema(QuerySchema):
    """Which permissions has this subject in this domain, and how does it come to them?"""

    sub = _subject()
    dom = _domain()


class SubjectsQuerySchema(QuerySchema):
    """Who may do this action to this resource in this domain?"""

    dom = _domain()
    obj = _resource()
    act = _action()


class DomainsQuerySchema(QuerySchema):
    """Where may this subject do this action to this resource?"""

    sub = _subject()
    obj = _resource()
    act = _action()


class PermittedActionSchema(Strict):
    """An action that is allowed."""

    action = fields.String(
        required=True, metadata={"description": "One that the catalogue or a permission names; `*` when all are."}
    )


class HeldPermissionSchema(Strict):
    """A permission in force."""

    effect = Choice(Effect, "A deny beats every allow.", required=True)
    resource = fields.String(required=True, metadata={"description": "A resource pattern."})
    action = fields.String(required=True, metadata={"description": "An action; `*` is every one."})
    role = fields.Nested(RoleNameSchema, required=True, metadata={"description": "The role that has it."})
    permission_domain = fields.String(required=True, metadata={"description": "Where it was added to that role."})
    assigned_in = fields.String(required=True, metadata={"description": "The domain of the assignment."})
    assignment = fields.String(required=True, metadata={"description": "The assignment."})
    via = fields.List(
        fields.Nested(RoleNameSchema), required=True, metadata={"description": "From the assigned role to `role`."}
    )
    starts_at = Moment("When the assignment began to hold.", required=True, allow_none=True)
    ends_at = Moment("When it will cease to.", required=True, allow_none=True)


class AllowedSubjectSchema(Strict):
    """One who is allowed."""

    subject = fields.String(required=True, metadata={"description": "A subject."})


class AllowedDomainSchema(Strict):
    """Where it is allowed."""

    domain = fields.String(required=True, metadata={"description": "A domain that you may ask about."})


def answer_schema(item: type[Schema]) -> type[Schema]:
    """The schema of pages of ``item``."""
    name = item.__name__.removesuffix("Schema") + "Answer"
    cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "Where the next page begins; `null` at the end."}
    )
    revision = fields.Integer(
        required=True, metadata={"description": "The policy's revision: the same for all pages of an answer."}
    )
    items = fields.List(fields.Nested(item), required=True)
    found = Strict.from_dict({"items": items, "next_cursor": cursor, "revision": revision}, name=name)
    found.__doc__ = "A part of an answer, which is complete at one revision and one moment."
    return found


PermittedActionsSchema: Final = answer_schema(PermittedActionSchema)
PermissionsSchema: Final = answer_schema(HeldPermissionSchema)
SubjectsSchema: Final = answer_schema(AllowedSubjectSchema)
DomainsSchema: Final = answer_schema(AllowedDomainSchema)

_ROLE: Final = {"domain": "bright-harbor", "id": "dentist"}
HELD: Final = {
    "effect": "allow",
    "resource": "/patients/:id/chart",
    "action": "read",
    "role": _ROLE,
    "permission_domain": "bright-harbor",
    "assigned_in": "clinic-7",
    "assignment": "0f7c9f0c2d6a4a3d8f3f5b1f2f0c7a11",
    "via": [_ROLE],
    "starts_at": None,
    "ends_at": "2026-12-31T23:00:00Z",
}


def asked(*names: str) -> dict[str, object]:
    """An example of a query with these fields of a question."""
    return {"A query": {name: QUESTION[name] for name in names}}


def answered(item: Mapping[str, object]) -> dict[str, object]:
    """An example of an answer."""
    return {"The only page": {"items": [item], "next_cursor": None, "revision": 1234}}
