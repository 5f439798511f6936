"""All or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Begin(StrEnum):
    """How a transaction begins."""

    READING = "BEGIN"
    """One state of the file for all that is read; writers go on."""

    WRITING = "BEGIN IMMEDIATE"
    """The only writer among all processes from the start: it never finds out late that it has to try again."""


@contextmanager
def transaction(connection: sqlite3.Connection, begin: Begin) -> Iterator[None]:
    """Commit what is done inside, or take it back when it raises."""
    connection.execute(begin.value)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A COMMIT that fails for want of space has taken everything back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
