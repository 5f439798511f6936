"""When API keys were used, in a table that came later than the format of SQLite's file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from enterprise_policy.errors import EnterpriseError, StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.key_use import KeyUse
from tests.support.entries import append_next
from tests.support.stores import sqlite_path, sqlite_store

CALLS: dict[str, Callable[[KeyUse], object]] = {
    "note": lambda uses: uses.note({"k1": 5}),
    "last_used": lambda uses: uses.last_used(["k1"]),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_store_that_is_closed_gone_or_no_store_says_so(call: Callable[[KeyUse], object], tmp_path: Path) -> None:
    """KeyUse 3: with our errors."""
    closed = sqlite_store(tmp_path)
    call(closed.key_use)
    closed.close()
    assert isinstance(raised_by(call, closed.key_use), StoreUnavailableError)
    gone = sqlite_store(tmp_path)
    call(gone.key_use)
    sqlite_path(tmp_path).unlink()
    assert isinstance(raised_by(call, gone.key_use), StoreUnavailableError)
    gone.close()
    sqlite_path(tmp_path).write_bytes(b"no SQLite file at all" * 1_000)
    assert isinstance(raised_by(call, sqlite_store(tmp_path).key_use), StoreRefusedError)


def raised_by(call: Callable[[KeyUse], object], uses: KeyUse) -> EnterpriseError:
    with pytest.raises(EnterpriseError) as raised:
        call(uses)
    return raised.value


def test_what_was_noted_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = sqlite_store(tmp_path)
    first.key_use.note({"k1": 5})
    first.close()
    second = sqlite_store(tmp_path)
    assert second.key_use.last_used(["k1"]) == {"k1": 5}
    second.close()


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
    store = sqlite_store(tmp_path)
    append_next(store.log, "alice")
    before = header_and_tables(sqlite_path(tmp_path))
    assert "key_use" not in before[2]
    assert store.key_use.last_used(["k1"]) == {}
    store.key_use.note({"k1": 5})
    application, version, tables = header_and_tables(sqlite_path(tmp_path))
    assert (application, version) == before[:2] == (int.from_bytes(b"EPol"), 1)
    assert tables == before[2] | {"key_use"}
    store.close()
