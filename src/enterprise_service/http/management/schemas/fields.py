"""What several records have in common, as fields of bodies and answers."""

# ruff: noqa: ANN401 - what marshmallow's fields take, handed through

from __future__ import annotations

from functools import partial
from typing import Any

from marshmallow import fields

from enterprise_policy.state.checks import DESCRIPTION_LIMIT, NAME_LIMIT, REASON_LIMIT
from enterprise_policy.state.record import Status
from enterprise_policy.values.names import text_fault
from enterprise_service.http.decisions.schemas import RoleNameSchema
from enterprise_service.http.strict_fields import Choice, Moment, Text, text_limits


def name(description: str, **more: Any) -> Text:
    """A name for people."""
    return Text(partial(text_fault, limit=NAME_LIMIT), description, text_limits(NAME_LIMIT), **more)


def reason(description: str, **more: Any) -> Text:
    """Why something is done."""
    return Text(
        partial(text_fault, limit=REASON_LIMIT), description, text_limits(REASON_LIMIT), allow_none=True, **more
    )


def description(**more: Any) -> Text:
    """What something is for; an empty text is none."""
    return Text(_description_fault, "What it is for.", {"maxLength": DESCRIPTION_LIMIT}, allow_none=True, **more)


def _description_fault(text: str) -> str | None:
    return text_fault(text, DESCRIPTION_LIMIT) if text else None


def status(**more: Any) -> Choice:
    """Whether a domain is in service."""
    return Choice(Status, "A suspended domain denies every decision, in itself and below. Default `active`.", **more)


def revision() -> fields.Integer:
    """Of an answer: when the record changed last."""
    return fields.Integer(
        required=True, metadata={"description": "The revision of its last change; its `ETag` is made of it."}
    )


def created_at() -> Moment:
    """Of an answer."""
    return Moment("When it was made.", required=True)


def updated_at() -> Moment:
    """Of an answer."""
    return Moment("When it was changed last.", required=True)


def created_by() -> fields.String:
    """Of an answer."""
    return fields.String(
        required=True, metadata={"description": "Who made it: a subject, `key:<id>`, `bootstrap` or `system:...`."}
    )


def starts_at() -> Moment:
    """Of an answer."""
    return Moment("When it begins to hold.", required=True, allow_none=True)


def ends_at() -> Moment:
    """Of an answer."""
    return Moment("When it ceases to hold.", required=True, allow_none=True)


def role(description: str) -> fields.Nested:
    """Of an answer: a role with the domain that made it."""
    return fields.Nested(RoleNameSchema, required=True, metadata={"description": description})


def roles(description: str) -> fields.List[Any]:
    """Of an answer: such roles."""
    return fields.List(fields.Nested(RoleNameSchema), required=True, metadata={"description": description})
