"""The policy in Casbin's form, read and changed rule by rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from enterprise_policy.decide.casbin_form import CasbinRules


class Rule(NamedTuple):
    """One rule: ``kind`` is ``p``, ``g`` or ``g2``, ``values`` what follows it, as ``CasbinRules`` tells."""

    kind: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        """In one line, for people."""
        return ", ".join((self.kind, *map(str, self.values))).encode("unicode_escape").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesAt:
    """The rules that are in force, and which revision of which log has them."""

    log_id: str
    revision: int
    rules: CasbinRules


class Written(NamedTuple):
    """The revision that a change made, or, when there was nothing to do and none was ``made``, the present one."""

    revision: int
    made: bool


Rewrite: TypeAlias = Callable[[CasbinRules], Iterable[Rule]]
"""The rules that shall stand in the place of those that it is given."""


def each_rule(rules: CasbinRules) -> Iterator[Rule]:
    """``rules`` one by one, in their order."""
    yield from (Rule("p", values) for values in rules.p)
    yield from (Rule("g", values) for values in rules.g)
    yield from (Rule("g2", values) for values in rules.g2)


class PolicyWriter(ABC):
    """Reads the rules in force and changes them, in the name of one actor.

    1. A change is made whole or not at all, as one revision that names the actor.
    2. What our names can't hold is ``InvalidRequestError``, which tells the rule and the field.
    3. What any other way of writing refuses is refused here too, by the same error.
    4. A rule that is there already isn't added again, one that isn't there isn't missed: nothing to do, no revision.
    5. Trouble with the store leaves as ``UnavailableError``.
    6. Any thread may call any method.
    """

    @abstractmethod
    def rules(self, domains: Collection[str] | None = None) -> RulesAt:
        """The rules in force, of ``domains`` and those above them (all, when they aren't given).

        7. Never older than a change of this policy that was acknowledged before, in any process.
        8. Decisions in ``domains`` depend on no other rule.
        """

    @abstractmethod
    def change(self, removed: Collection[Rule], added: Collection[Rule], *, only_if_there: bool = False) -> Written:
        """Take ``removed`` away, and put ``added`` in.

        9. From that revision on, each of ``added`` is in force and none of ``removed`` that isn't among them.
        10. A role or domain that a rule names for the first time is made; one that is named no more goes.
        11. With ``only_if_there`` a rule of ``removed`` that isn't in force is ``ConflictError``.
        """

    @abstractmethod
    def rewrite(self, wanted: Rewrite, domains: Collection[str] | None = None) -> Written:
        """Put what ``wanted`` makes of the rules (of ``domains`` and those above them) in their place.

        12. ``wanted`` gets the very rules that it replaces. It may be called more than once.
        13. A rule of any other domain is ``InvalidRequestError``.
        14. What isn't in force now (a window, a suspended domain) is no rule, and stays.
        """
