"""A record as a caller wishes it: how every route, and each edit of ``POST /changes``, asks for an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Kind


class RoleName(NamedTuple):
    """A role as a body names it: the nearest one of that id, or the one that ``domain`` made."""

    domain: str | None
    id: str


class Origin(Enum):
    """Where the caller names the record.

    What he may not see, or isn't there, is 404 when his path names it and 422 when his body does.
    """

    PATH = "path"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """``op`` of the record of ``kind`` that ``domain`` and ``id`` name.

    ``domain`` is where the record is made, as in an edit of a change; of an organization or clinic it may be left out.
    ``fields`` are those of the HTTP contract, section 4, by their names there and as Python has them: moments are
    ``Instant``, roles ``RoleName``, permissions ``Permission``, `status` and scopes their enums. In an update ``None``
    takes a field away (RFC 7396). ``cascade`` deletes a domain with all that is in it.
    """

    op: Op
    kind: Kind
    domain: str | None = None
    id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    cascade: bool = False
    origin: Origin = Origin.PATH
