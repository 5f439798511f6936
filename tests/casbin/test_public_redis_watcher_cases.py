"""What the tests of the public Redis watcher try, tried anew on ours: its 10 cases, over hints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from enterprise_adapters.memory import HintBus
from enterprise_service.ports.hints import Hints
from tests.casbin.callbacks import Called
from tests.casbin.public_store import ALICE_READS, BOB_WRITES, public_process
from tests.support.casbin_programs import Program

EVE = ["role:o1/eve", "o1", "data3", "read", "allow"]
MANY = [[f"role:o1/{name}", "o1", "data4", "write", "allow"] for name in ("jack", "katy", "leyo", "ham")]


class Two:
    """A program that changes the policy, and one that watches; ``carrier`` makes a message of anybody."""

    def __init__(self) -> None:
        bus = HintBus()
        process = public_process()
        self.carrier: Hints = bus.hints()
        self.changing = Program(process, hints=bus.hints())
        self.watching = Program(process.beside(), hints=bus.hints())
        self.changing.enforcer.set_watcher(self.changing.watcher)
        self.called = Called(lambda _revision: self.watching.reload())

    def watch(self) -> Two:
        self.watching.watcher.set_update_callback(self.called)
        return self


@pytest.fixture
def two() -> Iterator[Two]:
    made = Two()
    yield made
    for program in (made.watching, made.changing):
        program.watcher.close()


def test_a_watcher_is_made_and_calls_nobody_yet(two: Two) -> None:
    assert two.watch().called.is_left_alone()


def test_a_program_that_only_publishes_listens_to_nothing(two: Two) -> None:
    two.watch().changing.enforcer.add_policy(*EVE)
    assert two.called.next() == "3"
    assert two.changing.adapter.seen.revision == 3


def test_a_watcher_without_a_callback_misses_nothing_once_it_has_one(two: Two) -> None:
    two.changing.enforcer.add_policy(*EVE)
    assert two.watch().called.next() == "3"
    assert two.watching.enforcer.has_policy(*EVE)


def test_unsubscribe(two: Two) -> None:
    two.watch().changing.enforcer.add_policy(*EVE)
    assert two.called.next() == "3"
    two.watching.watcher.close()
    two.changing.enforcer.remove_policy(*EVE)
    assert two.called.is_left_alone()


def test_a_message_alone_calls_nobody_and_a_change_does(two: Two) -> None:
    two.watch().carrier.publish(99)
    assert two.called.is_left_alone()
    two.changing.adapter.add_policy("p", "p", EVE)
    two.carrier.publish(99)
    assert two.called.next() == "3"


CHANGES: dict[str, Callable[[Any], object]] = {
    "update": lambda enforcer: enforcer.update_policy(ALICE_READS, EVE),
    "update_for_add_policy": lambda enforcer: enforcer.add_policy(*EVE),
    "update_for_remove_policy": lambda enforcer: enforcer.remove_policy(*BOB_WRITES),
    "update_for_remove_filtered_policy": lambda enforcer: enforcer.remove_filtered_policy(0, "role:o1/bob"),
}


@pytest.mark.parametrize("method", CHANGES)
def test_what_pycasbin_tells_a_watcher_reaches_the_other(two: Two, method: str) -> None:
    CHANGES[method](two.watch().changing.enforcer)
    assert two.called.next() == "3"
    for program in (two.changing, two.watching):
        assert sorted(program.enforcer.get_policy()) == sorted(map(list, program.policy.rules().rules.p))


def test_with_enforcer(two: Two) -> None:
    enforcer = two.watch().changing.enforcer
    enforcer.enable_auto_save(auto_save=False)
    enforcer.add_policy(*EVE)
    enforcer.save_policy()
    assert two.called.next() == "3"
    enforcer.enable_auto_save(auto_save=True)
    for change, newest in (
        (lambda: enforcer.add_policies(MANY), "4"),
        (lambda: enforcer.remove_policies(MANY), "5"),
        (lambda: enforcer.remove_policy(*EVE), "6"),
    ):
        assert change()
        assert two.called.next() == newest
        assert sorted(two.watching.enforcer.get_policy()) == sorted(enforcer.get_policy())
    assert two.called.is_left_alone()
