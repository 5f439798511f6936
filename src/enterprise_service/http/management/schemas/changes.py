"""Changes and their edits: bodies and answers."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from marshmallow import fields, validate

from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind
from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Choice, Id, Inner, Items, Moment
from enterprise_service.http.strict_schema import Strict

EDITS_LIMIT: Final = 1000

EDITED_KINDS: Final = tuple(kind for kind in Kind if kind not in (Kind.CATALOGUE, Kind.MODEL))
"""The kinds of records that aren't changed in git only."""

_RECORD: Final[dict[str, Any]] = {"type": ["object", "null"]}
_KIND: Final = "What kind of record it is."
_DOMAIN: Final = "The domain that the record is made in; of an organization or clinic its parent."


class EditSchema(Strict):
    """One record created, updated or deleted."""

    op = Choice(Op, "What was done.", required=True)
    kind = Choice(Kind, _KIND, required=True)
    domain = Id(_DOMAIN, required=True)
    id = fields.String(required=True, metadata={"description": "The record's id."})
    before = fields.Raw(required=True, metadata={"description": "The whole record before.", **_RECORD})
    after = fields.Raw(required=True, metadata={"description": "The whole record after.", **_RECORD})


class ChangeSchema(Strict):
    """Who changed what, when and why: an atomic list of edits, which made one revision."""

    revision = fields.Integer(required=True, metadata={"description": "The revision that it made."})
    at = Moment("When.", required=True)
    actor = fields.String(
        required=True, metadata={"description": "Who: a subject, `key:<id>`, `bootstrap` or `system:...`."}
    )
    credential = fields.String(required=True, metadata={"description": "What the author was recognised by."})
    request_id = fields.String(required=True, metadata={"description": "The `X-Request-ID` of the call."})
    reason = common.reason("Why.", required=True)
    edits = fields.List(
        fields.Nested(EditSchema), required=True, metadata={"description": "In order; those that are in sight."}
    )


class SkippedSchema(Strict):
    """A record that isn't made again."""

    kind = Choice(Kind, _KIND, required=True)
    domain = Id(_DOMAIN, required=True)
    id = fields.String(required=True, metadata={"description": "The record's id."})


class RevertedSchema(ChangeSchema):
    """The change that undoes another."""

    skipped = fields.List(
        fields.Nested(SkippedSchema), required=True, metadata={"description": "Credentials, which never come back."}
    )


class DryRunSchema(Strict):
    """What a call would do."""

    edits = fields.List(fields.Nested(EditSchema), required=True)
    impact = fields.Raw(
        required=True, metadata={"description": "Who would gain and lose what; not told yet.", **_RECORD}
    )


class NothingDoneSchema(Strict):
    """Nothing was to be done: no change was made."""

    revision = fields.Integer(required=True, metadata={"description": "The present revision."})
    edits = fields.List(fields.Nested(EditSchema), required=True, validate=validate.Length(max=0))


class NewEditSchema(Strict):
    """One record to be created, updated or deleted."""

    op = Choice(Op, "What is to be done.", required=True)
    kind = Choice(EDITED_KINDS, _KIND, required=True)
    domain = Id(f"{_DOMAIN} Of these, and of keys, it may be left out.", allow_none=True)
    id = Id("The record's id; of an organization or clinic that is created it may be left out.", allow_none=True)
    fields = fields.Raw(  # type: ignore[assignment]  # marshmallow takes it out of the class
        metadata={"description": "The fields of the record, as where it has a path of its own.", "type": "object"}
    )


class NewChangeSchema(Strict):
    """Edits to be made at once, or none of them."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"revision", "at", "actor", "credential", "request_id"})

    reason = common.reason("Why; it wins over `X-Change-Reason`.")
    edits = Items(Inner(NewEditSchema), "In the order in which they are made.", (1, EDITS_LIMIT), required=True)


class RevertSchema(Strict):
    """What goes with the undoing of a change."""

    reason = common.reason("Why; it wins over `X-Change-Reason`.")


_ASSIGNED: Final = {
    "domain": "clinic-7",
    "id": "0f7c9f0c2d6a4a3d8f3f5b1f2f0c7a11",
    "subject": "dr.lee",
    "role": {"domain": "bright-harbor", "id": "dentist"},
    "source": "direct",
    "created_by": "anna",
}
_EDIT: Final = {
    "op": "create",
    "kind": "assignment",
    "domain": "clinic-7",
    "id": "0f7c9f0c2d6a4a3d8f3f5b1f2f0c7a11",
    "before": None,
    "after": _ASSIGNED,
}
CHANGE: Final = {
    "revision": 18,
    "at": "2026-01-31T08:00:00Z",
    "actor": "anna",
    "credential": "token",
    "request_id": "4f0c2d6a-1",
    "reason": "parental leave of dr.kim",
    "edits": [_EDIT],
}
REVERTED: Final = {
    **CHANGE,
    "revision": 19,
    "reason": "given to the wrong person",
    "edits": [{**_EDIT, "op": "delete", "before": _ASSIGNED, "after": None}],
    "skipped": [],
}
TRIED: Final = {"edits": [_EDIT], "impact": None}
NOTHING_DONE: Final = {"revision": 18, "edits": []}
NEW: Final = {
    "A clinic with a dentist": {
        "reason": "opening of clinic seven",
        "edits": [
            {
                "op": "create",
                "kind": "clinic",
                "id": "clinic-7",
                "fields": {"organization_id": "bright-harbor", "name": "Clinic Seven"},
            },
            {
                "op": "create",
                "kind": "assignment",
                "domain": "clinic-7",
                "fields": {"subject": "dr.lee", "role": "dentist"},
            },
        ],
    },
    "An assignment ended": {
        "edits": [
            {"op": "delete", "kind": "assignment", "domain": "clinic-7", "id": "0f7c9f0c2d6a4a3d8f3f5b1f2f0c7a11"}
        ]
    },
}
