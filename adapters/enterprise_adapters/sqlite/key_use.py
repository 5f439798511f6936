"""When API keys were last used, in a table of its own.

The table came later than the format of the file, and the file's number stays: a program that doesn't know the table
passes over it. So it is made by whoever first writes to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from typing import Final

from enterprise_adapters.sqlite.database import Database
from enterprise_adapters.sqlite.schema import STRICT_INDEX
from enterprise_policy.values.windows import Instant
from enterprise_service.ports.key_use import KeyUse

_MAKE: Final = f"""
CREATE TABLE IF NOT EXISTS key_use (key_id TEXT NOT NULL PRIMARY KEY, used_at INTEGER NOT NULL) {STRICT_INDEX}
"""

_IS_MADE: Final = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'key_use'"

_NOTE: Final = """
INSERT INTO key_use (key_id, used_at) VALUES (?, ?)
ON CONFLICT (key_id) DO UPDATE SET used_at = excluded.used_at WHERE used_at < excluded.used_at
"""

_LAST_USED: Final = "SELECT key_id, used_at FROM key_use WHERE key_id IN (SELECT value FROM json_each(?))"


class SqliteKeyUse(KeyUse):
    """In ``database``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, uses: Mapping[str, Instant]) -> None:
        with self._database.writing() as connection:
            connection.execute(_MAKE)
            connection.executemany(_NOTE, sorted(uses.items()))

    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        with self._database.reading() as connection:
            if not _is_made(connection):
                return {}
            return dict(connection.execute(_LAST_USED, (json.dumps(list(key_ids)),)).fetchall())


def _is_made(connection: sqlite3.Connection) -> bool:
    (count,) = connection.execute(_IS_MADE).fetchone()
    return bool(count)
