"""A start from the copy on this machine: by what verifies, and is of a known age."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from enterprise_adapters.disk_checkpoint import DiskCheckpoint
from enterprise_adapters.memory import ManualClock
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.chain import Keyring
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.edits import create
from enterprise_policy.values.windows import SECOND
from enterprise_service.chores.local_copy import CONFIRM_SECONDS, WRITE_SECONDS, LocalCopyChore
from enterprise_service.follow.local_copies import AHEAD_SECONDS, begin_from, seal_copy
from enterprise_service.ports.local_copy import Copy, LocalCopy
from tests.support.logs import Process, away
from tests.support.policies import KEYRING, organization


@pytest.fixture
def disk(tmp_path: Path) -> DiskCheckpoint:
    return DiskCheckpoint(tmp_path / "policy.copy")


@pytest.fixture
def process() -> Process:
    process = Process()
    process.make(create(organization("acme")))
    return process


class Counted(LocalCopy):
    """Passes on to another, and counts."""

    def __init__(self, inner: LocalCopy) -> None:
        self.inner = inner
        self.calls: list[str] = []

    def read(self) -> Copy | None:
        self.calls.append("read")
        return self.inner.read()

    def write(self, copy: Copy) -> None:
        self.calls.append("write")
        self.inner.write(copy)

    def confirm(self, copy: Copy) -> None:
        self.calls.append("confirm")
        self.inner.confirm(copy)


def chore(process: Process, copy: LocalCopy) -> LocalCopyChore:
    return LocalCopyChore(process.follower, copy, KEYRING, process.clock)


def test_a_process_begins_where_another_was_and_knows_how_old_that_is(process: Process, disk: DiskCheckpoint) -> None:
    chore(process, disk).run()
    process.clock.advance(40.0)
    begun = begin_from(disk, KEYRING, process.clock)
    assert begun is not None
    assert encode_state(begun.snapshot.state) == encode_state(process.follower.catch_up().state)
    assert process.clock.elapsed() - begun.confirmed_at == 40.0


def test_the_time_of_the_copy_counts_what_the_writer_had_not_confirmed(process: Process, disk: DiskCheckpoint) -> None:
    process.follower.catch_up()
    process.log.before = away()
    process.clock.advance(25.0)
    chore(process, disk).run()
    begun = begin_from(disk, KEYRING, process.clock)
    assert begun is not None
    assert process.clock.elapsed() - begun.confirmed_at == 25.0


def test_a_copy_that_stays_the_newest_is_confirmed_and_not_written(process: Process, disk: DiskCheckpoint) -> None:
    counted = Counted(disk)
    keeping = chore(process, counted)
    for _ in range(5):
        process.follower.catch_up()
        keeping.run()
        process.clock.advance(CONFIRM_SECONDS)
    assert counted.calls == ["read", "write", "confirm", "confirm", "confirm", "confirm"]
    begun = begin_from(disk, KEYRING, process.clock)
    assert begun is not None
    assert process.clock.elapsed() - begun.confirmed_at == CONFIRM_SECONDS


def test_a_policy_that_changes_is_written_now_and_then_only(process: Process, disk: DiskCheckpoint) -> None:
    counted = Counted(disk)
    keeping = chore(process, counted)
    for number in range(int(2 * WRITE_SECONDS / CONFIRM_SECONDS)):
        process.make(create(organization(f"o{number}")))
        keeping.run()
        process.clock.advance(CONFIRM_SECONDS)
    assert counted.calls.count("write") == 2


def test_one_of_the_processes_of_a_machine_writes(process: Process, disk: DiskCheckpoint) -> None:
    counted = Counted(disk)
    chore(process, counted).run()
    beside = process.beside()
    beside.follower.catch_up()
    chore(beside, counted).run()
    assert counted.calls == ["read", "write", "read"]


def test_a_copy_that_does_not_verify_is_written_anew(process: Process, disk: DiskCheckpoint) -> None:
    state = process.follower.catch_up().state
    disk.write(seal_copy(state, Keyring([b"another secret"]), process.clock.now()))
    chore(process, disk).run()
    assert begin_from(disk, KEYRING, process.clock) is not None


def test_nothing_is_kept_of_what_was_never_confirmed(process: Process, disk: DiskCheckpoint) -> None:
    fresh = Process()
    chore(fresh, disk).run()
    assert disk.read() is None


def test_without_a_copy_there_is_nothing_to_begin_with(disk: DiskCheckpoint) -> None:
    assert begin_from(disk, KEYRING, ManualClock()) is None


def test_a_copy_from_the_future_is_of_no_known_age(process: Process, disk: DiskCheckpoint) -> None:
    state, now = process.follower.catch_up().state, process.clock.now()
    disk.write(seal_copy(state, KEYRING, now + round(AHEAD_SECONDS * SECOND)))
    begun = begin_from(disk, KEYRING, process.clock)
    assert begun is not None
    assert process.clock.elapsed() - begun.confirmed_at == 0.0
    disk.write(seal_copy(state, KEYRING, now + round(AHEAD_SECONDS * SECOND) + 1))
    assert begin_from(disk, KEYRING, process.clock) is None


def test_what_another_secret_signed_is_not_believed(process: Process, disk: DiskCheckpoint) -> None:
    disk.write(seal_copy(process.follower.catch_up().state, Keyring([b"another secret"]), process.clock.now()))
    assert begin_from(disk, KEYRING, process.clock) is None


def test_nobody_makes_a_copy_younger_or_another_policy(process: Process, disk: DiskCheckpoint) -> None:
    copy = seal_copy(process.follower.catch_up().state, KEYRING, process.clock.now())
    process.clock.advance(100.0)
    other = Process()
    forged = seal_copy(other.follower.catch_up().state, KEYRING, process.clock.now())
    for tampered in (
        replace(copy, confirmed_at=process.clock.now()),
        replace(copy, checkpoint=forged.checkpoint),
        replace(copy, checkpoint=replace(copy.checkpoint, content=forged.checkpoint.content)),
        replace(copy, checkpoint=replace(copy.checkpoint, revision=copy.checkpoint.revision + 1)),
    ):
        disk.write(tampered)
        assert begin_from(disk, KEYRING, process.clock) is None


def test_a_disk_that_cannot_be_read_is_no_copy(process: Process) -> None:
    class Broken(Counted):
        def read(self) -> Copy | None:
            raise StoreUnavailableError("broken")

    assert begin_from(Broken(DiskCheckpoint(Path("unused"))), KEYRING, process.clock) is None
