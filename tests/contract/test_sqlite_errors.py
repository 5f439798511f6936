"""No error of SQLite or of the file system leaves the SQLite store as it is."""

from __future__ import annotations

import errno
import inspect
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from enterprise_adapters.sqlite.translation import translated
from enterprise_policy.errors import EnterpriseError, StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import entry
from tests.support.stores import TriedStore, sqlite_path, sqlite_store

CLASSES = sorted(
    {found for found in vars(sqlite3).values() if inspect.isclass(found) and issubclass(found, Exception)},
    key=lambda found: found.__name__,
)

OPERATOR_ACTS = {"SQLITE_AUTH", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_PERM", "SQLITE_READONLY"}
CODES = {
    name: code
    for name, code in vars(sqlite3).items()
    if name in {"SQLITE_ERROR", "SQLITE_ABORT", "SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_CONSTRAINT", "SQLITE_FULL"}
    or name in {"SQLITE_INTERNAL", "SQLITE_INTERRUPT", "SQLITE_LOCKED", "SQLITE_MISUSE", "SQLITE_NOLFS"}
    or name in {"SQLITE_NOMEM", "SQLITE_NOTFOUND", "SQLITE_PROTOCOL", "SQLITE_RANGE", "SQLITE_SCHEMA", "SQLITE_TOOBIG"}
    or name in OPERATOR_ACTS
    or name.startswith(("SQLITE_IOERR", "SQLITE_BUSY_", "SQLITE_READONLY_", "SQLITE_CORRUPT_"))
}


def raised_for(error: Exception, path: Path) -> EnterpriseError:
    with pytest.raises(EnterpriseError) as raised, translated(path):
        raise error
    assert raised.value.__cause__ is error
    return raised.value


@pytest.mark.parametrize("driver_error", CLASSES)
def test_every_exception_class_of_the_driver_is_translated(driver_error: type[Exception], tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3: a new one in another version of the driver shows here."""
    ours = raised_for(driver_error("driver's words"), tmp_path / "store.db")
    assert isinstance(ours, StoreUnavailableError)
    assert "driver's words" not in str(ours)


@pytest.mark.parametrize("name", sorted(CODES))
def test_every_result_code_says_who_has_to_act(name: str, tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3: the operator for what no waiting mends."""
    path = tmp_path / "store.db"
    path.touch()
    error = sqlite3.OperationalError("driver's words")
    error.sqlite_errorcode = CODES[name]
    ours = raised_for(error, path)
    base = next((one for one in OPERATOR_ACTS if name == one or name.startswith(f"{one}_")), None)
    refuses = base is not None and name != "SQLITE_READONLY_DBMOVED"
    assert type(ours) is (StoreRefusedError if refuses else StoreUnavailableError)
    assert (str(path) in str(ours)) is refuses


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_of_the_system_is_translated(number: int, tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3: by its number."""
    ours = raised_for(OSError(number, "system's words"), tmp_path / "store.db")
    assert isinstance(ours, StoreRefusedError | StoreUnavailableError)
    assert "system's words" not in str(ours)


def test_an_error_without_a_number_is_translated_too(tmp_path: Path) -> None:
    assert isinstance(raised_for(OSError("system's words"), tmp_path / "store.db"), StoreUnavailableError)


CALLS: dict[str, Callable[[TriedStore], object]] = {
    "head": lambda store: store.log.head(),
    "append": lambda store: store.log.append(entry(1)),
    "read": lambda store: store.log.read(0, 1),
    "find": lambda store: store.log.find(ChangeFilter(actor="alice"), 1),
    "newest": lambda store: store.checkpoints.newest("log"),
    "write": lambda store: store.checkpoints.write(
        Checkpoint(log_id="log", revision=1, chain=b"", content=b"", mac=b"")
    ),
    "acquire": lambda store: store.leases.acquire("chore", "holder", 1.0),
    "release": lambda store: store.leases.release("chore", "holder"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_on_a_closed_store_says_so(call: Callable[[TriedStore], object], tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3: with our error."""
    store = sqlite_store(tmp_path)
    call(store)
    store.close()
    with pytest.raises(StoreUnavailableError, match="was closed"):
        call(store)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_on_what_is_no_store_refuses_it(call: Callable[[TriedStore], object], tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3: naming the file."""
    sqlite_path(tmp_path).write_bytes(b"no SQLite file at all" * 1_000)
    store = sqlite_store(tmp_path)
    with pytest.raises(StoreRefusedError, match=str(sqlite_path(tmp_path))):
        call(store)
    store.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_call_fails_when_the_file_is_gone(call: Callable[[TriedStore], object], tmp_path: Path) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3: an empty store doesn't take its place."""
    store = sqlite_store(tmp_path)
    store.log.head()
    sqlite_path(tmp_path).unlink()
    with pytest.raises(StoreUnavailableError, match="gone"):
        call(store)
    assert not sqlite_path(tmp_path).exists()
    store.close()
