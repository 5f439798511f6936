"""The tables of the store's file, and how a file is known as ours."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path
from typing import Final

from enterprise_adapters.sqlite.transaction import Begin, transaction
from enterprise_adapters.sqlite.translation import refused

APPLICATION_ID: Final = int.from_bytes(b"EPol")
"""Stands in the header of each of our files, where ``file`` and SQLite look for it."""

FORMAT: Final = 1
"""Of the tables below; in the header too."""

# Typed columns that SQLite enforces, where it can.
_STRICT: Final = "STRICT" if sqlite3.sqlite_version_info >= (3, 37) else ""
STRICT_INDEX: Final = f"{_STRICT}, WITHOUT ROWID".removeprefix(", ")

_TABLES: Final = (
    f"CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) {STRICT_INDEX}",
    f"""CREATE TABLE policy_log (
        revision INTEGER PRIMARY KEY CHECK (revision > 0), body BLOB NOT NULL, mac BLOB NOT NULL
    ) {_STRICT}""",
    f"""CREATE TABLE change_index (
        kind TEXT NOT NULL CHECK (kind IN ('actor', 'domain', 'subject')),
        value TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (kind, value, revision)
    ) {STRICT_INDEX}""",
    f"""CREATE TABLE checkpoints (
        id INTEGER PRIMARY KEY, log_id TEXT NOT NULL, revision INTEGER NOT NULL,
        chain BLOB NOT NULL, mac BLOB NOT NULL, UNIQUE (log_id, revision)
    ) {_STRICT}""",
    f"""CREATE TABLE checkpoint_chunks (
        id INTEGER PRIMARY KEY, checkpoint INTEGER NOT NULL, number INTEGER NOT NULL,
        content BLOB NOT NULL, UNIQUE (checkpoint, number)
    ) {_STRICT}""",
    f"""CREATE TABLE leases (
        name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, taken_at INTEGER NOT NULL, ends_at INTEGER NOT NULL
    ) {STRICT_INDEX}""",
)


def make(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables and the log's identity, unless somebody else has made them meanwhile."""
    with transaction(connection, Begin.WRITING):
        if is_made(connection, path):
            return
        for table in _TABLES:
            connection.execute(table)
        connection.execute("INSERT INTO meta VALUES ('log_id', ?)", (uuid.uuid4().hex,))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {FORMAT}")


def is_made(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file has our tables; ``False`` when it has none at all. Asked inside a transaction.

    Raises ``StoreRefusedError`` when it is somebody else's, or of a format that this version doesn't know.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, tables) == (0, 0):
        return False
    if application != APPLICATION_ID:
        raise refused(path, "was made by another program; name another path or move the file away")
    if version != FORMAT:
        raise refused(path, f"has format {version}, this version of the program knows {FORMAT}; use a newer one")
    return True
