"""The promises of ``Checkpoints``, on every adapter."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints
from tests.support.stores import NewStores, TriedStore
from tests.support.threads import at_once

MIB = 1024 * 1024


@pytest.fixture
def checkpoints(store: TriedStore) -> Checkpoints:
    return store.checkpoints


def checkpoint(revision: int, content: bytes = b"content", log_id: str = "log") -> Checkpoint:
    return Checkpoint(log_id=log_id, revision=revision, chain=b"c" * 32, content=content, mac=b"m" * 32)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB + 17])
def test_content_comes_back_byte_for_byte(checkpoints: Checkpoints, size: int) -> None:
    """Checkpoints 1, 2: of any size, at and beside the borders of chunks too."""
    written = checkpoint(7, random.Random(size).randbytes(size))
    checkpoints.write(written)
    assert checkpoints.newest("log") == written


def test_a_checkpoint_is_whole_while_others_are_written(checkpoints: Checkpoints) -> None:
    """Checkpoints 1, 4: readers in other threads never see half of one."""

    def write_or_read(number: int) -> None:
        for revision in range(1, 11):
            if number < 4:
                checkpoints.write(checkpoint(revision, bytes([revision]) * (MIB + MIB // 2)))
            elif (found := checkpoints.newest("log")) is not None:
                assert found == checkpoint(found.revision, bytes([found.revision]) * (MIB + MIB // 2))

    at_once(8, write_or_read)
    assert checkpoints.newest("log") == checkpoint(10, bytes([10]) * (MIB + MIB // 2))


def test_there_is_none_before_one_is_written(checkpoints: Checkpoints) -> None:
    """Checkpoints 5: none at all, none of this log, none that is old enough."""
    assert checkpoints.newest("log") is None
    checkpoints.write(checkpoint(10))
    assert checkpoints.newest("another log") is None
    assert checkpoints.newest("log", at_most=9) is None
    assert checkpoints.newest("log", at_most=-1) is None


def test_the_newest_is_the_one_with_the_highest_revision(checkpoints: Checkpoints) -> None:
    """Checkpoints 5: of the log that is asked for, not above the bound, whatever the order of writing."""
    for revision in (20, 10, 30):
        checkpoints.write(checkpoint(revision, str(revision).encode()))
    checkpoints.write(checkpoint(99, log_id="another log"))
    asked = {None: 30, 2**70: 30, 30: 30, 29: 20, 20: 20, 10: 10}
    for at_most, revision in asked.items():
        assert checkpoints.newest("log", at_most) == checkpoint(revision, str(revision).encode())


def test_writing_a_revision_again_changes_nothing(checkpoints: Checkpoints) -> None:
    """Checkpoints 6: the first one stays, also when the second is longer."""
    first = checkpoint(10, b"first")
    checkpoints.write(first)
    checkpoints.write(replace(first, content=b"second" * MIB, mac=b"other"))
    checkpoints.write(first)
    assert checkpoints.newest("log") == first


def test_many_may_write_the_same_one_at_once(checkpoints: Checkpoints) -> None:
    """Checkpoints 6, 7: none fails, and each sees it as soon as its own call has returned."""

    def write(number: int) -> Checkpoint | None:
        checkpoints.write(checkpoint(10, bytes([number]) * 2 * MIB))
        return checkpoints.newest("log")

    found = at_once(8, write)
    assert found[0] is not None
    assert len(set(found[0].content)) == 1
    assert all(one == found[0] for one in found)


def test_checkpoints_are_closed_twice_without_harm(new_store: NewStores) -> None:
    """Checkpoints 8: also before their first use."""
    new_store().checkpoints.close()
    checkpoints = new_store().checkpoints
    checkpoints.write(checkpoint(1))
    checkpoints.close()
    checkpoints.close()
