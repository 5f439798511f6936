"""The promises of ``LocalCopy``, on the disk."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from enterprise_adapters.disk_checkpoint import DiskCheckpoint
from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.checkpoints import Checkpoint
from enterprise_service.ports.local_copy import Copy


def copy_of(revision: int, *, size: int = 100, confirmed_at: int = 1) -> Copy:
    content = bytes([revision % 256]) * size
    checkpoint = Checkpoint(
        log_id="log", revision=revision, chain=b"c" * 32, content=content, mac=bytes(31) + content[:1]
    )
    return Copy(checkpoint=checkpoint, confirmed_at=confirmed_at, mac=b"m" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "policy.copy"


def test_what_was_written_is_read_byte_for_byte(path: Path) -> None:
    """LocalCopy 1, 6: by another object too, as after a restart."""
    copy = replace(copy_of(7), checkpoint=replace(copy_of(7).checkpoint, content=bytes(range(256)) * 3 + b"\n{}\n"))
    DiskCheckpoint(path).write(copy)
    assert DiskCheckpoint(path).read() == copy


def test_there_may_be_none(path: Path) -> None:
    """LocalCopy 5: neither folder nor file, and nothing is made by looking."""
    assert DiskCheckpoint(path).read() is None
    assert not path.parent.exists()


def test_a_reader_never_sees_parts_of_two(path: Path) -> None:
    """LocalCopy 1: while others write copies of other sizes."""
    written = [copy_of(1, size=10), copy_of(2, size=200_000), copy_of(3, size=3_000)]
    disk = DiskCheckpoint(path)
    disk.write(written[0])
    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(lambda copy=copy: [disk.write(copy) for _ in range(20)]) for copy in written[:2]]
        seen = [disk.read() for _ in range(200)]
        for write in writing:
            write.result()
    assert all(copy in written for copy in seen)


def test_only_its_owner_may_read_it(path: Path) -> None:
    """LocalCopy 2: whatever the process's mask is."""
    before = os.umask(0)
    try:
        DiskCheckpoint(path).write(copy_of(1))
        DiskCheckpoint(path).confirm(copy_of(1, confirmed_at=2))
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize("work", [DiskCheckpoint.read, lambda disk: disk.write(copy_of(1))], ids=["read", "write"])
def test_trouble_with_the_disk_is_our_error(path: Path, work: Callable[[DiskCheckpoint], object]) -> None:
    """LocalCopy 3: a file stands where the folder should be."""
    path.parent.write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="the copy on this machine can't be"):
        work(DiskCheckpoint(path))


def test_a_write_that_fails_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LocalCopy 1, 3: and no draft beside it."""
    disk = DiskCheckpoint(path)
    disk.write(copy_of(1))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", _full)
        with pytest.raises(StoreUnavailableError, match="no space left"):
            disk.write(copy_of(2))
    assert disk.read() == copy_of(1)
    assert [file.name for file in path.parent.iterdir()] == ["policy.copy"]


def test_the_drafts_of_writers_that_were_killed_are_taken_away(path: Path) -> None:
    disk = DiskCheckpoint(path)
    disk.write(copy_of(1))
    old, new, other = (path.with_name(name) for name in (".policy.copy.old", ".policy.copy.new", ".other.copy.old"))
    for draft in (old, new, other):
        draft.write_bytes(b"half")
    for draft in (old, other):
        os.utime(draft, (1, 1))
    disk.write(copy_of(2))
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def _full(_descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_what_was_damaged_is_not_returned(path: Path) -> None:
    """LocalCopy 4: cut anywhere, any byte of the content changed, another format, no header at all."""
    disk = DiskCheckpoint(path)
    disk.write(copy_of(1))
    whole = path.read_bytes()
    flipped = [
        whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole) - 100, len(whole))
    ]
    header = json.loads(whole.partition(b"\n")[0])
    another = json.dumps({**header, "format": 2}).encode() + b"\n" + copy_of(1).checkpoint.content
    for damaged in (*(whole[:length] for length in range(len(whole))), *flipped, another, b"\n", b"[]\n", b"\xff"):
        path.write_bytes(damaged)
        assert disk.read() is None


def test_a_confirmation_is_kept_with_its_checkpoint(path: Path) -> None:
    """LocalCopy 7: the large file stays as it is."""
    disk = DiskCheckpoint(path)
    disk.write(copy_of(1, size=100_000))
    before = path.stat()
    later = replace(copy_of(1, size=100_000, confirmed_at=9), mac=b"n" * 32)
    disk.confirm(later)
    assert disk.read() == later
    assert path.stat() == before
    assert sum(file.stat().st_size for file in path.parent.iterdir()) < 102_000


def test_a_confirmation_of_another_checkpoint_is_passed_over(path: Path) -> None:
    """LocalCopy 8: one that comes late, or is damaged, too."""
    disk = DiskCheckpoint(path)
    disk.write(copy_of(2))
    disk.confirm(copy_of(1, confirmed_at=9))
    assert disk.read() == copy_of(2)
    path.with_name("policy.copy.confirmed").write_bytes(b"{")
    assert disk.read() == copy_of(2)
