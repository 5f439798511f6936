"""Roles: bodies and answers."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from marshmallow import fields, post_load

from enterprise_policy.state.role import Effect, Permission
from enterprise_policy.values.names import ACTION_LIMIT, RESOURCE_LIMIT, action_fault
from enterprise_policy.values.patterns import pattern_fault
from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Choice, Id, Inner, Items, NamedRole, Text, text_limits
from enterprise_service.http.strict_schema import Strict

_ID: Final = "The role's id, in the domain that makes it."
_EXTENDS: Final = "A domain above: this adds to that domain's role of the same id, here and below."
_INHERITS: Final = "Roles whose permissions it has too."
_PERMISSIONS: Final = "What whoever holds it may do, and may not."
_RESOURCE: Final = "A resource, or a pattern: `:name` for one segment, a last `*` for one or more, `*` for everything."


class _PermissionFields(Strict):
    resource = Text(pattern_fault, _RESOURCE, text_limits(RESOURCE_LIMIT), required=True)
    action = Text(action_fault, "An action; `*` is every one.", text_limits(ACTION_LIMIT), required=True)


class PermissionSchema(_PermissionFields):
    """An effect on an action on some resources."""

    effect = Choice(Effect, "A deny beats every allow.", required=True)


class NewPermissionSchema(_PermissionFields):
    """An effect on an action on some resources."""

    effect = Choice(Effect, "A deny beats every allow. Default `allow`.")

    @post_load
    def make(self, data: dict[str, Any], **_: object) -> Permission:
        """The permission that it is."""
        return Permission(**data)


class RoleSchema(Strict):
    """A named set of permissions."""

    id = Id(_ID, required=True)
    domain = Id("The domain that made it.", required=True)
    description = common.description(required=True)
    extends = Id(_EXTENDS, required=True, allow_none=True)
    inherits = common.roles(_INHERITS)
    permissions = fields.List(fields.Nested(PermissionSchema), required=True, metadata={"description": _PERMISSIONS})
    built_in = fields.Boolean(required=True, metadata={"description": "Whether it comes with the program."})
    managed_by = fields.String(
        required=True, allow_none=True, metadata={"description": "The bundle in git that it comes from."}
    )
    revision = common.revision()


class NewRoleSchema(Strict):
    """A role to be made."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"domain", "built_in", "managed_by", "revision"})

    id = Id(_ID, required=True)
    description = common.description()
    extends = Id(_EXTENDS, allow_none=True)
    inherits = Items(NamedRole("A role."), _INHERITS)
    permissions = Items(Inner(NewPermissionSchema), _PERMISSIONS)


class RolePatchSchema(Strict):
    """What of a role is to be otherwise; lists are given whole."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset({"id", "domain", "built_in", "managed_by", "revision"})

    description = common.description()
    extends = Id("It can't change; the same as before may be said.", allow_none=True)
    inherits = Items(NamedRole("A role."), _INHERITS, allow_none=True)
    permissions = Items(Inner(NewPermissionSchema), _PERMISSIONS, allow_none=True)


_CHART: Final = {"resource": "/patients/:id/chart", "action": "read"}

ROLE: Final = {
    "id": "dentist",
    "domain": "bright-harbor",
    "description": "Treats patients.",
    "extends": None,
    "inherits": [{"domain": "bright-harbor", "id": "staff"}],
    "permissions": [{**_CHART, "effect": "allow"}],
    "built_in": False,
    "managed_by": None,
    "revision": 15,
}
NEW: Final = {
    "A role": {"id": "dentist", "description": "Treats patients.", "inherits": ["staff"], "permissions": [_CHART]},
    "An extension of the organization's role": {
        "id": "dentist",
        "extends": "bright-harbor",
        "permissions": [{"resource": "/patients/vip/*", "action": "*", "effect": "deny"}],
    },
}
PATCHES: Final = {"Other permissions": {"permissions": [_CHART]}}
