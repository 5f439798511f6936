"""The catalogue: the answer."""

from __future__ import annotations

from typing import Final

from marshmallow import fields

from enterprise_service.http.strict_schema import Strict


class CatalogueActionSchema(Strict):
    """What can be done."""

    action = fields.String(required=True, metadata={"description": "The action."})
    label = fields.String(required=True, metadata={"description": "What people call it."})
    description = fields.String(required=True, metadata={"description": "What it means."})
    dangerous = fields.Boolean(required=True, metadata={"description": "Whether a wrong grant hurts."})
    tenants = fields.Boolean(
        required=True, metadata={"description": "Whether tenants may put it into roles of their own."}
    )


class CatalogueResourceSchema(Strict):
    """What actions are done to."""

    resource = fields.String(required=True, metadata={"description": "A resource pattern."})
    label = fields.String(required=True, metadata={"description": "What people call it."})
    group = fields.String(required=True, metadata={"description": "What it is shown among."})
    description = fields.String(required=True, metadata={"description": "What it is."})
    actions = fields.List(fields.Nested(CatalogueActionSchema), required=True)


class CatalogueSchema(Strict):
    """Which resources and actions there are, in words for administrators."""

    resources = fields.List(fields.Nested(CatalogueResourceSchema), required=True)


CATALOGUE: Final = {
    "resources": [
        {
            "resource": "/patients/:id/chart",
            "label": "Patient chart",
            "group": "Patients",
            "description": "What is known of a patient's health.",
            "actions": [
                {
                    "action": "read",
                    "label": "Read",
                    "description": "Open a chart.",
                    "dangerous": False,
                    "tenants": True,
                }
            ],
        }
    ]
}
