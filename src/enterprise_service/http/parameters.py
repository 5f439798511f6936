"""Parameters of the query: each is described once, and read and documented by that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.checks import refuse_faults
from enterprise_service.http.edge.json_body import token


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """``read`` gives the value of a text, or raises ``ValueError`` with what is wrong; ``default`` is that of none.

    One that is ``required`` has no default.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    default: Any = None
    required: bool = False


def read_parameters(query: bytes, known: Sequence[Parameter]) -> dict[str, Any]:
    """The values of ``known`` in ``query``, by name.

    Raises ``InvalidRequestError`` with those that are unknown, missing or given twice, or the first of no value that it
    can have.
    """
    pairs = _pairs(query)
    by_name = {parameter.name: parameter for parameter in known}
    counts = Counter(name for name, _ in pairs)
    missing = ((f"/{each.name}", "is missing") for each in known if each.required and each.name not in counts)
    refuse_faults(*_misplaced(counts, by_name), *missing)
    found: dict[str, Any] = {parameter.name: parameter.default for parameter in known}
    for name, text in pairs:
        try:
            found[name] = by_name[name].read(text)
        except ValueError as error:
            raise InvalidRequestError.at(f"/{name}", str(error)) from error
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    except ValueError as error:
        detail = "the parameters after `?` are no list of `name=value` in percent-encoded UTF-8"
        raise InvalidRequestError(detail) from error


def _misplaced(counts: Counter[str], known: Mapping[str, Parameter]) -> Iterator[tuple[str, str]]:
    for name, count in counts.items():
        if name not in known:
            yield f"/{token(name)}", "is no parameter of this path"
        elif count > 1:
            yield f"/{name}", "is given more than once"


def flag(text: str) -> bool:
    """Whether ``text`` says `true`. Raises ``ValueError`` when it doesn't say `false` either."""
    if text not in ("true", "false"):
        raise ValueError("must be `true` or `false`")
    return text == "true"


def whole(least: int, most: int) -> Callable[[str], int]:
    """Reads whole numbers from ``least`` to ``most``; it raises ``ValueError`` for anything else."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def sound(fault_of: Callable[[str], str | None]) -> Callable[[str], str]:
    """Reads texts in which ``fault_of`` finds nothing wrong; it raises ``ValueError`` with what it finds."""

    def read(text: str) -> str:
        fault = fault_of(text)
        if fault is not None:
            raise ValueError(fault)
        return text

    return read
