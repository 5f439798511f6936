"""The parameters and places that management paths have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from enterprise_policy.state.checks import NAME_LIMIT
from enterprise_policy.values.names import SUBJECT_LIMIT, id_fault, subject_fault, text_fault
from enterprise_service.http.edge.asked import REVISION_LIMIT
from enterprise_service.http.edge.paging import CURSOR_MOST, LIMIT_DEFAULT, LIMIT_MOST
from enterprise_service.http.parameters import Parameter, flag, sound, whole
from enterprise_service.http.strict_fields import ID_LIMITS, text_limits

_ID: Final = {"type": "string", **ID_LIMITS}
_FLAG: Final = {"type": "boolean"}


def _flag(name: str, description: str) -> Parameter:
    return Parameter(name=name, description=description, schema=_FLAG, read=flag, default=False)


STALE: Final = _flag("stale", "While the store is away, answer from the last known state if it isn't too old.")
DRY_RUN: Final = _flag("dry_run", "Make all the checks and no change; the answer says what would be done.")
CASCADE: Final = _flag("cascade", "With all that is in it and below it.")
VISIBLE: Final = _flag("visible", "Those made above too, which may be named here.")

LIMIT: Final = Parameter(
    name="limit",
    description="How many items a page has at most.",
    schema={"type": "integer", "minimum": 1, "maximum": LIMIT_MOST},
    read=whole(1, LIMIT_MOST),
    default=LIMIT_DEFAULT,
)
CURSOR: Final = Parameter(
    name="cursor",
    description="The `next_cursor` of the page before; the filters must be the same.",
    schema={"type": "string", **text_limits(CURSOR_MOST)},
    read=str,
)

ORGANIZATION: Final = Parameter(
    name="organization_id", description="Those of one organization.", schema=_ID, read=sound(id_fault)
)
SUBJECT: Final = Parameter(
    name="subject",
    description="Those of one subject.",
    schema={"type": "string", **text_limits(SUBJECT_LIMIT)},
    read=sound(subject_fault),
)
ONE_SUBJECT: Final = replace(SUBJECT, required=True)
ROLE: Final = Parameter(name="role", description="Those of roles of this id.", schema=_ID, read=sound(id_fault))
DOMAIN: Final = Parameter(
    name="domain", description="Those that touch this domain, or one below.", schema=_ID, read=sound(id_fault)
)
ACTOR: Final = Parameter(
    name="actor",
    description="Those of one author: a subject, `key:<id>`, `bootstrap` or `system:...`.",
    schema={"type": "string", **text_limits(NAME_LIMIT)},
    read=sound(partial(text_fault, limit=NAME_LIMIT)),
)
NAMED: Final = Parameter(
    name="subject",
    description="Those with an edit that names this subject.",
    schema={"type": "string", **text_limits(SUBJECT_LIMIT)},
    read=sound(partial(text_fault, limit=SUBJECT_LIMIT)),
)
SINCE: Final = Parameter(
    name="since",
    description="Those after this revision.",
    schema={"type": "integer", "minimum": 0, "maximum": REVISION_LIMIT},
    read=whole(0, REVISION_LIMIT),
    default=0,
)


def place(name: str, description: str) -> Mapping[str, Any]:
    """A variable part of a path, as the documentation has it."""
    return {"in": "path", "name": name, "required": True, "description": description, "schema": {"type": "string"}}
