"""What the tests of the public MongoDB adapter try, tried anew on ours: its 13 cases, and the 10 of its other half.

Where it answers `False` to what can't be done, ours raises; where it takes what our policy can't hold, ours refuses.
Three of its cases print its rule class; the like of it here is how a rule is shown in an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import casbin
import pytest

from enterprise_adapters.casbin import Adapter, AsyncAdapter, register
from enterprise_policy.errors import InvalidRequestError
from enterprise_service.ports.policy_writer import Rule
from tests.casbin.public_store import (
    ADMIN_READS,
    ADMIN_WRITES,
    ALICE_IS_ADMIN,
    ALICE_READS,
    AT_FIRST,
    BOB_WRITES,
    allowed,
    lists,
    public_process,
    without,
)
from tests.support.casbin_programs import MODEL_FILE, Program, policy_of

ALICE_WRITES = ["role:o1/alice", "o1", "data1", "write", "allow"]
BOB_READS = ["role:o1/bob", "o1", "data2", "read", "allow"]
IN_PART = ALICE_READS[:3]


class AsyncProgram(Program):
    """The same with pycasbin's asynchronous enforcer: what it is asked to do is done when it is asked."""

    def __init__(self) -> None:
        super().__init__(public_process())
        self.enforcer = casbin.AsyncEnforcer(MODEL_FILE, AsyncAdapter(self.adapter))
        register(self.enforcer)
        self.reload()

    def reload(self) -> None:
        self.do(self.enforcer.load_policy())

    def do(self, work: Awaitable[Any]) -> Any:  # noqa: ANN401
        async def done() -> Any:  # noqa: ANN401
            return await work

        return asyncio.run(done())


class PlainProgram(Program):
    """One with the plain enforcer, whose methods are done when they return."""

    def __init__(self) -> None:
        super().__init__(public_process())

    def do(self, result: Any) -> Any:  # noqa: ANN401
        return result


@pytest.fixture(params=[PlainProgram, AsyncProgram], ids=["plain", "asynchronous"])
def program(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401
    return request.param()


def test_basic(program: Any) -> None:  # noqa: ANN401
    assert allowed(program) == AT_FIRST


def test_add_policy(program: Any) -> None:  # noqa: ANN401
    adapter = program.enforcer.get_adapter()
    program.do(adapter.add_policy(sec="p", ptype="p", rule=tuple(ALICE_WRITES)))
    program.do(adapter.add_policy(sec="p", ptype="p", rule=tuple(BOB_READS)))
    assert allowed(program) == AT_FIRST
    program.reload()
    assert allowed(program) == {*AT_FIRST, "alice data1 write", "bob data2 read"}


def test_remove_policy(program: Any) -> None:  # noqa: ANN401
    program.do(program.enforcer.get_adapter().remove_policy(sec="g", ptype="g", rule=tuple(ALICE_IS_ADMIN)))
    program.reload()
    assert allowed(program) == without("alice data2 read", "alice data2 write")


def test_an_incomplete_rule_removes_nothing(program: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidRequestError, match="has 3 values, not 5"):
        program.do(program.enforcer.get_adapter().remove_policy(sec="p", ptype="p", rule=tuple(IN_PART)))
    program.reload()
    assert allowed(program) == AT_FIRST


def test_save_policy(program: Any) -> None:  # noqa: ANN401
    model = program.enforcer.get_model()
    assert not program.allows("alice o1 data4 read")
    model.add_policy("p", "p", ["role:o1/alice", "o1", "data4", "read", "allow"])
    program.do(program.enforcer.get_adapter().save_policy(model))
    program.reload()
    assert program.allows("alice o1 data4 read")
    assert allowed(program) == AT_FIRST


def test_remove_filtered_policy(program: Any) -> None:  # noqa: ANN401
    adapter = program.enforcer.get_adapter()
    for index, values in ((6, ALICE_IS_ADMIN), (0, [f"v{number}" for number in range(7)])):
        with pytest.raises(InvalidRequestError, match="have no fields"):
            program.do(adapter.remove_filtered_policy("g", "g", index, *values))
    program.do(adapter.remove_filtered_policy("g", "g", 0, *ALICE_IS_ADMIN))
    program.reload()
    assert allowed(program) == without("alice data2 read", "alice data2 write")


def test_filtered_policy(program: Any) -> None:  # noqa: ANN401
    program.do(program.enforcer.get_adapter().add_policy("g", "g2", ["o2", "platform"]))
    for wanted, found in (("o1", AT_FIRST), ("o2", set()), (["o2", "o1"], AT_FIRST), ([], set()), (None, AT_FIRST)):
        program.do(program.enforcer.load_filtered_policy(wanted))
        assert allowed(program) == found


def test_a_filter_is_no_query(program: Any) -> None:  # noqa: ANN401
    """The public one takes a query of the database's own: whoever could bring one in would read everything."""
    with pytest.raises(InvalidRequestError, match="a filter is a domain"):
        program.do(program.enforcer.load_filtered_policy([{"ptype": "p", "v0": {"$in": ["alice", "bob"]}}]))


def test_update_policy(program: Any) -> None:  # noqa: ANN401
    enforcer = program.enforcer
    for old, new, question, after in (
        (ALICE_READS, [*ALICE_READS[:3], "no_read", "allow"], "alice o1 data1 read", False),
        (BOB_WRITES, BOB_READS, "bob o1 data2 write", False),
        (BOB_READS, BOB_WRITES, "bob o1 data2 write", True),
    ):
        assert program.allows(question) is not after
        assert program.do(enforcer.update_policy(old, new))
        assert program.allows(question) is after
        assert program.service_allows(question) is after


def test_update_policies(program: Any) -> None:  # noqa: ANN401
    old = [ALICE_READS, BOB_WRITES, ADMIN_READS, ADMIN_WRITES]
    new = [[*rule[:2], "data_test", *rule[3:]] for rule in old]
    assert program.do(program.enforcer.update_policies(old, new))
    assert allowed(program) == set()
    assert program.allows("alice o1 data_test read")
    assert program.allows("bob o1 data_test write")
    found = policy_of(program.process).rules().rules.p
    assert lists(rule for rule in found if rule[0].startswith("role:o1/")) == sorted(new)


RULE = Rule("p", ("role:o1/alice", "o1", "data1", "read", "allow"))


def test_str() -> None:
    assert str(RULE) == "p, role:o1/alice, o1, data1, read, allow"


def test_dict() -> None:
    assert RULE._asdict() == {"kind": "p", "values": ("role:o1/alice", "o1", "data1", "read", "allow")}


def test_repr() -> None:
    program = PlainProgram()
    adapter: Adapter = program.adapter
    with pytest.raises(InvalidRequestError) as raised:
        adapter.add_policy("p", "p", ["alice", "data1", "read"])
    assert "`p, alice, data1, read`" in str(raised.value)
