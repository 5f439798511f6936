"""An API key: a credential of a program, with the rights of its scopes in a domain and below."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.checks import NAME_LIMIT, read_enum, refuse_faults
from enterprise_policy.state.record import Fields, Kind, present
from enterprise_policy.values.names import PLATFORM, id_fault, text_fault
from enterprise_policy.values.windows import Instant, format_instant, parse_instant

KEY_SUBJECT: Final = "key:"
"""What the subject of a key begins with; its id follows."""

_HASH: Final = re.compile("[0-9a-f]{64}")


class Scope(StrEnum):
    """What a key may be used for."""

    DECIDE = "decide"
    QUERY = "query"
    MANAGE = "manage"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """``hash`` is the HMAC-SHA-256 of the key in hex: the key itself is kept nowhere.

    ``created_by`` is the actor who made it. The order in which ``scopes`` are named means nothing: they are kept in
    that of ``Scope``.
    """

    KIND: ClassVar[Kind] = Kind.API_KEY

    id: str
    domain: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    expires_at: Instant | None = None
    created_by: str

    def __post_init__(self) -> None:
        """Raise ``InvalidRequestError`` with every fault."""
        refuse_faults(
            ("/id", id_fault(self.id)),
            ("/domain", id_fault(self.domain)),
            ("/name", text_fault(self.name, NAME_LIMIT)),
            ("/hash", None if _HASH.fullmatch(self.hash) else "must be 64 hexadecimal digits in lower case"),
            ("/created_by", text_fault(self.created_by, NAME_LIMIT)),
        )
        if not self.scopes or len(set(self.scopes)) < len(self.scopes):
            raise InvalidRequestError.at("/scopes", "must name one scope or more, each once")
        object.__setattr__(self, "scopes", tuple(scope for scope in Scope if scope in self.scopes))

    @property
    def home(self) -> str:
        """Keys of all domains share one name space: a credential is looked up before its domain is known."""
        return PLATFORM

    @property
    def managed_by(self) -> str | None:
        """No credential comes from git."""
        return None

    @property
    def subject(self) -> str:
        """Who acts by it."""
        return KEY_SUBJECT + self.id

    def expired(self, now: Instant) -> bool:
        """Whether it is worth nothing at ``now`` any more."""
        return self.expires_at is not None and self.expires_at <= now

    def to_fields(self) -> Fields:
        """Itself as a JSON object."""
        return present(
            {
                "id": self.id,
                "domain": self.domain,
                "name": self.name,
                "scopes": [scope.value for scope in self.scopes],
                "hash": self.hash,
                "expires_at": None if self.expires_at is None else format_instant(self.expires_at),
                "created_by": self.created_by,
            }
        )

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> ApiKey:
        """The key that ``to_fields`` gave."""
        expires_at = fields.get("expires_at")
        return cls(
            id=fields["id"],
            domain=fields["domain"],
            name=fields["name"],
            scopes=tuple(read_enum(Scope, scope, f"/scopes/{place}") for place, scope in enumerate(fields["scopes"])),
            hash=fields["hash"],
            expires_at=None if expires_at is None else parse_instant(expires_at),
            created_by=fields["created_by"],
        )
