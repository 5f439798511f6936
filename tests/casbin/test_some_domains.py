"""An adapter that has loaded some domains changes by a filter what is in those, and nothing that it hasn't seen."""

from __future__ import annotations

import casbin
import pytest

from enterprise_adapters.casbin import Adapter, register
from enterprise_policy.errors import InvalidRequestError
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from tests.support.casbin_programs import MODEL_FILE, Program, filled, lines
from tests.support.logs import Process
from tests.support.policies import allow, assignment, clinic, organization, role

HERE = ["g lee role:o1/dentist c1", "g lee role:o1/dentist o1"]
BESIDE = ["g lee role:o1/dentist c2", "g lee role:o2/dentist o2"]


@pytest.fixture
def program() -> Program:
    """One that has loaded `c1`, and so `o1` above it."""
    process = filled(
        Process(),
        *BUILT_IN_ROLES,
        organization("o1"),
        clinic("c1"),
        clinic("c2"),
        organization("o2"),
        role("dentist@o1", allow("/charts/:id", "read")),
        role("dentist@o2", allow("/charts/:id", "read")),
        *(
            assignment("lee", f"dentist@{of}", at)
            for at, of in (("c1", "o1"), ("o1", "o1"), ("c2", "o1"), ("o2", "o2"))
        ),
    )
    found = Program(process)
    found.adapter = Adapter(found.policy, filtered=True)
    found.enforcer = casbin.Enforcer(MODEL_FILE, found.adapter)
    register(found.enforcer)
    found.enforcer.load_filtered_policy("c1")
    return found


def given(program: Program) -> list[str]:
    return [line for line in lines(program.policy) if line.startswith("g ")]


def test_a_filter_removes_nothing_in_domains_that_were_not_loaded(program: Program) -> None:
    assert given(program) == sorted([*HERE, *BESIDE])
    assert program.enforcer.remove_filtered_grouping_policy(0, "lee")
    assert given(program) == BESIDE


def test_a_filter_replaces_nothing_in_domains_that_were_not_loaded(program: Program) -> None:
    old = program.adapter.update_filtered_policies("g", "g", [["kim", "role:o1/dentist", "c1"]], 0, "lee")
    assert [" ".join(["g", *each]) for each in old] == HERE
    assert given(program) == sorted(["g kim role:o1/dentist c1", *BESIDE])


def test_nothing_is_put_by_a_filter_into_a_domain_that_was_not_loaded(program: Program) -> None:
    before = given(program)
    with pytest.raises(InvalidRequestError, match="`c2`"):
        program.adapter.update_filtered_policies("g", "g", [["kim", "role:o1/dentist", "c2"]], 0, "lee")
    assert given(program) == before


def test_a_filter_removes_nothing_before_a_domain_was_loaded(program: Program) -> None:
    Adapter(program.policy, filtered=True).remove_filtered_policy("g", "g", 0, "lee")
    assert given(program) == sorted([*HERE, *BESIDE])


def test_a_filter_removes_everywhere_once_all_was_loaded(program: Program) -> None:
    program.reload()
    assert program.enforcer.remove_filtered_grouping_policy(0, "lee")
    assert given(program) == []
