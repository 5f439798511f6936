"""Which rules, and which domains, a call of pycasbin is about."""

from __future__ import annotations

from collections.abc import Iterable

from enterprise_adapters.casbin.model_rules import SIZES
from enterprise_policy.errors import InvalidRequestError
from enterprise_service.ports.policy_writer import Rule


class Filter:
    """The rules of one kind with certain values from some field on; an empty value is any."""

    def __init__(self, kind: str, first: int, values: tuple[str, ...]) -> None:
        """Raise ``InvalidRequestError`` for fields that no rule has, and when no value is given: that is any rule."""
        size = SIZES.get(kind, 0)
        if first < 0 or first + len(values) > size:
            raise InvalidRequestError(f"rules `{kind}` have no fields {first} to {first + len(values) - 1}")
        if not any(values):
            raise InvalidRequestError(f"a filter without any value would be all rules `{kind}`")
        self._kind = kind
        self._values = [(first + place, value) for place, value in enumerate(values) if value]

    def fits(self, rule: Rule) -> bool:
        """Whether ``rule`` is one of them."""
        return rule.kind == self._kind and all(rule.values[place] == value for place, value in self._values)


def domains_of(wanted: object) -> frozenset[str] | None:
    """The domains that ``wanted`` names: a text, or several; ``None`` is all of them.

    Raises ``InvalidRequestError`` when it is anything else.
    """
    if wanted is None:
        return None
    domains = [wanted] if isinstance(wanted, str) else list(wanted) if isinstance(wanted, Iterable) else [None]
    if not all(isinstance(domain, str) for domain in domains):
        raise InvalidRequestError("a filter is a domain, or a list of domains")
    return frozenset(map(str, domains))
