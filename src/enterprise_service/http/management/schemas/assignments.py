"""Assignments: bodies and answers."""

from __future__ import annotations

from typing import ClassVar, Final

from enterprise_policy.state.assignment import Source
from enterprise_policy.values.names import SUBJECT_LIMIT, subject_fault
from enterprise_service.http.management.schemas import fields as common
from enterprise_service.http.strict_fields import Choice, Id, NamedRole, Text, text_limits
from enterprise_service.http.strict_schema import Strict, Windowed

_SUBJECT: Final = "Who holds the role."
_REASON: Final = "Why it is given."
_ANSWERED: Final = frozenset({"id", "domain", "source", "created_by", "created_at", "revision"})


class AssignmentSchema(Strict):
    """A subject holds a role in a domain and below."""

    id = Id("The assignment's id, in its domain.", required=True)
    domain = Id("Where it holds, and below.", required=True)
    subject = Text(subject_fault, _SUBJECT, text_limits(SUBJECT_LIMIT), required=True)
    role = common.role("The role that is held.")
    starts_at = common.starts_at()
    ends_at = common.ends_at()
    reason = common.reason(_REASON, required=True)
    source = Choice(Source, "Where it comes from; `provider`: from the record of a provider.", required=True)
    created_by = common.created_by()
    created_at = common.created_at()
    revision = common.revision()


class NewAssignmentSchema(Windowed):
    """An assignment to be made."""

    READ_ONLY: ClassVar[frozenset[str]] = _ANSWERED

    subject = Text(subject_fault, _SUBJECT, text_limits(SUBJECT_LIMIT), required=True)
    role = NamedRole("The role to be held.", required=True)
    reason = common.reason(_REASON)


class AssignmentPatchSchema(Windowed):
    """What of an assignment is to be otherwise; who holds what is never changed."""

    READ_ONLY: ClassVar[frozenset[str]] = _ANSWERED | {"subject", "role"}

    reason = common.reason(_REASON)


ASSIGNMENT: Final = {
    "id": "0f7c9f0c2d6a4a3d8f3f5b1f2f0c7a11",
    "domain": "clinic-7",
    "subject": "dr.lee",
    "role": {"domain": "bright-harbor", "id": "dentist"},
    "starts_at": None,
    "ends_at": "2026-12-31T23:00:00Z",
    "reason": "parental leave of dr.kim",
    "source": "direct",
    "created_by": "anna",
    "created_at": "2026-01-31T08:00:00Z",
    "revision": 18,
}
NEW: Final = {
    "For a year": {
        "subject": "dr.lee",
        "role": "dentist",
        "ends_at": "2026-12-31T23:00:00Z",
        "reason": "parental leave of dr.kim",
    },
    "By a role of one domain": {"subject": "dr.lee", "role": {"domain": "bright-harbor", "id": "dentist"}},
}
PATCHES: Final = {"End it": {"ends_at": "2026-06-30T22:00:00Z"}}
