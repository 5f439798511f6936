"""Refusing a record with all that is wrong with it at once."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeVar

from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_policy.values.names import text_fault

NAME_LIMIT: Final = 256
DESCRIPTION_LIMIT: Final = 2000
REASON_LIMIT: Final = 500
ATTRIBUTE_LIMIT: Final = 1024

E = TypeVar("E", bound=Enum)


def refuse_faults(*checks: tuple[str, str | None]) -> None:
    """Raise ``InvalidRequestError`` with each of the (pointer, fault) pairs that has a fault."""
    faults = tuple(Fault(pointer, fault) for pointer, fault in checks if fault is not None)
    if faults:
        first = faults[0]
        raise InvalidRequestError(f"`{first.pointer}` {first.detail}", faults=faults)


def attributes_checks(attributes: tuple[tuple[str, str], ...]) -> list[tuple[str, str | None]]:
    """What is wrong with each key and value of a record's attributes."""
    return [
        (f"/attributes/{key}", text_fault(key, NAME_LIMIT) or text_fault(value, ATTRIBUTE_LIMIT))
        for key, value in attributes
    ]


def optional_text_fault(text: str | None, limit: int) -> str | None:
    """What is wrong with a text that may be absent. An empty one would be read back as absent."""
    return None if text is None else text_fault(text, limit)


def read_enum(kind: type[E], value: object, pointer: str) -> E:
    """The member of ``kind`` that ``value`` spells exactly.

    Raises ``InvalidRequestError``: an effect spelt `Deny` is refused here, so that it can't silently deny nothing.
    """
    try:
        return kind(value)
    except ValueError as error:
        words = " or ".join(f"`{member.value}`" for member in kind)
        raise InvalidRequestError.at(pointer, f"must be {words}") from error
