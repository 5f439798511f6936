"""How old a policy is that comes from this machine's disk: never less than it is, however long the reading takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from enterprise_adapters.disk_checkpoint import DiskCheckpoint
from enterprise_adapters.memory import ManualClock
from enterprise_policy.state.edits import create
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.chores.local_copy import LocalCopyChore
from enterprise_service.follow import local_copies
from enterprise_service.follow.follower import Follower, Store
from enterprise_service.follow.local_copies import begin_from, seal_copy
from tests.support.logs import Process
from tests.support.policies import KEYRING, organization

SLOW = 3.0


@pytest.fixture
def process() -> Process:
    """Current, with one organization."""
    process = Process()
    process.make(create(organization("o1")))
    process.follower.catch_up()
    return process


def state_of(process: Process) -> PolicyState:
    assert process.follower.current is not None
    return process.follower.current.state


@pytest.mark.parametrize("name", ["unseal", "build"])
def test_a_copy_gets_older_while_it_is_read(
    tmp_path: Path, process: Process, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    clock, copy = process.clock, DiskCheckpoint(tmp_path / "policy.copy")
    copy.write(seal_copy(state_of(process), KEYRING, clock.now()))
    work = getattr(local_copies, name)

    def slowly(*arguments: object) -> object:
        clock.advance(SLOW)
        return work(*arguments)

    monkeypatch.setattr(local_copies, name, slowly)
    begun = begin_from(copy, KEYRING, clock)
    assert begun is not None
    late = process.beside().follower
    assert late.begin_with(begun)
    assert late.staleness() == pytest.approx(SLOW)


class SlowFollower(Follower):
    """Takes its time to tell how stale it is."""

    clock: ManualClock

    def staleness(self) -> float:
        staleness = super().staleness()
        self.clock.advance(SLOW)
        return staleness


def test_a_copy_is_told_to_be_no_newer_than_it_is(tmp_path: Path, process: Process) -> None:
    store = Store(log=process.log, checkpoints=process.checkpoints)
    follower = SlowFollower(store, KEYRING, process.clock, process.model)
    follower.clock = process.clock
    follower.catch_up()
    confirmed_at = process.clock.now()
    copy = DiskCheckpoint(tmp_path / "policy.copy")
    LocalCopyChore(follower, copy, KEYRING, process.clock).run()
    kept = copy.read()
    assert kept is not None
    assert kept.confirmed_at <= confirmed_at
