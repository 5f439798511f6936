"""The page about authority and the program say the same."""

from __future__ import annotations

import re
from typing import Final

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES, READ_ALL
from enterprise_policy.state.key_rules import LINE_LIMIT
from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import MANAGEMENT, PLATFORM
from enterprise_service.administer.authority import AUTHORITY, TO_READ_CHANGES, Asked, Deed, Rule
from enterprise_service.administer.escalation import NAMED
from enterprise_service.administer.rights import BOUND, RIGHTS_OF_ROLE, TO_DECIDE, TO_QUERY, Right, scope_rights
from tests.support.documents import document, unquoted, words_in
from tests.support.policies import state_of

PAGE: Final = document("docs/reference/authority.md")

DEEDS: Final = {
    "create it": Deed.CREATE,
    "create or extend it": Deed.CREATE,
    "read it": Deed.READ,
    "change it": Deed.UPDATE,
    "rename it": Deed.UPDATE,
    "change its name or attributes": Deed.UPDATE,
    "delete it": Deed.DELETE,
    "suspend, resume or delete it": Deed.ADMINISTER,
    "suspend, resume, move or delete it": Deed.ADMINISTER,
}
PLACES: Final = {
    "its parent": Asked.PARENT,
    "its parent, of a move both": Asked.PARENT,
    "itself": Asked.ITSELF,
    "its clinic": Asked.ITSELF,
    "its domain": Asked.ITSELF,
}


def right(cell: str) -> Right:
    action, collection = words_in(cell)
    return Right(collection, action)


def test_each_row_of_the_table_is_told() -> None:
    told = {
        (Kind(unquoted(record)), DEEDS[to]): Rule(right(needs), PLACES[where])
        for record, to, needs, where in PAGE.table("What a call needs")
    }
    assert told == dict(AUTHORITY)


@pytest.mark.parametrize(
    ("row", "needed"),
    [("read a change", TO_READ_CHANGES), ("ask a query", TO_QUERY), ("ask for a decision", TO_DECIDE)],
)
def test_what_is_only_read_needs_what_is_told(row: str, needed: Right) -> None:
    (line,) = [line for line in PAGE.prose if line.startswith(f"| {row} |")]
    assert right(line.split("|")[2]) == needed


def rights_told(cell: str) -> set[Right]:
    """The rights in a cell such as ```create`, `update` on `roles`, `clinics`; `read` everything``."""
    found: set[Right] = set()
    for part in cell.split(";"):
        actions, _, collections = part.partition(" on ")
        if part.strip() == "everything":
            found.add(Right("*", "*"))
        elif "everything" in part:
            found |= {Right("*", action) for action in words_in(part)}
        else:
            found |= {Right(c, a) for c in words_in(collections) for a in words_in(actions)}
    return found


def test_the_built_in_roles_are_told_in_their_order() -> None:
    rows = [unquoted(row[0]) for row in PAGE.table("Built-in roles")]
    assert rows == [role.id for role in BUILT_IN_ROLES]


@pytest.mark.parametrize("row", PAGE.table("Built-in roles"), ids=lambda row: unquoted(row[0]))
def test_a_built_in_role_may_what_is_told(row: tuple[str, ...]) -> None:
    (role,) = [role for role in BUILT_IN_ROLES if role.id == unquoted(row[0])]
    assert READ_ALL.resource == f"{MANAGEMENT}*"
    assert rights_told(row[1]) == RIGHTS_OF_ROLE[role.ref]


def test_the_scopes_are_told() -> None:
    state = state_of()
    rows = PAGE.table("Scopes of API keys")
    assert {Scope(unquoted(scope)) for scope, *_ in rows} == set(Scope)
    assert {Scope(unquoted(scope)) for scope, _, bounded in rows if bounded == "yes"} == BOUND
    given = {Scope(unquoted(scope)): words_in(gives) for scope, gives, _ in rows}
    for scope in (Scope.DECIDE, Scope.AUDIT):
        (role,) = [role for role in BUILT_IN_ROLES if role.id == given[scope][0]]
        assert scope_rights(state, PLATFORM, scope) == RIGHTS_OF_ROLE[role.ref]
    query = scope_rights(state, PLATFORM, Scope.QUERY)
    assert query == scope_rights(state, PLATFORM, Scope.DECIDE) | {Right(*reversed(given[Scope.QUERY]))}
    administrators = [role.id for role in BUILT_IN_ROLES if role.id.endswith("-admin")]
    assert given[Scope.MANAGE] == administrators


def test_the_numbers_are_those_of_the_program() -> None:
    text = " ".join(PAGE.prose)
    assert re.search(r"up to (\d+) subjects", text)[1] == str(NAMED)  # type: ignore[index]
    assert re.search(r"at most (\d+) keys are in one line", text)[1] == str(LINE_LIMIT)  # type: ignore[index]
