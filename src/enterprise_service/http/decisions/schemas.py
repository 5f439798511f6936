"""Questions and answers, for the documentation: the gate itself reads and writes the bytes."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import RAISE, Schema, fields, validate

from enterprise_policy.decide.reason import ELSEWHERE_SHOWN, ROLES_SHOWN, ReasonCode
from enterprise_policy.values.names import ACTION_LIMIT, ID_PATTERN, RESOURCE_LIMIT, SUBJECT_LIMIT
from enterprise_service.http.edge.asked import CHECKS_LIMIT, REVISION_LIMIT

QUESTION: Final = {"sub": "dr.lee", "dom": "clinic-7", "obj": "/patients/42/chart", "act": "read"}
QUESTIONS: Final = {
    "A question": QUESTION,
    "With the reason, at a revision or later": {**QUESTION, "at_least": 1234, "explain": True},
}
ANSWERS: Final = {
    "The answer": {"allowed": True, "revision": 1234},
    "With the reason": {
        "allowed": True,
        "revision": 1234,
        "reason": {
            "code": "allowed_by_permission",
            "role": {"domain": "platform", "id": "dentist"},
            "assigned_in": "clinic-7",
            "assignment": "a-17",
            "via": [{"domain": "platform", "id": "dentist"}],
            "permission": {
                "domain": "platform",
                "resource": "/patients/:patient/chart",
                "action": "read",
                "effect": "allow",
            },
        },
    },
}
BATCHES: Final = {
    "Two questions of one subject": {
        "sub": "dr.lee",
        "dom": "clinic-7",
        "checks": [{"obj": "/patients/42/chart", "act": "read"}, {"obj": "/billing/invoices", "act": "read"}],
    }
}
BATCH_ANSWERS: Final = {"The answers": {"results": [{"allowed": True}, {"allowed": False}], "revision": 1234}}


def _at_least() -> fields.Integer:
    return fields.Integer(
        validate=validate.Range(min=0, max=REVISION_LIMIT),
        metadata={"description": "Decide at this revision or a later one.", "example": 1234},
    )


def _explain() -> fields.Boolean:
    return fields.Boolean(metadata={"description": "Answer with the reason too. Default `false`."})


def _text(name: str, description: str, limit: int, *, required: bool) -> fields.String:
    return fields.String(
        required=required,
        validate=validate.Length(min=1, max=limit),
        metadata={"description": description, "example": QUESTION[name]},
    )


def _parts(*, required: bool) -> dict[str, fields.Field[Any]]:
    """The four parts of a question."""
    return {
        "sub": _text("sub", "Who asks: a user, provider or service.", SUBJECT_LIMIT, required=required),
        "dom": fields.String(
            required=required,
            validate=validate.Regexp(f"^{ID_PATTERN}$"),
            metadata={"description": "Where: an organization, a clinic or `platform`.", "example": QUESTION["dom"]},
        ),
        "obj": _text("obj", "About what; a path, if it begins with `/`.", RESOURCE_LIMIT, required=required),
        "act": _text("act", "To do what.", ACTION_LIMIT, required=required),
    }


class _Strict(Schema):
    """A body in which no other field may be."""

    class Meta:
        """marshmallow's way to say so."""

        unknown = RAISE


class CheckSchema(_Strict.from_dict(_parts(required=False))):  # type: ignore[misc]  # marshmallow makes it
    """One question of a batch; what it lacks is taken from beside `checks`."""

    explain = _explain()


class QuestionSchema(_Strict.from_dict(_parts(required=True))):  # type: ignore[misc]  # marshmallow makes it
    """May this subject do this action to this resource in this domain, now?"""

    explain = _explain()
    at_least = _at_least()


class BatchSchema(CheckSchema):
    """Questions that are decided at one revision; `sub`, `dom`, `obj`, `act` and `explain` here are defaults."""

    checks = fields.List(fields.Nested(CheckSchema), required=True, validate=validate.Length(min=1, max=CHECKS_LIMIT))
    at_least = _at_least()


class RoleNameSchema(_Strict):
    """A role: the domain that made it, and its id there."""

    domain = fields.String(required=True)
    id = fields.String(required=True)


class MatchedPermissionSchema(Schema):
    """The permission that settled the question, and the domain in which it was made."""

    domain = fields.String(required=True)
    resource = fields.String(required=True)
    action = fields.String(required=True)
    effect = fields.String(required=True, validate=validate.OneOf(["allow", "deny"]))


class ReasonSchema(Schema):
    """Why. Which of the other fields there are depends on `code` and on what the caller may see."""

    code = fields.String(required=True, validate=validate.OneOf([code.value for code in ReasonCode]))
    domain = fields.String(metadata={"description": "The domain that is suspended."})
    role = fields.Nested(RoleNameSchema, metadata={"description": "The role that has the permission."})
    assigned_in = fields.String(metadata={"description": "The domain of the assignment."})
    assignment = fields.String(metadata={"description": "The assignment."})
    via = fields.List(fields.Nested(RoleNameSchema), metadata={"description": "From the assigned role to `role`."})
    permission = fields.Nested(MatchedPermissionSchema)
    starts_at = fields.String(allow_none=True, metadata={"description": "When the assignment begins to hold."})
    ends_at = fields.String(allow_none=True, metadata={"description": "When it ceases to."})
    roles = fields.List(fields.Nested(RoleNameSchema), validate=validate.Length(max=ROLES_SHOWN))
    elsewhere = fields.List(fields.String(), validate=validate.Length(max=ELSEWHERE_SHOWN))


class ResultSchema(Schema):
    """The answer to one question of a batch."""

    allowed = fields.Boolean(required=True)
    reason = fields.Nested(ReasonSchema, metadata={"description": "With `explain` only."})


class DecisionSchema(ResultSchema):
    """The answer. A deny is an answer too, not an error."""

    revision = fields.Integer(required=True, metadata={"description": "The policy's revision that it was decided at."})


class BatchDecisionSchema(Schema):
    """The answers, in the order of the questions."""

    results = fields.List(fields.Nested(ResultSchema), required=True)
    revision = fields.Integer(required=True)
