"""Bodies read by a schema: exactly its fields, and every fault at its place in the body."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, Final

from marshmallow import RAISE, Schema, ValidationError, validates_schema

from enterprise_policy.errors import Fault
from enterprise_policy.state.checks import refuse_faults
from enterprise_policy.values.windows import Window
from enterprise_service.http.edge.json_body import Json, token
from enterprise_service.http.strict_fields import Moment

UNKNOWN: Final = "is no field of this request"
READ_ONLY: Final = "is read-only"
_WHOLE: Final = "_schema"
"""Where marshmallow tells what is wrong with an object as a whole."""


class Strict(Schema):
    """An object that has no other field than the schema's. ``READ_ONLY`` are those that only answers have."""

    READ_ONLY: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        """marshmallow's way to say so."""

        unknown = RAISE

    error_messages = {"unknown": UNKNOWN, "type": "must be an object"}  # noqa: RUF012 (marshmallow's)


class Windowed(Strict):
    """An object with a window, which must hold some moment."""

    starts_at = Moment("When it begins to hold; always, if it is `null` or missing.", allow_none=True)
    ends_at = Moment("When it ceases to hold; never, if it is `null` or missing.", allow_none=True)

    @validates_schema
    def check_window(self, data: dict[str, Any], **_: object) -> None:
        """Raise ``ValidationError`` for a window that would be empty."""
        try:
            Window(data.get("starts_at"), data.get("ends_at"))
        except ValueError as error:
            raise ValidationError(str(error), "ends_at") from error


def load(kind: type[Strict], value: Json) -> dict[str, Any]:
    """The fields that a schema of ``kind`` makes of ``value``. Raises ``InvalidRequestError`` with each fault."""
    loaded, faults = read(_schema(kind), value)
    refuse(faults)
    return loaded


@lru_cache
def _schema(kind: type[Strict]) -> Strict:
    """Making one takes longer than using it."""
    return kind()


def read(schema: Strict, value: Json, at: str = "") -> tuple[dict[str, Any], list[Fault]]:
    """The fields that ``schema`` makes of ``value``, which stands at ``at``, and its faults: one of both is empty."""
    try:
        return schema.load(value), []  # type: ignore[arg-type]  # what is no object it refuses
    except ValidationError as error:
        messages = error.messages
    if isinstance(messages, dict):
        for name in schema.READ_ONLY & messages.keys():
            messages[name] = [READ_ONLY]
    return {}, list(_faults(messages, at))


def refuse(faults: list[Fault]) -> None:
    """Raise ``InvalidRequestError`` if there are any."""
    refuse_faults(*((fault.pointer, fault.detail) for fault in faults))


def _faults(messages: Any, at: str) -> Iterator[Fault]:  # noqa: ANN401 (marshmallow nests lists in objects at will)
    if not isinstance(messages, dict):
        yield from (Fault(at, str(message)) for message in messages)
        return
    for key, inner in messages.items():
        yield from _faults(inner, at if key == _WHOLE else f"{at}/{token(str(key))}")
