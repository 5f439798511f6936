"""Which problems the calls may be answered with."""

from __future__ import annotations

from typing import Final

ANY: Final = (
    "invalid_json",
    "invalid_request",
    "unauthenticated",
    "length_required",
    "too_large",
    "store_unavailable",
    "policy_unavailable",
)
"""Any call."""

IN_PLACE: Final = ("forbidden", "not_found")
"""One whose path names a domain or a record."""

WRITE: Final = ("forbidden", "conflict")
"""Any that changes something."""

POST: Final = (*WRITE, "unsupported_media_type", "idempotency_mismatch")
PATCH: Final = (*WRITE, "not_found", "revision_mismatch", "unsupported_media_type")
DELETE: Final = (*WRITE, "not_found", "revision_mismatch")

GRANT: Final = "escalation"
"""What a call may be answered with that can give somebody something."""

TAKEN: Final = "already_exists"
MANAGED: Final = "managed_by_bundle"

ROLE: Final = ("unknown_reference", "cycle", "too_deep", "reserved", "not_in_catalogue")
"""What may be wrong with a role."""
