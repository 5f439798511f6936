"""What the operations answer with, for the documentation."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class LivenessSchema(Schema):
    """Whether the process can serve."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "failing"]))


class DependencySchema(Schema):
    """Something that the service needs."""

    status = fields.String(required=True, validate=validate.OneOf(["connected", "degraded", "disconnected"]))
    critical = fields.Boolean(required=True)
    message = fields.String(metadata={"description": "What is wrong, when something is."})


class ReadinessSchema(Schema):
    """Whether the process should be sent requests."""

    status = fields.String(required=True, validate=validate.OneOf(["ready", "not_ready"]))
    revision = fields.Integer(required=True, allow_none=True, metadata={"description": "`null` before the first."})
    staleness_seconds = fields.Float(
        required=True, allow_none=True, metadata={"description": "Since the policy was last known to be the newest."}
    )
    dependencies = fields.Dict(keys=fields.String(), values=fields.Nested(DependencySchema), required=True)
