from __future__ import annotations

import pytest

from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.role import Effect, Role
from enterprise_service.bundles.casbin_csv import parse_casbin_csv
from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.faults import PolicyFilesError, render
from tests.support.policies import ref
from tests.unit.bundles.loading import empty, records


def imported(text: str, *, patterns: bool = False) -> dict[tuple[str, str, str], object]:
    """The records that the file makes."""
    made = records(state_of(parse_casbin_csv(text, patterns=patterns)))
    return {key: record for key, record in made.items() if key not in records(empty())}


def shown(text: str, *, patterns: bool = False) -> str:
    with pytest.raises(PolicyFilesError) as refused:
        state_of(parse_casbin_csv(text, patterns=patterns))
    return "\n".join(render(fault, text) for fault in refused.value.file_faults)


def given(made: dict[tuple[str, str, str], object]) -> set[tuple[str, str, str]]:
    """Subject, role and domain of each assignment."""
    held = [record for record in made.values() if isinstance(record, Assignment)]
    return {(one.subject, f"{one.role.id}@{one.role.domain}", one.domain) for one in held}


def test_an_empty_file_makes_nothing() -> None:
    assert imported("# nothing\n\n") == {}


def test_g2_rows_are_the_tree() -> None:
    made = imported("g2, acme, platform\ng2, group, acme\ng2, clinic, group\np, r, alone, /x, read\n")
    domains = {
        key[2]: getattr(record, "domain", None) for key, record in made.items() if key[0] in ("organization", "clinic")
    }

    assert domains == {"acme": "platform", "group": "acme", "clinic": "group", "alone": "platform"}
    assert getattr(made["clinic", "platform", "clinic"], "organization_id", None) == "acme"


def test_a_role_is_made_at_the_platform_with_extensions_where_it_holds_something() -> None:
    made = imported("g2, acme, platform\np, r, platform, /x, read\np, r, acme, /y, write, deny\ng, r, s, acme\n")
    base, extension = made["role", "platform", "r"], made["role", "acme", "r"]

    assert isinstance(base, Role)
    assert isinstance(extension, Role)
    assert [(p.resource, p.action, p.effect) for p in base.permissions] == [("/x", "read", Effect.ALLOW)]
    assert [(p.resource, p.action, p.effect) for p in extension.permissions] == [("/y", "write", Effect.DENY)]
    assert (base.extends, base.inherits) == (None, ())
    assert (extension.extends, extension.inherits) == ("platform", (ref("s@platform"),))
    assert ("role", "platform", "s") in made


def test_members_are_assigned_and_each_role_to_the_subject_of_its_name() -> None:
    made = imported("p, r, acme, /x, read\ng, ann, r, acme\ng, r, role:s, acme\n")

    assert given(made) == {("ann", "r@platform", "acme"), ("r", "r@platform", "platform")}


def test_a_role_of_our_own_export_is_made_where_its_name_says() -> None:
    made = imported(
        "p, role:acme/r, acme, /x/:id, *, allow\n"
        "p, role:acme/r, c1, /y/*, *, deny\n"
        "g, ann, role:acme/r, c1\n"
        "g2, acme, platform\n"
        "g2, c1, acme\n",
        patterns=True,
    )

    assert given(made) == {("ann", "r@acme", "c1")}
    assert getattr(made["role", "acme", "r"], "extends", "") is None
    assert getattr(made["role", "c1", "r"], "extends", "") == "acme"


def test_rows_that_say_the_same_again_add_nothing() -> None:
    rows = "p, r, acme, /x, read\np, r, acme, /x, read, allow\ng, a, r, acme\ng, r, r, acme\ng2, acme, platform\n"

    assert imported(rows * 2) == imported(rows)


def test_with_patterns_a_pattern_is_one_and_a_bad_one_a_fault() -> None:
    assert ("role", "acme", "r") in imported("p, r, acme, /x/:id, *\n", patterns=True)
    assert "has a `*` that is neither alone" in shown("p, r, acme, /x/*/y, read\n", patterns=True)


def test_a_cycle_of_roles_is_refused() -> None:
    assert "inherit themselves" in shown("p, a, acme, /x, read\ng, a, b, acme\ng, b, a, acme\n")


def test_every_fault_is_told_at_once() -> None:
    text = "q, a\np, a b, acme, /x, read\np, r, ac me, /x/*, read, no\n"

    assert [line.split(" ")[0] for line in shown(text).split("\n") if line.startswith("policy.csv")] == [
        "policy.csv:1:1:",
        "policy.csv:2:4:",
        "policy.csv:3:7:",
        "policy.csv:3:14:",
        "policy.csv:3:26:",
    ]


def test_a_row_that_a_careless_adapter_would_read_anew_grants_nothing() -> None:
    made = imported("p, admin, clinic2, /x, read\ng, (eve, admin, clinic2), viewer, clinic1\n")

    assert ("eve", "admin@platform", "clinic2") not in given(made)
    assert ("(eve, admin, clinic2)", "viewer@platform", "clinic1") in given(made)
