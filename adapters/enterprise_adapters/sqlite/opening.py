"""A connection to the store's file, checked and set up."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

from enterprise_adapters.sqlite.place import Place, look
from enterprise_adapters.sqlite.schema import is_made, make
from enterprise_adapters.sqlite.transaction import Begin, transaction
from enterprise_adapters.sqlite.translation import refused, unavailable

BUSY_SECONDS: Final = 2.0
"""How long a call waits for other writers."""

# What holds for a connection; docs/decisions/0005-sqlite-log.md has the reasons.
_SETTINGS: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA mmap_size = 0",
    "PRAGMA journal_size_limit = 67108864",
)


def open_connection(place: Place) -> sqlite3.Connection:
    """A connection to the file at ``place``, whose tables are made if it is empty.

    Raises ``StoreRefusedError`` when the file isn't ours, ``StoreUnavailableError`` when it was replaced meanwhile, and
    the errors of SQLite.
    """
    connection = sqlite3.connect(
        place.uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _set_up(connection, place)
        _refuse_another(place)
    except BaseException:
        connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, place: Place) -> None:
    """Change nothing before the file is known to be ours or empty."""
    with transaction(connection, Begin.READING):
        made = is_made(connection, place.path)
    if not made and place.read_only:
        raise refused(place.path, "is empty; start the service once to make it")
    for setting in _SETTINGS:
        connection.execute(setting)
    if not place.read_only:
        _use_write_ahead_log(connection)
    if not made:
        make(connection, place.path)


def _refuse_another(place: Place) -> None:
    """SQLite opens a path: between the look and the opening another file may have taken it."""
    if not look(place.path, read_only=place.read_only).is_same_file(place):
        raise unavailable("its file was replaced while it was opened")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """The file remembers it. While it is switched SQLite doesn't wait for others by itself."""
    give_up_at = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return
