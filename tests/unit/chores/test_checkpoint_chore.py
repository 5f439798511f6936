"""One process writes a checkpoint when one is due."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from enterprise_adapters.memory import MemoryLeases
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.edits import create
from enterprise_service.chores.checkpoints import LEASE, CheckpointChore
from enterprise_service.follow.checkpointing import seal, unseal
from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints
from tests.support.logs import Process
from tests.support.policies import KEYRING, organization

EVERY = 3


@dataclass
class WatchedCheckpoints(Checkpoints):
    """Passes everything on and counts; may be away for writing."""

    inner: Checkpoints
    asked: int = 0
    written: list[Checkpoint] = field(default_factory=list)
    away: bool = False

    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        self.asked += 1
        return self.inner.newest(log_id, at_most)

    def write(self, checkpoint: Checkpoint) -> None:
        if self.away:
            raise StoreUnavailableError("the store is away")
        self.written.append(checkpoint)
        self.inner.write(checkpoint)

    def close(self) -> None:
        self.inner.close()


class Works:
    """A process with its chore, on a store that others may use too."""

    def __init__(self, process: Process | None = None, leases: MemoryLeases | None = None) -> None:
        self.process = process or Process()
        self.leases = leases or MemoryLeases(self.process.clock)
        self.checkpoints = WatchedCheckpoints(self.process.checkpoints)
        self.chore = CheckpointChore(self.process.follower, self.checkpoints, self.leases, KEYRING)

    def change(self, times: int = 1) -> None:
        for _ in range(times):
            self.process.make(create(organization(f"o{self.process.log.inner.head().revision + 1}")))

    def run(self, holder: str = "me") -> int | None:
        return self.chore.run(holder, EVERY)


def test_before_the_first_snapshot_there_is_nothing_to_write() -> None:
    works = Works()
    assert works.run() is None
    assert works.checkpoints.asked == 0


@pytest.mark.parametrize(("changes", "written"), [(0, None), (2, None), (3, 3), (5, 5)])
def test_a_checkpoint_is_due_after_so_many_changes(changes: int, written: int | None) -> None:
    works = Works()
    works.process.follower.catch_up()
    works.change(changes)
    assert works.run() == written
    newest = works.process.checkpoints.newest(works.process.log.inner.head().log_id)
    assert (None if newest is None else newest.revision) == written
    if newest is not None:
        assert unseal(newest, KEYRING) == works.process.follower.catch_up().state


def test_the_next_is_due_so_many_changes_later() -> None:
    works = Works()
    works.change(4)
    assert works.run() == 4
    works.change(2)
    assert works.run() is None
    works.change(1)
    assert works.run() == 7


def test_the_store_is_asked_only_when_it_may_matter() -> None:
    works = Works()
    works.change(4)
    works.run()
    works.change(2)
    asked = works.checkpoints.asked
    for _ in range(5):
        assert works.run() is None
    assert works.checkpoints.asked == asked


def test_what_another_process_wrote_is_not_written_again() -> None:
    works = Works()
    works.change(4)
    other = Works(works.process.beside(), works.leases)
    other.process.follower.catch_up()
    assert works.run() == 4
    assert other.run("other") is None
    assert other.checkpoints.written == []


def test_a_lease_that_another_holds_is_respected_and_one_that_is_over_is_not() -> None:
    works = Works()
    works.change(4)
    assert works.leases.acquire(LEASE, "other", 60)
    assert works.run() is None
    assert works.checkpoints.written == []
    works.process.clock.advance(61)
    assert works.run() == 4


def test_the_lease_is_given_back() -> None:
    works = Works()
    works.change(4)
    works.run()
    assert works.leases.acquire(LEASE, "other", 60)


def test_a_failed_write_gives_the_lease_back_and_is_tried_again() -> None:
    works = Works()
    works.change(4)
    works.checkpoints.away = True
    with pytest.raises(StoreUnavailableError):
        works.run()
    assert works.leases.acquire(LEASE, "other", 60)
    works.leases.release(LEASE, "other")
    works.checkpoints.away = False
    assert works.run() == 4


def test_two_processes_write_the_same_bytes() -> None:
    works = Works()
    works.change(4)
    other = works.process.beside()
    assert works.run() == 4
    assert works.checkpoints.written == [seal(other.follower.catch_up().state, KEYRING)]
