"""Headers of management calls: what requests may have, read and documented, and what answers have, documented."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.change import Idempotency
from enterprise_policy.state.checks import REASON_LIMIT
from enterprise_policy.values.names import text_fault
from enterprise_service.http.documented import RequestHeader

KEY_LIMIT: Final = 255
_KEY: Final = re.compile(rf"[ -~]{{1,{KEY_LIMIT}}}")
_ENCODED: Final = re.compile(r"(?:[!-$&-~ ]|%[0-9A-Fa-f]{2})*")

IDEMPOTENCY_KEY: Final = RequestHeader(
    name="Idempotency-Key",
    description="The same key with the same request again, for 24 hours, gives the first answer and changes nothing.",
    schema={"type": "string", "minLength": 1, "maxLength": KEY_LIMIT, "pattern": "^[ -~]+$"},
)
IF_MATCH: Final = RequestHeader(
    name="If-Match",
    description='Tags such as `"12"`, of which the record must have one now, or `*`; else the answer is 412.',
    schema={"type": "string", "example": '"12"'},
)
IF_NONE_MATCH: Final = RequestHeader(
    name="If-None-Match",
    description="Tags that are known: a record that still has one is answered with 304.",
    schema={"type": "string", "example": '"12"'},
)
CHANGE_REASON: Final = RequestHeader(
    name="X-Change-Reason",
    description=f"Why, for the log: 1 to {REASON_LIMIT} characters as percent-encoded UTF-8.",
    schema={"type": "string", "minLength": 1, "example": "parental%20leave"},
)

REVISION: Final[Mapping[str, Any]] = {
    "X-Policy-Revision": {
        "schema": {"type": "integer"},
        "description": "The revision that was read or made.",
        "required": True,
    }
}
TAG: Final[Mapping[str, Any]] = {
    "ETag": {"schema": {"type": "string"}, "description": "The revision of the record's last change, as a tag."}
}
STALENESS: Final[Mapping[str, Any]] = {
    "X-Policy-Staleness-Ms": {
        "schema": {"type": "integer"},
        "description": "With `stale=true`: for how long at most that may not have been the newest.",
    }
}
LOCATION: Final[Mapping[str, Any]] = {
    "Location": {"schema": {"type": "string"}, "description": "The path of what was made.", "required": True}
}
REPLAYED: Final[Mapping[str, Any]] = {
    "Idempotency-Replayed": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "This is the answer to the first request with this key.",
    }
}


def read_idempotency(key: str | None, parts: tuple[bytes, ...]) -> Idempotency | None:
    """``Idempotency-Key`` with the digest of the request's ``parts``; ``None`` when there is none.

    Raises ``InvalidRequestError`` for one that breaks the contract.
    """
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequestError(f"the header `idempotency-key` is not 1 to {KEY_LIMIT} printable ASCII characters")
    return Idempotency(key, _digest(parts))


def _digest(parts: tuple[bytes, ...]) -> str:
    """A hash over the hashes of ``parts``, so that none can pass for a piece of another."""
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


def read_reason(text: str | None) -> str | None:
    """What ``X-Change-Reason`` says. Raises ``InvalidRequestError`` for one that breaks the contract."""
    if text is None:
        return None
    try:
        reason = unquote_to_bytes(text).decode() if _ENCODED.fullmatch(text) else ""
    except UnicodeDecodeError:
        reason = ""
    fault = text_fault(reason, REASON_LIMIT)
    if fault is not None:
        detail = f"the header `x-change-reason` is not 1 to {REASON_LIMIT} characters as percent-encoded UTF-8"
        raise InvalidRequestError(detail if not reason else f"the header `x-change-reason` {fault}")
    return reason
