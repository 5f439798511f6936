"""What ``policies/model.conf`` needs besides Casbin's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from enterprise_policy.values.patterns import matches


class CasbinEnforcer(Protocol):
    """What is used of pycasbin's enforcers, which have no types."""

    def get_named_role_manager(self, ptype: str) -> Any:  # noqa: ANN401 - pycasbin's own object
        """The role manager of ``g`` or ``g2``."""

    def add_function(self, name: str, func: Callable[[str, str], bool]) -> None:
        """Let the matcher call ``func``."""

    def add_named_domain_matching_func(self, ptype: str, fn: Callable[[str, str], bool]) -> bool:
        """Let ``fn`` say at which domains a link counts."""


def register(enforcer: CasbinEnforcer) -> None:
    """Teach ``enforcer``, made with ``policies/model.conf``, our patterns and what a place in the domain tree means.

    With it any pycasbin program decides by the rules that ``enterprise-service policy export`` gives. After a change of
    ``g2`` call ``enforcer.build_role_links()``: Casbin keeps what it worked out for a domain.
    """
    tree = enforcer.get_named_role_manager("g2")

    def holds(asked: str, held: str) -> bool:
        """Whether what is held at the domain ``held`` counts at ``asked``: it is the same, or above."""
        return bool(tree.has_link(asked, held))

    enforcer.add_function("resourceMatch", _resource_match)
    enforcer.add_named_domain_matching_func("g", holds)


def _resource_match(resource: str, pattern: str) -> bool:
    return matches(pattern, resource)
