"""Which rows of a Casbin policy file can be said here without another meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from enterprise_policy.decide.casbin_form import ROLE_PREFIX, role_called
from enterprise_policy.state.role import ANY_ACTION, Effect, RoleRef
from enterprise_policy.values.names import PLATFORM, action_fault, id_fault, subject_fault
from enterprise_policy.values.patterns import EVERYTHING, parse_pattern, pattern_fault
from enterprise_service.bundles.casbin_rows import Row
from enterprise_service.bundles.document import ScalarNode
from enterprise_service.bundles.faults import nearest, quoted
from enterprise_service.bundles.section import Notes, choice

Judge = Callable[[str], str | None]
"""Says what keeps a text from being a value of some kind, as the rest of a sentence about it."""

_EFFECTS: Final = tuple(effect.value for effect in Effect)


def role_ref(name: str) -> RoleRef:
    """The role that ``name`` means as a role."""
    return role_called(name) or RoleRef(PLATFORM, name)


def role_names(rows: Iterable[Row]) -> frozenset[str]:
    """The names that are roles: whatever holds a permission or is held, and what can be nothing else."""
    roles = {row.texts[0] for row in rows if row.kind == "p" or row.texts[0].startswith(ROLE_PREFIX)}
    return frozenset(roles | {row.texts[1] for row in rows if row.kind == "g"})


class Grammar:
    """Judges rows. ``roles`` are the names that are roles; with ``patterns`` resources and actions may be patterns."""

    def __init__(self, notes: Notes, roles: frozenset[str], *, patterns: bool) -> None:
        self._notes = notes
        self._roles = roles
        self._patterns = patterns
        self._judged: dict[tuple[Judge, str], bool] = {}

    def holds(self, row: Row) -> bool:
        """Whether every value of ``row`` can be said here; one that can't is noted where it stands first."""
        fine = [self._is_fine(judge, value) for judge, value in zip(self._judges(row), row.values, strict=False)]
        return all(fine)

    def _judges(self, row: Row) -> tuple[Judge, ...]:
        if row.kind == "p":
            return (_name_fault, id_fault, self._resource_fault, self._action_fault, _effect_fault)
        if row.kind == "g":
            member = _name_fault if row.texts[0] in self._roles else subject_fault
            return (member, _name_fault, id_fault)
        return (id_fault, id_fault)

    def _is_fine(self, judge: Judge, value: ScalarNode) -> bool:
        key = (judge, value.text)
        if key not in self._judged:
            fault = judge(value.text)
            self._judged[key] = fault is None
            if fault is not None:
                self._note(judge, value, fault)
        return self._judged[key]

    def _note(self, judge: Judge, value: ScalarNode, fault: str) -> None:
        expected, hint = None, None
        if judge is _effect_fault:
            expected, hint = choice(_EFFECTS), nearest(value.text, _EFFECTS)
        self._notes.add(value.place, f"{quoted(value.text)} {fault}", expected, hint)

    def _resource_fault(self, text: str) -> str | None:
        fault = pattern_fault(text)
        if fault is None and not self._patterns and _is_pattern(text):
            return "would be read as a pattern here, and isn't one in plain Casbin"
        return fault

    def _action_fault(self, text: str) -> str | None:
        if text == ANY_ACTION and not self._patterns:
            return "would be read as every action here, and is an action like others in plain Casbin"
        return action_fault(text)


def _name_fault(name: str) -> str | None:
    """What keeps ``name`` from being a role's."""
    ref = role_ref(name)
    return id_fault(ref.domain) or id_fault(ref.id)


def _effect_fault(text: str) -> str | None:
    return None if text in _EFFECTS else "is no effect"


def _is_pattern(text: str) -> bool:
    if text[:1] != "/":
        return text == EVERYTHING
    pattern = parse_pattern(text)
    return pattern.open_ended or None in pattern.segments
