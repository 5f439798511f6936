"""The log of changes as a table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from enterprise_adapters.sqlite.database import Database
from enterprise_adapters.sqlite.integers import HIGHEST, bounded
from enterprise_adapters.sqlite.translation import unavailable
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog, Head, LogEntry, RevisionTakenError
from enterprise_service.ports.change_terms import can_be_found, read_change, terms_of

_HEAD: Final = """
SELECT value, revision, mac FROM meta
LEFT JOIN (SELECT revision, mac FROM policy_log ORDER BY revision DESC LIMIT 1)
WHERE name = 'log_id'
"""

_READ: Final = "SELECT revision, body, mac FROM policy_log WHERE revision > ? ORDER BY revision LIMIT ?"

_NEWEST_FIRST: Final = """
SELECT revision, body, mac FROM policy_log
WHERE revision > :after AND revision < :before ORDER BY revision DESC LIMIT :limit
"""

# Each gives revisions in order, so that SQLite walks them side by side from the newest and stops at the limit.
_BY: Final = {
    "actor": """
        SELECT revision FROM change_index
        WHERE kind = 'actor' AND value = :actor AND revision > :after AND revision < :before
    """,
    "subject": """
        SELECT revision FROM change_index
        WHERE kind = 'subject' AND value = :subject AND revision > :after AND revision < :before
    """,
    "domains": """
        SELECT DISTINCT revision FROM change_index
        WHERE kind = 'domain' AND value IN (SELECT value FROM json_each(:domains))
        AND revision > :after AND revision < :before
    """,
}

_FOUND: Final = (
    "SELECT revision, body, mac FROM policy_log WHERE revision IN (",
    " ORDER BY revision DESC LIMIT :limit) ORDER BY revision DESC",
)


class SqliteChangeLog(ChangeLog):
    """In ``database``, which ``close`` closes for all who share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self) -> Head:
        """See the port. When another file took the store's place this is the call that says so: by its ``log_id``."""
        with self._database.reading(whichever_file=True) as connection:
            return _head(connection)

    def append(self, entry: LogEntry) -> None:
        """See the port.

        Raises ``ValueError``, for a fault of the program, when the body is no JSON object or has a name that nobody
        could find it by.
        """
        change = read_change(entry.body)
        terms = terms_of(change)
        with self._database.writing() as connection:
            head = _head(connection)
            if change.get("log_id", head.log_id) != head.log_id:
                raise unavailable("its file was replaced")
            if entry.revision != head.revision + 1:
                raise RevisionTakenError(f"the newest revision is {head.revision}, not {entry.revision - 1}")
            connection.execute("INSERT INTO policy_log VALUES (?, ?, ?)", (entry.revision, entry.body, entry.mac))
            rows = [(kind, value, entry.revision) for kind, value in sorted(terms)]
            connection.executemany("INSERT INTO change_index VALUES (?, ?, ?)", rows)

    def read(self, after: int, limit: int) -> Sequence[LogEntry]:
        with self._database.reading() as connection:
            return _entries(connection.execute(_READ, (bounded(after), bounded(limit))))

    def find(self, wanted: ChangeFilter, limit: int) -> Sequence[LogEntry]:
        if not all(can_be_found(text) for text in (wanted.actor, wanted.subject) if text is not None):
            return ()
        with self._database.reading() as connection:
            return _entries(connection.execute(_query(wanted), _parameters(wanted, limit)))

    def sweep(self) -> int:
        """See the port: an append is one transaction, which leaves nothing behind."""
        return 0

    def close(self) -> None:
        self._database.close()


def _head(connection: sqlite3.Connection) -> Head:
    found = connection.execute(_HEAD).fetchone()
    if found is None:
        raise unavailable("its file has lost the identity of its log")
    log_id, revision, mac = found
    return Head(log_id=log_id, revision=revision or 0, mac=mac or b"")


def _entries(rows: Iterable[tuple[int, bytes, bytes]]) -> tuple[LogEntry, ...]:
    return tuple(LogEntry(revision=revision, body=body, mac=mac) for revision, body, mac in rows)


def _query(wanted: ChangeFilter) -> str:
    """Constants put together; what is asked for travels as parameters."""
    chosen = [revisions for name, revisions in _BY.items() if getattr(wanted, name) is not None]
    return " INTERSECT ".join(chosen).join(_FOUND) if chosen else _NEWEST_FIRST


def _parameters(wanted: ChangeFilter, limit: int) -> dict[str, object]:
    return {
        "actor": wanted.actor,
        "subject": wanted.subject,
        "domains": json.dumps([domain for domain in wanted.domains or () if can_be_found(domain)]),
        "after": bounded(wanted.after),
        "before": HIGHEST if wanted.before is None else bounded(wanted.before),
        "limit": bounded(limit),
    }
