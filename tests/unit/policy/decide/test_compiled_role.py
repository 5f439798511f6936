"""The look-ups of a role find what its permissions say, one by one and all together."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from enterprise_policy.decide.compiled_role import ALLOW, BITS, DENY, compile_role
from enterprise_policy.state.role import Permission
from tests.support.policies import allow, deny
from tests.support.reference import names

PATTERNS = (
    "/a",
    "/a/:x",
    "/a/*",
    "/b/:x",
    "/:x",
    "/:x/b",
    "/*",
    "*",
    "t",
    "/management/*",
    "/management/:x",
    "/management/a",
)
RESOURCES = (
    "/a",
    "/b",
    "/a/b",
    "/a/c",
    "/b/a",
    "/c/b",
    "/a/b/c",
    "t",
    "u",
    "*",
    "/management",
    "/management/a",
    "/management/b/c",
)
ACTIONS = ("read", "write", "other", "*")
PERMISSIONS = [
    *(allow(pattern) for pattern in PATTERNS),
    *(deny(pattern, "read") for pattern in PATTERNS),
    *(allow(pattern, "write") for pattern in PATTERNS[::2]),
]


def effects(permissions: frozenset[Permission], resource: str, action: str) -> int:
    """What ``permissions`` say, looked at one after the other."""
    found = 0
    for permission in permissions:
        if permission.action in ("*", action) and names(permission.resource, resource):
            found |= BITS[permission.effect]
    return found


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_permissions_are_found_everywhere(count: int) -> None:
    for chosen in map(frozenset, combinations(PERMISSIONS, count)):
        compiled = compile_role(chosen)
        for resource, action in product(RESOURCES, ACTIONS):
            assert compiled.effects(resource, action) == effects(chosen, resource, action), (chosen, resource, action)


def test_all_permissions_together_are_found_everywhere() -> None:
    everything = frozenset(PERMISSIONS)
    compiled = compile_role(everything)
    for resource, action in product(RESOURCES, ACTIONS):
        assert compiled.effects(resource, action) == effects(everything, resource, action), (resource, action)


def test_the_same_pattern_may_allow_and_deny() -> None:
    compiled = compile_role(frozenset({allow("/a/:x"), deny("/a/:x", "read")}))
    assert compiled.effects("/a/b", "read") == ALLOW | DENY
    assert compiled.effects("/a/b", "write") == ALLOW
