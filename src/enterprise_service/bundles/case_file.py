"""Reads test cases: questions with the answers that are right."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from enterprise_policy.decide.reason import ReasonCode
from enterprise_policy.values.names import action_fault, id_fault, resource_fault, subject_fault
from enterprise_service.bundles.document import Node
from enterprise_service.bundles.draft import Case
from enterprise_service.bundles.faults import quoted
from enterprise_service.bundles.section import Section, choice, read_section

_ASKED = {
    "subject": subject_fault,
    "action": action_fault,
    "resource": resource_fault,
    "domain": id_fault,
}
_FIELDS = ("name", *_ASKED, "expect", "reason")


class _Expected(StrEnum):
    """The two answers."""

    ALLOW = "allow"
    DENY = "deny"


def read_case_file(section: Section) -> tuple[Case, ...]:
    """The cases of a file of ``kind: cases``, those that could be read in full."""
    section.prose("description")
    cases: dict[str, Case] = {}
    for node in section.items("cases", required=True):
        item = read_section(section.notes, node, _FIELDS)
        case = None if item is None else _case(item)
        if item is not None and case is not None and case.name in cases:
            expected = f"expected another name; the case on line {cases[case.name].line} has it too"
            item.notes.add(_name_node(item).place, f"the case {quoted(case.name)} twice", expected)
        elif case is not None:
            cases[case.name] = case
    return tuple(cases.values())


def _case(section: Section) -> Case | None:
    """The case in ``section``; every field is read before one that is missing counts."""
    name = section.text("name", required=True)
    asked = {field: _asked(section, field, fault) for field, fault in _ASKED.items()}
    expect = section.required_word("expect", _Expected)
    reason = section.required_word("reason", ReasonCode)
    texts = {field: text for field, text in asked.items() if text is not None}
    if name is None or expect is None or reason is None or len(texts) < len(asked):
        return None
    allowed = expect is _Expected.ALLOW
    _agree(section, reason, allowed=allowed)
    line = _name_node(section).place.line
    return Case(path=section.notes.path, line=line, name=name, allowed=allowed, reason=reason.value, **texts)


def _asked(section: Section, field: str, fault_of: Callable[[str], str | None]) -> str | None:
    """A part of the question, if it is one that can be asked."""
    text = section.text(field, required=True)
    fault = None if text is None else fault_of(text)
    if text is None or fault is None:
        return text
    section.notes.add((section.get(field) or section.node).place, f"{quoted(text)} {fault}")
    return None


def _agree(section: Section, reason: ReasonCode, *, allowed: bool) -> None:
    """One reason is that of an allow, all others are reasons of a deny."""
    if allowed is not (reason is ReasonCode.ALLOWED_BY_PERMISSION):
        answer = "allow" if allowed else "deny"
        place = (section.get("reason") or section.node).place
        section.notes.add(place, f"`{reason.value}` is no reason to {answer}", _agreeing(answer))


def _agreeing(answer: str) -> str:
    codes = (code for code in ReasonCode if (code is ReasonCode.ALLOWED_BY_PERMISSION) is (answer == "allow"))
    return choice([code.value for code in codes])


def _name_node(section: Section) -> Node:
    return section.get("name") or section.node
