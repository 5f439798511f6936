"""Files that the SQLite store refuses, with a sentence that names the file and what to do."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from enterprise_adapters.sqlite import Database, SqliteChangeLog
from enterprise_adapters.sqlite.schema import APPLICATION_ID, FORMAT
from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from tests.support.entries import append_next, entry
from tests.support.processes import Process


def make_store(path: Path) -> None:
    log = SqliteChangeLog(Database(path))
    for revision in range(1, 101):
        log.append(entry(revision, padding="x" * 1_000))
    log.close()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(10_000))


def make_text(path: Path) -> None:
    path.write_text("hello")


def make_anothers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")


def make_anothers_with_an_id(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID + 1}")


def make_newer(path: Path) -> None:
    make_store(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")


def make_cut(path: Path) -> None:
    make_store(path)
    os.truncate(path, path.stat().st_size // 2)


def make_stub(path: Path) -> None:
    make_store(path)
    os.truncate(path, 60)


def make_torn(path: Path) -> None:
    """The header is whole, and the rest of the first page was never written."""
    make_store(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(bytes(path.stat().st_size - 100))


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "folder": (make_folder, "is no regular file; name a path for a file"),
    "pipe": (make_pipe, "is no regular file"),
    "garbage": (make_garbage, "is no SQLite file; name another path or move the file away"),
    "text": (make_text, "is no SQLite file"),
    "of another program": (make_anothers, "was made by another program; name another path"),
    "of another program with an id": (make_anothers_with_an_id, "was made by another program"),
    "of a newer format": (make_newer, f"has format {FORMAT + 1}, .* knows {FORMAT}; use a newer one"),
    "cut in half": (make_cut, "is damaged; restore it from a backup"),
    "cut to nearly nothing": (make_stub, "is no SQLite file|is damaged"),
    "torn": (make_torn, "is damaged"),
}


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("read_only", [False, True], ids=["to write", "to read"])
def test_what_is_no_store_of_ours_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], sentence: str, *, read_only: bool
) -> None:
    path = tmp_path / "store.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    log = SqliteChangeLog(Database(path, read_only=read_only))
    for _ in range(2):
        with pytest.raises(StoreRefusedError, match=rf"^the policy store `{path}` (?:{sentence})"):
            log.head()
    log.close()
    assert before == (path.read_bytes() if path.is_file() else None)
    assert [file.name for file in tmp_path.iterdir()] == ["store.db"]


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    """As a process leaves it that was killed right after it had made the file."""
    (tmp_path / "store.db").touch()
    log = SqliteChangeLog(Database(tmp_path / "store.db"))
    assert append_next(log, "alice") == 1
    log.close()


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = SqliteChangeLog(Database(tmp_path / "file" / "store.db"))
    with pytest.raises(StoreRefusedError, match="can't be made or opened"):
        log.head()
    log.close()


def test_a_store_that_is_only_to_be_read_is_not_made(tmp_path: Path) -> None:
    log = SqliteChangeLog(Database(tmp_path / "folder" / "store.db", read_only=True))
    with pytest.raises(StoreRefusedError, match="doesn't exist"):
        log.head()
    log.close()
    (tmp_path / "empty.db").touch()
    log = SqliteChangeLog(Database(tmp_path / "empty.db", read_only=True))
    with pytest.raises(StoreRefusedError, match="is empty"):
        log.head()
    log.close()
    assert [file.name for file in tmp_path.iterdir()] == ["empty.db"]


def test_a_store_that_is_only_to_be_read_takes_no_entry(tmp_path: Path) -> None:
    make_store(tmp_path / "store.db")
    log = SqliteChangeLog(Database(tmp_path / "store.db", read_only=True))
    with pytest.raises(StoreRefusedError, match="rights of this user"):
        log.append(entry(101))
    assert log.head().revision == 100
    log.close()


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555), (0o444, 0o555), (0o000, 0o777)])
def test_what_this_user_may_not_write_is_refused(open_folder: Path, file_mode: int, folder_mode: int) -> None:
    make_store(open_folder / "store.db")
    (open_folder / "store.db").chmod(file_mode)
    said = tried_by_nobody(open_folder, folder_mode, "write")
    assert said[-1].startswith(f"store_refused the policy store `{open_folder}/store.db` can't be used with the rights")


@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_a_store_at_rest_is_read_by_who_may_only_read(open_folder: Path, folder_mode: int) -> None:
    make_store(open_folder / "store.db")
    (open_folder / "store.db").chmod(0o444)
    assert tried_by_nobody(open_folder, folder_mode, "read") == ["100 100"]


@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_a_store_in_use_is_read_by_who_may_only_read(open_folder: Path, folder_mode: int) -> None:
    """With what was written since the file itself was."""
    make_store(open_folder / "store.db")
    (open_folder / "store.db").chmod(0o644)
    log = SqliteChangeLog(Database(open_folder / "store.db"))
    append_next(log, "alice")
    assert tried_by_nobody(open_folder, folder_mode, "read") == ["101 101"]
    log.close()


@pytest.mark.parametrize("folder_mode", [0o777, 0o555])
def test_a_store_that_nobody_closed_is_read_by_who_may_only_read(open_folder: Path, folder_mode: int) -> None:
    """With what was acknowledged before its process was killed."""
    make_store(open_folder / "store.db")
    (open_folder / "store.db").chmod(0o644)
    with Process("append", open_folder / "store.db", "alice", 1_000_000) as process:
        process.go()
        acknowledged = int([process.line() for _ in range(5)][-1])
    (said,) = tried_by_nobody(open_folder, folder_mode, "read")
    revision, entries = map(int, said.split())
    assert revision == entries >= acknowledged


def test_a_store_behind_a_link_is_read_as_it_is_now(tmp_path: Path) -> None:
    """What was written since the file itself was lies beside the file, not beside the link."""
    (tmp_path / "real").mkdir()
    log = SqliteChangeLog(Database(tmp_path / "real" / "store.db"))
    log.append(entry(1))
    (tmp_path / "link.db").symlink_to("real/store.db")
    linked = SqliteChangeLog(Database(tmp_path / "link.db", read_only=True))
    for revision in (1, 2):
        assert linked.head().revision == revision
        log.append(entry(revision + 1))
    log.close()
    assert linked.head().revision == 3
    linked.close()


def test_a_reader_takes_no_part_of_what_is_written_while_he_reads(tmp_path: Path) -> None:
    """A store at rest that wakes up under a reader: he is told to try again, and then sees what is new."""
    path = tmp_path / "store.db"
    make_store(path)
    reading = Database(path, read_only=True)
    writing = SqliteChangeLog(Database(path))
    assert SqliteChangeLog(reading).head().revision == 100
    with pytest.raises(StoreUnavailableError, match="changed while it was read"), reading.reading():
        append_next(writing, "alice")
    assert SqliteChangeLog(reading).head().revision == 101
    writing.close()
    reading.close()


def test_what_this_user_may_not_read_is_refused(open_folder: Path) -> None:
    make_store(open_folder / "store.db")
    (open_folder / "store.db").chmod(0o000)
    (said,) = tried_by_nobody(open_folder, 0o755, "read")
    assert said.startswith(f"store_refused the policy store `{open_folder}/store.db` can't be used with the rights")


def test_a_folder_that_this_user_may_not_write_takes_no_new_store(open_folder: Path) -> None:
    (said,) = tried_by_nobody(open_folder, 0o555, "write")
    assert said.startswith(f"store_refused the policy store `{open_folder}/store.db` can't be made or opened")
    assert list(open_folder.iterdir()) == []


def tried_by_nobody(folder: Path, mode: int, how: str) -> list[str]:
    folder.chmod(mode)
    with Process("as_nobody", folder / "store.db", how) as process:
        process.go()
        said = process.rest()
    folder.chmod(0o755)
    return said
