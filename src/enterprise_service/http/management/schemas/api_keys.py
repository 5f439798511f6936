"""API keys: bodies and answers."""

from __future__ import annotations

from typing import ClassVar, Final

from marshmallow import ValidationError, fields, validates

from enterprise_policy.state.api_key import Scope
from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Choice, Id, Items, Moment
from enterprise_service.http.strict_schema import Strict

_NAME: Final = "What people call it."
_DOMAIN: Final = "Where it is valid, and below."
_SCOPES: Final = "What it may be used for."
_EXPIRES: Final = "When it ceases to be valid; never, if it is `null`."
_ANSWERED: Final = frozenset({"id", "created_by", "last_used_at", "key", "key_shown", "revision"})


class ApiKeySchema(Strict):
    """The credential of a program."""

    id = Id("The key's id; its subject is `key:<id>`.", required=True)
    name = common.name(_NAME, required=True)
    domain = Id(_DOMAIN, required=True)
    scopes = fields.List(Choice(Scope, "A scope."), required=True, metadata={"description": _SCOPES})
    expires_at = Moment(_EXPIRES, required=True, allow_none=True)
    created_by = common.created_by()
    last_used_at = Moment("When it was used last, as far as that is known.", required=True, allow_none=True)
    revision = common.revision()


class MadeApiKeySchema(ApiKeySchema):
    """A key that was just made. The key itself is shown once."""

    key = fields.String(metadata={"description": "The credential, to be kept secret: the service can't show it again."})
    key_shown = fields.Boolean(metadata={"description": "`true` in the place of `key`, when the answer is repeated."})


class NewApiKeySchema(Strict):
    """A key to be made."""

    READ_ONLY: ClassVar[frozenset[str]] = _ANSWERED

    name = common.name(_NAME, required=True)
    domain = Id(_DOMAIN, required=True)
    scopes = Items(Choice(Scope, "A scope."), _SCOPES, (1, len(Scope)), required=True)
    expires_at = Moment(_EXPIRES, allow_none=True)

    @validates("scopes")
    def check_scopes(self, scopes: tuple[Scope, ...], **_: object) -> None:
        """Raise ``ValidationError`` when one is named twice."""
        if len(set(scopes)) < len(scopes):
            raise ValidationError("must name each scope once")


class ApiKeyPatchSchema(Strict):
    """What of a key is to be otherwise; only its name may be."""

    READ_ONLY: ClassVar[frozenset[str]] = _ANSWERED | {"domain", "scopes", "expires_at"}

    name = common.name(_NAME)


API_KEY: Final = {
    "id": "5f0c2d6a4a3d8f3f5b1f",
    "name": "appointment service",
    "domain": "bright-harbor",
    "scopes": ["decide"],
    "expires_at": "2027-01-31T08:00:00Z",
    "created_by": "anna",
    "last_used_at": None,
    "revision": 19,
}
MADE: Final = {
    "The first answer": {**API_KEY, "key": f"esk_5f0c2d6a4a3d8f3f5b1f_{'0' * 64}"},
    "The answer repeated": {**API_KEY, "key_shown": True},
}
NEW: Final = {
    "For a service that asks for decisions": {
        "name": "appointment service",
        "domain": "bright-harbor",
        "scopes": ["decide"],
        "expires_at": "2027-01-31T08:00:00Z",
    }
}
PATCHES: Final = {"Another name": {"name": "appointments"}}
