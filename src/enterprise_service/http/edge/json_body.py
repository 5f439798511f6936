"""JSON, strictly: what two parsers could read differently is refused.

Refused are duplicate keys, NaN and infinities, numbers too large to be told apart, nesting deeper than 32, and anything
that isn't UTF-8. Lone surrogates, which only an escape can bring in, are the readers' of the texts to refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn, TypeAlias

from enterprise_policy.errors import InvalidJsonError, InvalidRequestError

DEPTH_LIMIT: Final = 32
DIGITS_LIMIT: Final = 32
"""Digits of a whole number; Python itself refuses to read one of many thousands."""

Json: TypeAlias = dict[str, Any] | list[Any] | str | int | float | bool | None


class _Duplicate(dict[str, Any]):
    """An object that has the key ``twice`` twice."""

    twice = ""


def parse(body: bytes) -> Json:
    """The value that ``body`` is.

    Raises ``InvalidJsonError`` when it is no JSON text in UTF-8, ``InvalidRequestError`` for what is refused besides.
    """
    if not body:
        raise InvalidJsonError("the body is empty")
    try:
        value: Json = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidJsonError(f"the body is not UTF-8, at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InvalidJsonError(f"the body is no JSON, at line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise _too_deep() from error
    _check(value)
    return value


def _check(value: Json) -> None:
    """Look at each level of ``value`` once."""
    level: list[tuple[str, Json]] = [("", value)]
    for _ in range(DEPTH_LIMIT):
        for pointer, node in level:
            if isinstance(node, _Duplicate):
                raise InvalidRequestError.at(f"{pointer}/{token(node.twice)}", "is given more than once")
        level = [child for pointer, node in level for child in _children(pointer, node)]
        if not level:
            return
    raise _too_deep()


def _children(pointer: str, node: Json) -> Iterator[tuple[str, Json]]:
    """What can hold more."""
    if isinstance(node, dict):
        return ((f"{pointer}/{token(key)}", child) for key, child in node.items() if isinstance(child, dict | list))
    if isinstance(node, list):
        return ((f"{pointer}/{place}", child) for place, child in enumerate(node) if isinstance(child, dict | list))
    return iter(())


def token(key: str) -> str:
    """``key`` as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _too_deep() -> InvalidRequestError:
    return InvalidRequestError(f"the body is nested deeper than {DEPTH_LIMIT} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    duplicate = _Duplicate(found)
    duplicate.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return duplicate


def _whole(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise InvalidRequestError("the body has a number of too many digits")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise InvalidRequestError("the body has a number that is too large")
    return number


def _constant(text: str) -> NoReturn:
    raise InvalidRequestError(f"the body has `{text}`, which is no JSON number")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_fraction, parse_constant=_constant
)
