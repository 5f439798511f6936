"""The head of a request: which headers count, and how long the body is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from enterprise_policy.errors import (
    InvalidJsonError,
    InvalidRequestError,
    LengthRequiredError,
    TooLargeError,
    UnsupportedMediaTypeError,
)

BODY_LIMIT: Final = 1024 * 1024

JSON: Final = b"application/json"
MERGE_PATCH: Final = b"application/merge-patch+json"

_USUAL_CONNECTIONS: Final = (None, b"keep-alive", b"Keep-Alive")

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names in small letters, as they came, in order."""

SINGLE: Final = frozenset(
    {
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"x-request-id",
        b"idempotency-key",
        b"x-change-reason",
    }
)
"""Headers that another part on the way may read otherwise when they come twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What of a request's headers counts; none of it was given twice.

    ``length`` is how long the body is said to be, ``is_json`` whether it is said to be plain JSON in UTF-8,
    ``is_patch`` whether it is said to be a merge patch, ``waits`` whether the client waits to be told to send it.
    ``query`` is what the target has after its path.
    """

    authorization: bytes | None
    request_id: bytes | None
    length: int | None
    is_json: bool
    waits: bool
    connection: bytes | None
    query: bytes = b""
    is_patch: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether a client sends the same head again and again, for bodies of one length."""
        return self.request_id is None and not self.waits and self.connection in _USUAL_CONNECTIONS


def read_head(headers: Headers) -> Head:
    """The head of a request whose body may be read.

    Raises ``LengthRequiredError`` for any Transfer-Encoding, ``InvalidRequestError`` for a header of ``SINGLE`` that
    came twice or a length that is no number, ``TooLargeError`` for a body over ``BODY_LIMIT``.
    """
    head = dict(headers)
    if b"transfer-encoding" in head:
        raise LengthRequiredError("a body is sent with `Content-Length`, never with `Transfer-Encoding`")
    if len(head) != len(headers):
        _refuse_twice(headers)
    length = head.get(b"content-length")
    media_type = _media_type(head.get(b"content-type", b""), head.get(b"content-encoding", b"identity"))
    return Head(
        authorization=head.get(b"authorization"),
        request_id=head.get(b"x-request-id"),
        length=None if length is None else _bounded(length),
        is_json=media_type == JSON,
        is_patch=media_type == MERGE_PATCH,
        waits=expects_continue(head),
        connection=head.get(b"connection"),
    )


def expects_continue(head: Mapping[bytes, bytes]) -> bool:
    """Whether the client waits to be told to send its body."""
    return head.get(b"expect", b"").lower() == b"100-continue"


def _refuse_twice(headers: Headers) -> None:
    names = [name for name, _ in headers if name in SINGLE]
    for name in names:
        if names.count(name) > 1:
            raise InvalidRequestError(f"the header `{name.decode('ascii')}` was given more than once")


def _bounded(length: bytes) -> int:
    if not length.isdigit() or len(length) > len(str(2**64)):
        raise InvalidRequestError("the header `content-length` is not a number of bytes")
    if int(length) > BODY_LIMIT:
        raise TooLargeError(f"a body has at most {BODY_LIMIT} bytes")
    return int(length)


def check_length(head: Head, body: bytes) -> None:
    """See that ``body`` is as long as the head says.

    Raises ``InvalidJsonError`` when it isn't, ``LengthRequiredError`` when the head says nothing of it.
    """
    if head.length == len(body):
        return
    if head.length is not None:
        raise InvalidJsonError("the body is shorter than its `Content-Length`")
    if body:
        raise LengthRequiredError("the body came without `Content-Length`")


def check_query(head: Head) -> None:
    """Raises ``InvalidRequestError`` for any parameter: a question has none."""
    if head.query:
        raise InvalidRequestError("this path takes no parameters; the question is in the body")


def check_media_type(head: Head) -> None:
    """Raises ``UnsupportedMediaTypeError`` unless the body is plain JSON in UTF-8."""
    if not head.is_json:
        raise UnsupportedMediaTypeError("the body is sent as `application/json`, without a content coding")


def check_patch_type(head: Head) -> None:
    """Raises ``UnsupportedMediaTypeError`` unless the body is a merge patch, which plain JSON is too."""
    if not head.is_json and not head.is_patch:
        kinds = "`application/merge-patch+json` or `application/json`"
        raise UnsupportedMediaTypeError(f"the body is sent as {kinds}, without a content coding")


@lru_cache(maxsize=64)
def _media_type(content_type: bytes, coding: bytes) -> bytes:
    """The media type in small letters; empty when the body is coded, or has a parameter that could mean anything."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(b";"))
    plain = all(p in {b"", b"charset=utf-8", b'charset="utf-8"'} for p in parameters)
    return kind if plain and coding.lower() == b"identity" else b""
