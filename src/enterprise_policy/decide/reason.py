"""Reasons, as values and as the HTTP contract writes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, assert_never

from enterprise_policy.state.record import Fields
from enterprise_policy.state.role import Effect, RoleRef
from enterprise_policy.values.windows import Instant, format_instant

ROLES_SHOWN: Final = 20
ELSEWHERE_SHOWN: Final = 10


class ReasonCode(StrEnum):
    """Why, in the order in which the first that applies is told."""

    UNKNOWN_DOMAIN = "unknown_domain"
    DOMAIN_SUSPENDED = "domain_suspended"
    DENIED_BY_PERMISSION = "denied_by_permission"
    ALLOWED_BY_PERMISSION = "allowed_by_permission"
    ASSIGNMENT_NOT_CURRENT = "assignment_not_current"
    NO_MATCHING_PERMISSION = "no_matching_permission"
    NO_ASSIGNMENT = "no_assignment"


class HeldPermission(NamedTuple):
    """A permission with the domain in which it was made."""

    domain: str
    resource: str
    action: str
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """``code`` and the fields that go with it.

    ``role`` is the role that has the permission, ``via`` the way to it from the assigned one. ``roles`` and
    ``elsewhere`` are complete; what may be seen of ``elsewhere`` is for who answers to say.
    """

    code: ReasonCode
    domain: str | None = None
    role: RoleRef | None = None
    assigned_in: str | None = None
    assignment: str | None = None
    via: tuple[RoleRef, ...] = ()
    permission: HeldPermission | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    roles: tuple[RoleRef, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """The decision that this is the reason of."""
        return self.code is ReasonCode.ALLOWED_BY_PERMISSION

    def to_fields(self) -> Fields:
        """The JSON object of HTTP contract section 3."""
        return {"code": self.code.value, **self._details()}

    def _details(self) -> Fields:
        match self.code:
            case ReasonCode.UNKNOWN_DOMAIN:
                return {}
            case ReasonCode.DOMAIN_SUSPENDED:
                return {"domain": self.domain}
            case ReasonCode.DENIED_BY_PERMISSION | ReasonCode.ALLOWED_BY_PERMISSION:
                return self._match_fields()
            case ReasonCode.ASSIGNMENT_NOT_CURRENT:
                return {**self._holder_fields(), "starts_at": _time(self.starts_at), "ends_at": _time(self.ends_at)}
            case ReasonCode.NO_MATCHING_PERMISSION:
                return {"roles": [role.to_fields() for role in self.roles[:ROLES_SHOWN]]}
            case ReasonCode.NO_ASSIGNMENT:
                return {"elsewhere": list(self.elsewhere[:ELSEWHERE_SHOWN])}
            case _:
                assert_never(self.code)

    def _holder_fields(self) -> Fields:
        return {"role": self.role.to_fields() if self.role else None, "assigned_in": self.assigned_in}

    def _match_fields(self) -> Fields:
        return {
            **self._holder_fields(),
            "assignment": self.assignment,
            "via": [role.to_fields() for role in self.via],
            "permission": self.permission._asdict() if self.permission else None,
        }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
