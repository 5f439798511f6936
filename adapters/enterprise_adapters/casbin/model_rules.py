"""Rules in the model of a pycasbin enforcer: put in and read field by field, never as a line of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from casbin.model.model import Model

from enterprise_policy.errors import InvalidRequestError, ModelRefusedError
from enterprise_service.ports.policy_writer import Rule

_FIELDS: Final = ["p_sub", "p_dom", "p_obj", "p_act", "p_eft"]
_ROLES: Final[Mapping[str, int]] = {"g": 3, "g2": 2}

SIZES: Final[Mapping[str, int]] = {"p": len(_FIELDS), **_ROLES}
"""How many values a rule of each kind has."""


def check_model(model: Model) -> None:
    """Raise ``ModelRefusedError`` unless ``model`` has the definitions of ``policies/model.conf``.

    Any other would give the rules another meaning than they have.
    """
    permissions = {kind: found.tokens for kind, found in (model["p"] or {}).items()}
    roles = {kind: len(found.tokens) for kind, found in (model["g"] or {}).items()}
    if permissions != {"p": _FIELDS} or roles != _ROLES:
        raise ModelRefusedError("the enforcer's model doesn't define `p`, `g` and `g2` as `policies/model.conf` does")


def read_rules(model: Model) -> Iterator[Rule]:
    """All rules of ``model``."""
    for section in ("p", "g"):
        for kind, assertion in (model[section] or {}).items():
            yield from (rule_of(kind, values) for values in assertion.policy)


def put_rules(model: Model, rules: Iterable[Rule]) -> None:
    """Put ``rules`` into ``model`` that aren't there; its role links are built by whoever loads it."""
    held = frozenset(read_rules(model))
    for rule in rules:
        if rule not in held:
            model[rule.kind[0]][rule.kind].policy.append(list(rule.values))


def rule_of(kind: str, values: Sequence[Any]) -> Rule:
    """The rule of ``values``. Raises ``InvalidRequestError`` when they aren't all texts."""
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise InvalidRequestError(f"a rule `{kind}` must be a list of texts")
    return Rule(kind, tuple(values))
