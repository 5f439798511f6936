"""What there is to write so that an export has the rules in force, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from enterprise_policy.decide.casbin_form import CasbinRules
from enterprise_service.ports.policy_export import Row, Rule, key_of
from enterprise_service.ports.policy_writer import each_rule

Batch: TypeAlias = tuple[Sequence[Row], Sequence[Rule]]
"""Rows to take away, and rules to make rows of."""


@dataclass(frozen=True, slots=True)
class Differences:
    """Rules that have no row, rows that are of no rule, and rules whose row holds something else, with that row."""

    missing: list[Rule] = field(default_factory=list)
    extra: list[Row] = field(default_factory=list)
    different: list[tuple[Rule, Row]] = field(default_factory=list)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.missing) + len(self.extra) + len(self.different)

    def batches(self, size: int) -> Iterator[Batch]:
        """All that there is to do, at most ``size`` rows and ``size`` rules at once."""
        removed = [*self.extra, *(row for _, row in self.different)]
        added = [*self.missing, *(rule for rule, _ in self.different)]
        for start in range(0, max(len(removed), len(added)), size):
            yield removed[start : start + size], added[start : start + size]


def rows_of(rules: CasbinRules) -> Iterator[Rule]:
    """``rules`` as rows of the usual Casbin schema."""
    return ((rule.kind, *rule.values) for rule in each_rule(rules))


def compare(rules: Iterable[Rule], rows: Iterable[Row]) -> Differences:
    """What ``rows`` have otherwise than ``rules``. A row that comes twice, since it was moved, counts once."""
    waiting: dict[str, Rule | None] = {key_of(rule): rule for rule in rules}
    found = Differences()
    for row in rows:
        if row.key is None or row.key not in waiting:
            found.extra.append(row)
            continue
        rule, waiting[row.key] = waiting[row.key], None
        if rule is not None and rule != row.rule:
            found.different.append((rule, row))
    found.missing.extend(rule for rule in waiting.values() if rule is not None)
    return found
