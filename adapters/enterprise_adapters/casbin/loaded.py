"""The rules that a program's enforcer was given: what it has changed is told by comparing its model with them."""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable
from typing import NamedTuple

from casbin.model.model import Model

from enterprise_policy.errors import ConflictError
from enterprise_service.ports.policy_writer import Rule


class Difference(NamedTuple):
    """What makes of the rules that were loaded those of a model."""

    removed: Collection[Rule]
    added: Collection[Rule]


class Loaded:
    """Those that were loaded, as far as the enforcer has not replaced or removed them since, and those it has written.

    Not those in force: what others have changed meanwhile is neither here nor in the enforcer's model. So it is no part
    of the difference, and no save undoes it. One thread at a time may call.
    """

    def __init__(self) -> None:
        """Nothing has been loaded."""
        self._rules: dict[Rule, None] | None = None
        self._model: weakref.ref[Model] | None = None
        self._older: weakref.WeakSet[Model] = weakref.WeakSet()

    def begin(self, model: Model, rules: Iterable[Rule]) -> None:
        """``model`` has ``rules`` now, and all that was loaded before is forgotten."""
        self._rules = None
        self.add(model, rules)

    def add(self, model: Model, rules: Iterable[Rule]) -> None:
        """``model`` has ``rules`` besides those that were loaded before, which it has kept."""
        last = None if self._model is None else self._model()
        if last is not None and last is not model:
            self._older.add(last)
        self._older.discard(model)
        self._model = weakref.ref(model)
        self._rules = {**(self._rules or {}), **dict.fromkeys(rules)}

    def wrote(self, removed: Iterable[Rule], added: Iterable[Rule]) -> None:
        """The enforcer has made a change of the policy."""
        if self._rules is not None:
            gone = frozenset(removed)
            self._rules = {**{rule: None for rule in self._rules if rule not in gone}, **dict.fromkeys(added)}

    def may_have(self, rule: Rule) -> bool:
        """Whether the enforcer was given ``rule``, or that isn't known."""
        return self._rules is None or rule in self._rules

    def difference(self, model: Model, rules: Collection[Rule]) -> Difference | None:
        """What was changed until ``model`` had ``rules``; ``None`` when nothing was ever loaded.

        Raises ``ConflictError`` when another has been loaded since ``model`` was: it can't be told what was changed.
        """
        if model in self._older:
            raise ConflictError("another model has taken the place of this one; it has to be loaded again to be saved")
        if self._rules is None:
            return None
        kept = frozenset(rules)
        removed = [rule for rule in self._rules if rule not in kept]
        return Difference(removed, [rule for rule in dict.fromkeys(rules) if rule not in self._rules])
