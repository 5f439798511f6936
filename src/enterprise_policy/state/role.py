"""A role, or an extension of a role made above."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

from enterprise_policy.errors import Fault, ReservedError
from enterprise_policy.state.checks import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    optional_text_fault,
    read_enum,
    refuse_faults,
)
from enterprise_policy.state.record import Fields, Kind, present
from enterprise_policy.values.names import MANAGEMENT, action_fault, id_fault
from enterprise_policy.values.patterns import pattern_fault

ANY_ACTION = "*"
"""As the action of a permission: every action."""


class Effect(StrEnum):
    """What a permission does to the questions that it matches."""

    ALLOW = "allow"
    DENY = "deny"


class RoleRef(NamedTuple):
    """A role by the domain that made it and its id there."""

    domain: str
    id: str

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return {"domain": self.domain, "id": self.id}


class Permission(NamedTuple):
    """An effect on the resources that a pattern matches and on one action, or on every action by ``*``."""

    resource: str
    action: str
    effect: Effect = Effect.ALLOW

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return {"resource": self.resource, "action": self.action, "effect": self.effect.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A named set of permissions.

    With ``extends``, a domain above, it is no role of its own: what it holds is added to that domain's role of the
    same id, here and below. Only built-in roles hold permissions under ``/management/``.
    """

    KIND: ClassVar[Kind] = Kind.ROLE

    domain: str
    id: str
    description: str = ""
    extends: str | None = None
    inherits: tuple[RoleRef, ...] = ()
    permissions: tuple[Permission, ...] = ()
    built_in: bool = False
    managed_by: str | None = None

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault, ``ReservedError`` for a right of the program."""
        refuse_faults(
            ("/domain", id_fault(self.domain)),
            ("/id", id_fault(self.id)),
            ("/description", optional_text_fault(self.description or None, DESCRIPTION_LIMIT)),
            ("/extends", None if self.extends is None else id_fault(self.extends)),
            ("/managed_by", optional_text_fault(self.managed_by, NAME_LIMIT)),
            *self._permission_checks(),
        )
        self._refuse_management()

    def _permission_checks(self) -> Iterator[tuple[str, str | None]]:
        for place, permission in enumerate(self.permissions):
            yield f"/permissions/{place}/resource", pattern_fault(permission.resource)
            yield f"/permissions/{place}/action", action_fault(permission.action)
        for place, ref in enumerate(self.inherits):
            yield f"/inherits/{place}", id_fault(ref.domain) or id_fault(ref.id)

    def _refuse_management(self) -> None:
        if self.built_in:
            return
        for place, permission in enumerate(self.permissions):
            if permission.resource.startswith(MANAGEMENT):
                fault = Fault(f"/permissions/{place}/resource", "is reserved for the built-in roles")
                raise ReservedError(f"`{permission.resource}` {fault.detail}", faults=(fault,))

    @property
    def home(self) -> str:
        """The domain that made it."""
        return self.domain

    @property
    def ref(self) -> RoleRef:
        """The role that it is, or that it extends."""
        return RoleRef(self.extends or self.domain, self.id)

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "domain": self.domain,
                "id": self.id,
                "description": self.description,
                "extends": self.extends,
                "inherits": [ref.to_fields() for ref in self.inherits],
                "permissions": [permission.to_fields() for permission in self.permissions],
                "built_in": self.built_in or None,
                "managed_by": self.managed_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Role:
        """The role that ``to_fields`` gave."""
        return cls(
            domain=fields["domain"],
            id=fields["id"],
            description=fields.get("description", ""),
            extends=fields.get("extends"),
            inherits=tuple(RoleRef(**ref) for ref in fields.get("inherits", ())),
            permissions=tuple(read_permission(p, i) for i, p in enumerate(fields.get("permissions", ()))),
            built_in=fields.get("built_in", False),
            managed_by=fields.get("managed_by"),
        )


def read_permission(fields: Mapping[str, Any], place: int) -> Permission:
    """The permission that ``to_fields`` gave; ``place`` is its index, for the error's pointer."""
    effect = read_enum(Effect, fields.get("effect", "allow"), f"/permissions/{place}/effect")
    return Permission(fields["resource"], fields["action"], effect)
