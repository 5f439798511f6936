"""What the SQLite store does when processes die, disks fill, and others hold, move or damage its file."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints
from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter, LogEntry
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import append_next, entry, is_untouched
from tests.support.processes import Process

DISK_BYTES = 600 * 1024
KILLS = 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "enterprise.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path)
    yield database
    database.close()


@pytest.fixture
def log(database: Database) -> SqliteChangeLog:
    log = SqliteChangeLog(database)
    log.head()
    return log


def all_entries(path: Path) -> list[LogEntry]:
    """What a process that starts now finds, judged by SQLite first."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    log = SqliteChangeLog(Database(path))
    entries = list(log.read(0, 1_000_000))
    assert [one.revision for one in entries] == list(range(1, len(entries) + 1))
    assert all(map(is_untouched, entries))
    assert list(log.find(ChangeFilter(actor="writer"), 1_000_000)) == entries[::-1]
    log.close()
    return entries


def test_no_kill_loses_an_acknowledged_entry(path: Path) -> None:
    """Twenty writers in a row, each killed at some moment of its 500 appends."""
    seed = random.randrange(2**32)
    print(f"seed: {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    highest = 0
    for _ in range(KILLS):
        acknowledged = run_and_kill(path, after=chance.randrange(500), pause=chance.uniform(0, 0.002))
        highest = max([highest, *acknowledged])
        found = len(all_entries(path))
        assert highest <= found <= highest + 1
        highest = found


def run_and_kill(path: Path, after: int, pause: float) -> list[int]:
    with Process("append", path, "writer", 500) as process:
        process.go()
        said = [process.line() for _ in range(after)]
        time.sleep(pause)
        process.kill()
        return [int(line) for line in said + process.rest() if line]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can't be mounted here; test_a_file_that_may_not_grow shows the same")
    yield disk
    # Lazily: a test that fails leaves its files open.
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_stops_writing_only(small_disk: Path) -> None:
    """Reads go on, nothing is half there, and writing goes on without reopening once there is room."""
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (DISK_BYTES // 3))
    log = SqliteChangeLog(Database(small_disk / "enterprise.db"))
    acknowledged = append_until_full(log)
    assert acknowledged >= 10
    assert log.head().revision == acknowledged == len(log.read(0, 1_000))
    with pytest.raises(StoreUnavailableError, match="its disk is full"):
        log.append(entry(acknowledged + 1, actor="writer"))
    ballast.unlink()
    assert append_next(log, "writer") == acknowledged + 1
    log.close()
    assert len(all_entries(small_disk / "enterprise.db")) == acknowledged + 1


def append_until_full(log: SqliteChangeLog) -> int:
    acknowledged = 0
    while acknowledged < 1_000 and is_appended(log, acknowledged + 1):
        acknowledged += 1
    return acknowledged


def is_appended(log: SqliteChangeLog, revision: int) -> bool:
    try:
        log.append(entry(revision, actor="writer"))
    except StoreUnavailableError:
        return False
    return True


def test_a_checkpoint_that_does_not_fit_leaves_nothing(small_disk: Path) -> None:
    database = Database(small_disk / "enterprise.db")
    log, checkpoints = SqliteChangeLog(database), SqliteCheckpoints(database)
    log.append(entry(1, actor="writer"))
    large = Checkpoint(log_id="log", revision=1, chain=b"c", content=random.randbytes(2 * DISK_BYTES), mac=b"m")
    with pytest.raises(StoreUnavailableError, match="its disk is full"):
        checkpoints.write(large)
    assert checkpoints.newest("log") is None
    assert append_next(log, "writer") == 2
    database.close()


def test_a_file_that_may_not_grow_stops_writing_only(path: Path) -> None:
    """The same by a limit that the system sets for the process: reads go on, and writing once it is lifted."""
    with Process("outgrow", path) as process:
        process.go()
        refusal, read, written = process.rest()
        assert process.ended_well()
    assert refusal == "store_unavailable the policy store can't be used now: its disk can't be read or written"
    assert (read, written) == ("True True", "True")
    all_entries(path)


def test_another_programs_lock_is_waited_for_and_then_reported(path: Path, log: SqliteChangeLog) -> None:
    """Some two seconds; reads don't wait at all, and writing goes on when the lock has gone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert log.head().revision == 0
        assert time.monotonic() - began < 1
        with pytest.raises(StoreUnavailableError, match="is writing to it"):
            log.append(entry(1))
        assert 1.5 < time.monotonic() - began < 5
        other.execute("ROLLBACK")
    log.append(entry(1))


def test_a_writer_of_the_same_process_is_waited_for_and_then_reported(database: Database, log: SqliteChangeLog) -> None:
    refusals: list[str] = []

    def append() -> None:
        try:
            log.append(entry(1))
        except StoreUnavailableError as error:
            refusals.append(error.detail)

    with database.writing():
        waiting = threading.Thread(target=append)
        waiting.start()
        waiting.join(timeout=30)
    assert refusals == ["the policy store can't be used now: others are writing to it"]
    log.append(entry(1))


def test_moving_the_write_ahead_log_into_the_file_blocks_no_reader(
    path: Path, database: Database, log: SqliteChangeLog
) -> None:
    """A reader keeps its view while writers fill the log several times over, and others see what is new."""
    log.append(entry(1))
    with database.reading() as connection:
        assert newest(connection) == 1
        for revision in range(2, 60):
            log.append(entry(revision, padding="x" * 150_000))
            assert log.head().revision == revision
        with closing(sqlite3.connect(path, timeout=0)) as other:
            other.execute("PRAGMA wal_checkpoint(PASSIVE)")
        assert newest(connection) == 1
    assert log.head().revision == 59


def newest(connection: sqlite3.Connection) -> int:
    (revision,) = connection.execute("SELECT max(revision) FROM policy_log").fetchone()
    return int(revision)


def test_a_file_that_comes_back_is_used_again(path: Path, log: SqliteChangeLog) -> None:
    log.append(entry(1))
    path.rename(path.with_name("elsewhere"))
    with pytest.raises(StoreUnavailableError, match="gone"):
        log.append(entry(2))
    path.with_name("elsewhere").rename(path)
    log.append(entry(2))
    assert log.head().revision == 2


def test_another_store_in_its_place_is_told_by_the_head_first(path: Path, log: SqliteChangeLog) -> None:
    """Whoever read the old one has to notice before he reads or writes the new one."""
    log_id = log.head().log_id
    log.append(entry(1, log_id=log_id))
    other_id = put_another_store(path)
    for call in (lambda: log.read(0, 10), lambda: log.find(ChangeFilter(), 10), lambda: log.append(entry(2))):
        with pytest.raises(StoreUnavailableError, match="replaced"):
            call()
    assert log.head().log_id == other_id != log_id
    assert len(log.read(0, 10)) == 5


def put_another_store(path: Path) -> str:
    """A store of five entries takes the place of the one at ``path``, as a restored backup does."""
    other = path.with_name("other.db")
    log = SqliteChangeLog(Database(other))
    for _ in range(5):
        append_next(log, "other")
    log_id = log.head().log_id
    log.close()
    for beside in ("-wal", "-shm"):
        Path(f"{path}{beside}").unlink(missing_ok=True)
    other.replace(path)
    return log_id


def test_what_was_judged_by_the_old_store_is_not_written_to_the_new_one(path: Path, log: SqliteChangeLog) -> None:
    """Also when another thread has met the new one meanwhile: the change names its log."""
    log_id = log.head().log_id
    for _ in range(5):
        append_next(log, "writer")
    put_another_store(path)
    log.head()
    with pytest.raises(StoreUnavailableError, match="replaced"):
        log.append(entry(6, log_id=log_id))
    assert log.head().revision == 5


def test_a_store_that_takes_the_place_while_the_file_is_opened_is_not_read(
    path: Path, log: SqliteChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens a path, not the file that was looked at."""
    log.append(entry(1))
    log.close()
    connect = sqlite3.connect

    def connect_late(address: str, **settings: object) -> sqlite3.Connection:
        monkeypatch.undo()
        put_another_store(path)
        return connect(address, **settings)

    monkeypatch.setattr(sqlite3, "connect", connect_late)
    opened = SqliteChangeLog(Database(path))
    with pytest.raises(StoreUnavailableError, match="replaced while it was opened"):
        opened.head()
    assert opened.head().revision == 5
    opened.close()


def test_a_connection_that_could_not_take_back_its_writes_is_not_used_again(
    database: Database, log: SqliteChangeLog
) -> None:
    log.append(entry(1))
    with pytest.raises(StoreRefusedError):
        write_and_fail(database)
    assert log.head().revision == 1
    log.append(entry(2))


def write_and_fail(database: Database) -> None:
    """What is written can't even be taken back."""
    with database.writing() as connection:
        connection.execute("DELETE FROM policy_log")
        connection.set_authorizer(lambda _, operation, *rest: sqlite3.SQLITE_DENY if operation == "ROLLBACK" else 0)
        raise ValueError("whatever ends the block")


def test_a_file_that_is_cut_while_it_is_open_is_reported_as_damaged(
    path: Path, database: Database, log: SqliteChangeLog
) -> None:
    for revision in range(1, 200):
        log.append(entry(revision, padding="x" * 4_000))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, 5 * 4096)
    second = SqliteChangeLog(Database(path))
    with pytest.raises(StoreRefusedError, match="damaged"):
        second.read(0, 1_000)
    second.close()


def test_a_store_that_lost_its_identity_is_not_read(database: Database, log: SqliteChangeLog) -> None:
    with database.writing() as connection:
        connection.execute("DELETE FROM meta")
    for call in (log.head, lambda: log.append(entry(1))):
        with pytest.raises(StoreUnavailableError, match="identity"):
            call()


def test_threads_that_have_ended_leave_nothing_open(log: SqliteChangeLog) -> None:
    log.head()
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - descriptors, not files
    for _ in range(30):
        thread = threading.Thread(target=log.head)
        thread.start()
        thread.join()
    assert len(os.listdir("/dev/fd")) <= before  # noqa: PTH208 - as above


def test_a_copy_made_by_vacuum_is_a_store_like_any_other(path: Path, log: SqliteChangeLog) -> None:
    """Such a copy has no write-ahead log of its own until it is opened by us."""
    log.append(entry(1))
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as other:
        other.execute("VACUUM INTO ?", (str(copy),))
    copied = SqliteChangeLog(Database(copy))
    assert copied.head() == log.head()
    copied.append(entry(2))
    assert Path(f"{copy}-wal").exists()
    copied.close()
