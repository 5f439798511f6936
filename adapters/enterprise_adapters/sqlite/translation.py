"""The one place where the errors of SQLite and of the file system end."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError

_NO_RIGHTS: Final = (
    "can't be used with the rights of this user; run as its owner, or give this user the file and its folder"
)
_NO_PLACE: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
)

# What an operator has to mend. The keys of this table and the next are SQLite's primary result codes.
_REFUSED: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_NOTADB: "is no SQLite file; name another path or move the file away",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_READONLY: _NO_RIGHTS,
    sqlite3.SQLITE_PERM: _NO_RIGHTS,
    sqlite3.SQLITE_AUTH: _NO_RIGHTS,
}

# What goes by itself, or with no change of the store.
_UNAVAILABLE: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_IOERR: "its disk can't be read or written",
    sqlite3.SQLITE_BUSY: "another process is writing to it",
    sqlite3.SQLITE_LOCKED: "another process is writing to it",
    sqlite3.SQLITE_CANTOPEN: "its file can't be opened",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what a driver raises about the store at ``path`` into our errors, with the driver's as the cause."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _of_sqlite(error, path) from error
    except OSError as error:
        raise _of_system(error, path) from error


def unavailable(why: str) -> StoreUnavailableError:
    """The error for a store that may answer later; it names no path, since callers far away read it."""
    return StoreUnavailableError(f"the policy store can't be used now: {why}")


def refused(path: Path, why: str) -> StoreRefusedError:
    """The error for a store that the operator has to see to."""
    return StoreRefusedError(f"the policy store `{path}` {why}")


def _of_sqlite(error: Exception, path: Path) -> StoreRefusedError | StoreUnavailableError:
    code = getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR
    primary = code & 0xFF
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return unavailable("its file was moved or replaced")
    if primary == sqlite3.SQLITE_CANTOPEN and os.access(path, os.F_OK) and not _has_rights(path):
        return refused(path, _NO_RIGHTS)
    if primary in _REFUSED:
        return refused(path, _REFUSED[primary])
    return unavailable(_UNAVAILABLE.get(primary, "it gave an unexpected answer"))


def _has_rights(path: Path) -> bool:
    """SQLite says only that it can't open a file, not that the folder takes no log beside it."""
    return os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)


def _of_system(error: OSError, path: Path) -> StoreRefusedError | StoreUnavailableError:
    if error.errno == errno.ENOENT:
        return unavailable("its file is gone")
    reason = os.strerror(error.errno).lower() if error.errno else "unknown reason"
    if error.errno in _NO_PLACE:
        return refused(path, f"can't be made or opened: {reason}; name another path, or see to the rights on this one")
    return unavailable(reason)
