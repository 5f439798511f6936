"""pycasbin as the reference that our decisions are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from casbin import Enforcer

from enterprise_adapters.casbin.registration import register
from enterprise_policy.decide.question import Asked


class Rules(Protocol):
    """A policy in Casbin's form, such as ``effective_rules`` gives."""

    @property
    def p(self) -> Sequence[tuple[str, str, str, str, str]]:
        """Role, domain, resource, action, effect."""

    @property
    def g(self) -> Sequence[tuple[str, str, str]]:
        """Member, role, domain."""

    @property
    def g2(self) -> Sequence[tuple[str, str]]:
        """Child, parent."""


class Oracle:
    """Decides one policy as pycasbin does, with an enforcer of its own: one that is loaded again isn't reliable.

    Its cost is in proportion to the rules, and it isn't for several threads. Casbin follows at most nine links from a
    subject to a role, or from a domain up; the policy allows no more than eight.
    """

    def __init__(self, model: str, rules: Rules) -> None:
        """``model`` is the text of the model file. Rules go in field by field: no line of text is made and parsed."""
        policy = Enforcer.new_model(text=model)  # type: ignore[no-untyped-call]
        policy["p"]["p"].policy.extend(map(list, rules.p))
        policy["g"]["g"].policy.extend(map(list, rules.g))
        policy["g"]["g2"].policy.extend(map(list, rules.g2))
        self._enforcer = Enforcer(policy)
        register(self._enforcer)
        self._enforcer.build_role_links()  # type: ignore[no-untyped-call]

    def decide(self, asked: Asked) -> bool:
        """Whether pycasbin allows ``asked``."""
        subject, domain, resource, action = asked.subject, asked.domain, asked.resource, asked.action
        return bool(self._enforcer.enforce(subject, domain, resource, action))  # type: ignore[no-untyped-call]
