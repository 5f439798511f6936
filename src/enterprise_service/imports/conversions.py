"""Turning texts of a source into texts that records can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from hashlib import sha256
from typing import Final

from enterprise_policy.values.names import id_fault
from enterprise_policy.values.windows import format_instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NOT_IN_IDS: Final = re.compile("[^A-Za-z0-9._:-]+")
_STEM: Final = 100
_DIGITS: Final = 10


class Conversion(StrEnum):
    """The words after `as`."""

    ID = "id"
    TIME = "time"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


def convert(text: str, conversion: Conversion) -> str:
    """``text`` converted. Raises ``ValueError`` with the rest of a sentence about it."""
    return _CONVERSIONS[conversion](text)


def _to_id(text: str) -> str:
    """``text`` if it is an id; else what is left of it, with a mark that only this text has."""
    if id_fault(text) is None:
        return text
    stem = _NOT_IN_IDS.sub("-", text).lstrip("._:-")[:_STEM].rstrip("-") or "id"
    return f"{stem}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}"


def _to_time(text: str) -> str:
    reason = "must be a time with its zone such as `2026-01-31T09:00:00+01:00`"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(reason) from error
    if moment.tzinfo is None:
        raise ValueError(reason)
    return format_instant((moment - _EPOCH) // _MICROSECOND)


def _since_1970(unit: timedelta, name: str) -> Callable[[str], str]:
    def converted(text: str) -> str:
        try:
            return format_instant(int(Decimal(text) * (unit // _MICROSECOND)))
        except (InvalidOperation, ValueError, OverflowError) as error:
            reason = f"must be a number of {name} since 1970"
            raise ValueError(reason) from error

    return converted


_CONVERSIONS: Final[Mapping[Conversion, Callable[[str], str]]] = {
    Conversion.ID: _to_id,
    Conversion.TIME: _to_time,
    Conversion.SECONDS: _since_1970(timedelta(seconds=1), "seconds"),
    Conversion.MILLISECONDS: _since_1970(timedelta(milliseconds=1), "milliseconds"),
}
