"""The policy that the tests of public Casbin adapters begin with, in our names.

`alice` may read `data1`, `bob` may write `data2`, and `data2_admin`, which `alice` is, may read and write `data2`. Who
is given something by a rule of his own has a role of his own here: `role:o1/alice`, given to `alice`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from enterprise_policy.state.built_in import BUILT_IN_ROLES
from tests.support.casbin_programs import Program, filled, policy_of, rules
from tests.support.logs import Process

ALICE_READS: Final = ["role:o1/alice", "o1", "data1", "read", "allow"]
BOB_WRITES: Final = ["role:o1/bob", "o1", "data2", "write", "allow"]
ADMIN_READS: Final = ["role:o1/data2_admin", "o1", "data2", "read", "allow"]
ADMIN_WRITES: Final = ["role:o1/data2_admin", "o1", "data2", "write", "allow"]
ALICE_IS_ADMIN: Final = ["alice", "role:o1/data2_admin", "o1"]

_POLICY: Final = ("g2 o1 platform", "g alice role:o1/alice o1", "g bob role:o1/bob o1")


def public_process() -> Process:
    """A process whose store has that policy."""
    process = filled(Process(), *BUILT_IN_ROLES)
    named = [("p", *values) for values in (ALICE_READS, BOB_WRITES, ADMIN_READS, ADMIN_WRITES)]
    policy_of(process).change([], rules(*_POLICY, *(" ".join(each) for each in [*named, ("g", *ALICE_IS_ADMIN)])))
    return process


def allowed(program: Program) -> set[str]:
    """What the three may do with the two things, of reading and writing."""
    asked = (
        f"{subject} o1 {data} {action}"
        for subject in ("alice", "bob", "role:o1/data2_admin")
        for data in ("data1", "data2")
        for action in ("read", "write")
    )
    return {question.replace(" o1 ", " ") for question in asked if program.allows(question)}


AT_FIRST: Final = {
    "alice data1 read",
    "alice data2 read",
    "alice data2 write",
    "bob data2 write",
    "role:o1/data2_admin data2 read",
    "role:o1/data2_admin data2 write",
}


def without(*questions: str) -> set[str]:
    """What was allowed at first, but ``questions``."""
    return AT_FIRST - set(questions)


def lists(values: Iterable[Iterable[str]]) -> list[list[str]]:
    """``values`` as lists, ordered."""
    return sorted(map(list, values))
