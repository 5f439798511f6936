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

WRITE: Final = ("forbidden", "escalation", "conflict")
"""Any that changes something."""

POST: Final = (*WRITE, "unsupported_media_type", "already_exists", "idempotency_mismatch")
PATCH: Final = (*WRITE, "not_found", "revision_mismatch", "unsupported_media_type", "managed_by_bundle")
DELETE: Final = (*WRITE, "not_found", "revision_mismatch", "managed_by_bundle")

ROLE: Final = ("unknown_reference", "cycle", "too_deep", "reserved", "not_in_catalogue")
"""What may be wrong with a role."""
