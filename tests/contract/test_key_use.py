"""The promises of ``KeyUse``, on every adapter."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from enterprise_adapters.memory import MemoryChangeLog, MemoryKeyUse
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteKeyUse
from enterprise_policy.errors import EnterpriseError, StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeLog
from enterprise_service.ports.key_use import KeyUse
from tests.support.entries import append_next
from tests.support.stores import sqlite_path
from tests.support.threads import at_once


@dataclass(frozen=True, slots=True)
class Tried:
    """What is kept of keys, and the log beside it."""

    uses: KeyUse
    log: ChangeLog


def in_memory(_folder: Path) -> Tried:
    return Tried(MemoryKeyUse(), MemoryChangeLog())


def in_sqlite(folder: Path) -> Tried:
    database = Database(sqlite_path(folder))
    return Tried(SqliteKeyUse(database), SqliteChangeLog(database))


@pytest.fixture(params=[in_memory, in_sqlite])
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    made: Tried = request.param(tmp_path)
    with closing(made.log):
        yield made


def test_the_latest_moment_is_kept_in_whatever_order_they_come(tried: Tried) -> None:
    """KeyUse 1: for each key its own, across the year 1970 too."""
    tried.uses.note({"k1": 5, "k2": 10, "k3": -7})
    tried.uses.note({"k1": 4, "k2": 11, "k3": -6})
    assert tried.uses.last_used(["k1", "k2", "k3"]) == {"k1": 5, "k2": 11, "k3": -6}


def test_the_log_stays_as_it_is(tried: Tried) -> None:
    """KeyUse 2: and goes on."""
    append_next(tried.log, "alice")
    head = tried.log.head()
    tried.uses.note({"k1": 5})
    assert tried.log.head() == head
    append_next(tried.log, "alice")
    assert tried.log.head().revision == head.revision + 1


def test_threads_note_and_look_at_once(tried: Tried) -> None:
    """KeyUse 1, 4: eight threads, each with a key of its own and one that all use."""

    def work(number: int) -> None:
        for moment in range(10):
            tried.uses.note({f"k{number}": moment, "all": 10 * number + moment})
            assert tried.uses.last_used([f"k{number}"]) == {f"k{number}": moment}

    at_once(8, work)
    assert tried.uses.last_used(["all", "k0"]) == {"all": 79, "k0": 9}


def test_only_what_is_asked_for_and_known_is_told(tried: Tried) -> None:
    """KeyUse 5: before anything was noted too, and of any number of keys."""
    assert tried.uses.last_used(["k1"]) == {}
    tried.uses.note({})
    tried.uses.note({"k1": 5, "k2": 6})
    assert tried.uses.last_used(["k1", "k3", *(f"x{number}" for number in range(40_000))]) == {"k1": 5}
    assert tried.uses.last_used([]) == {}


def test_ids_are_kept_as_they_are(tried: Tried) -> None:
    uses = {"a'; DROP TABLE key_use; --": 1, 'a"b': 2, "a,b": 3, "A": 4, "a": 5}
    tried.uses.note(uses)
    assert tried.uses.last_used(list(uses)) == uses


# --- SQLite ---------------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[KeyUse], object]] = {
    "note": lambda uses: uses.note({"k1": 5}),
    "last_used": lambda uses: uses.last_used(["k1"]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_that_is_closed_gone_or_no_store_says_so(call: Callable[[KeyUse], object], tmp_path: Path) -> None:
    """KeyUse 3: with our errors."""
    closed = in_sqlite(tmp_path)
    call(closed.uses)
    closed.log.close()
    assert isinstance(raised_by(call, closed.uses), StoreUnavailableError)
    gone = in_sqlite(tmp_path)
    call(gone.uses)
    sqlite_path(tmp_path).unlink()
    assert isinstance(raised_by(call, gone.uses), StoreUnavailableError)
    gone.log.close()
    sqlite_path(tmp_path).write_bytes(b"no SQLite file at all" * 1_000)
    assert isinstance(raised_by(call, in_sqlite(tmp_path).uses), StoreRefusedError)


def raised_by(call: Callable[[KeyUse], object], uses: KeyUse) -> EnterpriseError:
    with pytest.raises(EnterpriseError) as raised:
        call(uses)
    return raised.value


def test_what_was_noted_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = in_sqlite(tmp_path)
    first.uses.note({"k1": 5})
    first.log.close()
    second = in_sqlite(tmp_path)
    assert second.uses.last_used(["k1"]) == {"k1": 5}
    second.log.close()


def header_and_tables(path: Path) -> tuple[int, int, set[str]]:
    with closing(sqlite3.connect(path)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return application, version, names


def test_the_table_raises_no_format_so_that_the_version_before_opens_the_file(tmp_path: Path) -> None:
    """It looks at the numbers in the header, which stay, and at its own tables, which stay; the new one it passes over.

    And a file that it has made has no such table: nothing is known then, and the first to note makes it.
    """
    store = in_sqlite(tmp_path)
    append_next(store.log, "alice")
    before = header_and_tables(sqlite_path(tmp_path))
    assert "key_use" not in before[2]
    assert store.uses.last_used(["k1"]) == {}
    store.uses.note({"k1": 5})
    application, version, tables = header_and_tables(sqlite_path(tmp_path))
    assert (application, version) == before[:2] == (int.from_bytes(b"EPol"), 1)
    assert tables == before[2] | {"key_use"}
    store.log.close()
