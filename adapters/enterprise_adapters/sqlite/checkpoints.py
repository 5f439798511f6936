"""Checkpoints in parts, since SQLite reads and writes a row as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enterprise_adapters.sqlite.database import Database
from enterprise_adapters.sqlite.integers import HIGHEST, bounded
from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints

CHUNK_BYTES: Final = 1024 * 1024

_INSERT: Final = """
INSERT INTO checkpoints (log_id, revision, chain, mac) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

_NEWEST: Final = """
SELECT id, revision, chain, mac FROM checkpoints WHERE log_id = ? AND revision <= ?
ORDER BY revision DESC LIMIT 1
"""

_CHUNKS: Final = "SELECT content FROM checkpoint_chunks WHERE checkpoint = ? ORDER BY number"

_INSERT_CHUNK: Final = "INSERT INTO checkpoint_chunks (checkpoint, number, content) VALUES (?, ?, ?)"


class SqliteCheckpoints(Checkpoints):
    """In ``database``, which ``close`` closes for all who share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        highest = HIGHEST if at_most is None else bounded(at_most)
        with self._database.reading() as connection:
            found = connection.execute(_NEWEST, (log_id, highest)).fetchone()
            if found is None:
                return None
            key, revision, chain, mac = found
            content = b"".join(chunk for (chunk,) in connection.execute(_CHUNKS, (key,)))
        return Checkpoint(log_id=log_id, revision=revision, chain=chain, content=content, mac=mac)

    def write(self, checkpoint: Checkpoint) -> None:
        row = (checkpoint.log_id, checkpoint.revision, checkpoint.chain, checkpoint.mac)
        with self._database.writing() as connection:
            inserted = connection.execute(_INSERT, row)
            if inserted.rowcount == 1:
                connection.executemany(_INSERT_CHUNK, _chunks(inserted.lastrowid, checkpoint.content))

    def close(self) -> None:
        self._database.close()


def _chunks(key: int | None, content: bytes) -> Iterator[tuple[int | None, int, memoryview]]:
    view = memoryview(content)
    for number, start in enumerate(range(0, len(content), CHUNK_BYTES)):
        yield key, number, view[start : start + CHUNK_BYTES]
