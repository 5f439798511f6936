"""Questions read field by field, so that every fault is found and named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from enterprise_policy.errors import Fault, InvalidRequestError
from enterprise_policy.values.names import action_fault, id_fault, resource_fault, subject_fault
from enterprise_service.http.edge.asked import CHECKS_LIMIT, REVISION_LIMIT, Ask, Batch
from enterprise_service.http.edge.json_body import Json, parse, token
from enterprise_service.http.edge.problems import FAULTS_SHOWN

TEXTS: Final[dict[str, tuple[str, Callable[[str], str | None]]]] = {
    "sub": ("subject", subject_fault),
    "dom": ("domain", id_fault),
    "obj": ("resource", resource_fault),
    "act": ("action", action_fault),
}
"""Each text of a question on the wire: what it is called inside, and its grammar."""

_CHECK: Final = frozenset({*TEXTS, "explain"})
_ASK: Final = _CHECK | {"at_least"}
_BATCH: Final = _ASK | {"checks"}


def read_ask(body: bytes) -> Ask:
    """The question that ``body`` asks. Raises ``InvalidJsonError`` or ``InvalidRequestError``."""
    reader = _Reader()
    fields = reader.fields(parse(body), "", _ASK)
    found = reader.question(fields, "")
    reader.complain_of_missing(found, "")
    at_least = reader.revision(fields)
    reader.finish()
    return Ask(**found, at_least=at_least)


def read_batch(body: bytes) -> Batch:
    """The questions that ``body`` asks. Raises ``InvalidJsonError`` or ``InvalidRequestError``."""
    reader = _Reader()
    fields = reader.fields(parse(body), "", _BATCH)
    defaults = reader.question(fields, "")
    at_least = reader.revision(fields)
    checks = [_read_check(reader, check, place, defaults) for place, check in enumerate(reader.checks(fields))]
    reader.finish()
    return Batch([Ask(**check) for check in checks], at_least)


def _read_check(reader: _Reader, value: Json, place: int, defaults: dict[str, Any]) -> dict[str, Any]:
    if reader.is_full():
        return {}
    at = f"/checks/{place}"
    found = {**defaults, **reader.question(reader.fields(value, at, _CHECK), at)}
    reader.complain_of_missing(found, at)
    return found


class _Reader:
    """Reads fields, and remembers what was wrong with them.

    A text that breaks its grammar is read all the same: it has been complained of, and isn't missing.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def complain(self, pointer: str, detail: str) -> None:
        self._faults.append(Fault(pointer, detail))

    def is_full(self) -> bool:
        """Whether more faults would not be shown."""
        return len(self._faults) >= FAULTS_SHOWN

    def finish(self) -> None:
        """Raise ``InvalidRequestError`` if anything was wrong."""
        if self._faults:
            raise self._refusal()

    def _refusal(self) -> InvalidRequestError:
        first, more = self._faults[0], len(self._faults) - 1
        place = f"`{first.pointer}`" if first.pointer else "the body"
        detail = f"{place} {first.detail}" + (f", and {more} more" if more else "")
        return InvalidRequestError(detail, faults=tuple(self._faults))

    def fields(self, value: Json, at: str, known: Iterable[str]) -> dict[str, Any]:
        """The fields of the object ``value``; raises at once when it is none."""
        if not isinstance(value, dict):
            self.complain(at, "must be an object")
            raise self._refusal()
        for name in value:
            if name not in known and not self.is_full():
                self.complain(f"{at}/{token(name)}", "is no field of this request")
        return value

    def question(self, fields: dict[str, Any], at: str) -> dict[str, Any]:
        """What ``fields`` says of a question, under its inner names."""
        found: dict[str, Any] = {}
        for name, (inner, fault_of) in TEXTS.items():
            if name in fields:
                found[inner] = self._text(fields[name], f"{at}/{name}", fault_of)
        if "explain" in fields:
            found["explain"] = fields["explain"]
            if not isinstance(found["explain"], bool):
                self.complain(f"{at}/explain", "must be `true` or `false`")
        return found

    def _text(self, value: Json, pointer: str, fault_of: Callable[[str], str | None]) -> str:
        if not isinstance(value, str):
            self.complain(pointer, "must be text")
            return ""
        fault = fault_of(value)
        if fault is not None:
            self.complain(pointer, fault)
        return value

    def complain_of_missing(self, found: dict[str, Any], at: str) -> None:
        for name, (inner, _) in TEXTS.items():
            if inner not in found:
                self.complain(f"{at}/{name}", "is missing")

    def revision(self, fields: dict[str, Any]) -> int:
        """The revision that is demanded; 0 when none is."""
        value = fields.get("at_least", 0)
        if type(value) is int and 0 <= value <= REVISION_LIMIT:
            return value
        self.complain("/at_least", f"must be a whole number from 0 to {REVISION_LIMIT}")
        return 0

    def checks(self, fields: dict[str, Any]) -> list[Json]:
        """The values of a batch."""
        value = fields.get("checks")
        if "checks" not in fields:
            self.complain("/checks", "is missing")
        elif not isinstance(value, list) or not 1 <= len(value) <= CHECKS_LIMIT:
            self.complain("/checks", f"must be a list of 1 to {CHECKS_LIMIT:,} checks")
        else:
            return value
        return []
