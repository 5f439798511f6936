"""The adapter of the asynchronous enforcer: the same, without keeping the loop waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from enterprise_adapters.casbin import AsyncAdapter
from enterprise_policy.errors import ConflictError
from tests.casbin.public_store import ADMIN_READS, ADMIN_WRITES, ALICE_READS, BOB_WRITES, public_process
from tests.support.casbin_programs import Program

NEW = ["role:o1/alice", "o1", "data5", "read", "allow"]

CALLS: dict[str, tuple[Callable[[Any], Any], set[str], set[str]]] = {
    "add_policies": (lambda a: a.add_policies("p", "p", [NEW]), set(), {"data5"}),
    "add_policies_ex": (lambda a: a.add_policies_ex("p", "p", [NEW, ALICE_READS]), set(), {"data5"}),
    "remove_policies": (lambda a: a.remove_policies("p", "p", [ALICE_READS]), {"data1"}, set()),
    "remove_filtered_policy": (lambda a: a.remove_filtered_policy("p", "p", 2, "data1"), {"data1"}, set()),
    "update_policies": (lambda a: a.update_policies("p", "p", [ALICE_READS], [NEW]), {"data1"}, {"data5"}),
    "update_policy": (lambda a: a.update_policy("p", "p", ALICE_READS, NEW), {"data1"}, {"data5"}),
}


def things(program: Program) -> set[str]:
    return {values[2] for values in program.policy.rules().rules.p if not values[2].startswith("/management/")}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_does_what_the_plain_one_does(name: str) -> None:
    program = Program(public_process())
    call, gone, new = CALLS[name]
    before = things(program)
    asyncio.run(call(AsyncAdapter(program.adapter)))
    assert things(program) == (before - gone) | new


def test_an_update_by_filter_returns_the_rules_that_it_replaced() -> None:
    program = Program(public_process())
    adapter = AsyncAdapter(program.adapter)
    old = asyncio.run(adapter.update_filtered_policies("p", "p", [NEW], 2, "data2"))
    assert sorted(old) == sorted([BOB_WRITES, ADMIN_READS, ADMIN_WRITES])


def test_what_is_refused_is_raised() -> None:
    adapter = AsyncAdapter(Program(public_process()).adapter)
    with pytest.raises(ConflictError):
        asyncio.run(adapter.update_policy("p", "p", NEW, ALICE_READS))


def test_it_is_filtered_as_the_plain_one() -> None:
    program = Program(public_process())
    adapter = AsyncAdapter(program.adapter)
    assert adapter.is_filtered() is False
    asyncio.run(adapter.load_filtered_policy(program.enforcer.get_model(), "o1"))
    assert adapter.is_filtered() is program.adapter.is_filtered() is True


def test_the_loop_goes_on_while_the_store_is_asked() -> None:
    program = Program(public_process())
    asked, free = threading.Event(), threading.Event()

    def wait(_name: str) -> None:
        asked.set()
        assert free.wait(5)

    program.process.log.before = wait

    async def go() -> None:
        call = asyncio.create_task(AsyncAdapter(program.adapter).add_policy("p", "p", NEW))
        assert await asyncio.to_thread(asked.wait, 5)
        assert not call.done()
        free.set()
        await call

    asyncio.run(go())
    assert "data5" in things(program)
