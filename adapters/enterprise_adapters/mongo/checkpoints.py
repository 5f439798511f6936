"""Checkpoints in chunks, and a header for each that is written when all of its chunks are there.

A chunk is named after what the checkpoint is of and what is in it: whoever writes the same bytes again, after a death
in the middle or at the same time, writes the same chunks. Who wrote others and was late to the header removes them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from typing import Final

from pymongo.errors import DuplicateKeyError

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import BULK_SECONDS, MongoDatabase
from enterprise_adapters.mongo.documents import HIGHEST, bounded
from enterprise_adapters.mongo.once import write_once
from enterprise_service.ports.checkpoints import Checkpoint, Checkpoints

CHUNK_BYTES: Final = 1024 * 1024

_HEADERS: Final = "policy_checkpoints"
_CHUNKS: Final = "policy_checkpoint_chunks"

_log = logging.getLogger(__name__)


class MongoCheckpoints(Checkpoints):
    """In ``database``, which ``close`` closes for all who share it. Each chunk has the time of a long call for itself.

    How large chunks are may differ from one checkpoint to the next.
    """

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    def newest(self, log_id: str, at_most: int | None = None) -> Checkpoint | None:
        """See the port. One of which a chunk is missing is passed over for the one before."""
        highest = HIGHEST if at_most is None else bounded(at_most)
        while (header := self._header(log_id, highest)) is not None:
            content = self._content(header)
            if content is not None:
                return _checkpoint(header, content)
            highest = int(header["revision"]) - 1
            _log.warning("the checkpoint at revision %d lacks a part and isn't used", highest + 1)
        return None

    def write(self, checkpoint: Checkpoint) -> None:
        if self._chunks_of_header(checkpoint) is None:
            self._write_chunks(checkpoint)
            with self._database.writing() as database:
                write_once(database[_HEADERS], _name(checkpoint), _header(checkpoint))
            if self._chunks_of_header(checkpoint) != _chunks_name(checkpoint):
                self._remove_chunks(checkpoint)

    def close(self) -> None:
        self._database.close()

    def _header(self, log_id: str, highest: int) -> Document | None:
        with self._database.calling() as database:
            headers = database[_HEADERS].find({"log_id": log_id, "revision": {"$lte": highest}})
            return next(iter(headers.sort("revision", -1).limit(1)), None)

    def _content(self, header: Document) -> bytes | None:
        chunks = [self._chunk(f"{header['chunks']}/{number}") for number in range(header["count"])]
        content = b"".join(chunk for chunk in chunks if chunk is not None)
        return content if len(content) == header["size"] else None

    def _chunk(self, name: str) -> bytes | None:
        with self._database.calling(BULK_SECONDS) as database:
            found = database[_CHUNKS].find_one({"_id": name})
        return None if found is None else bytes(found["content"])

    def _write_chunks(self, checkpoint: Checkpoint) -> None:
        prefix = _chunks_name(checkpoint)
        for number, chunk in enumerate(_chunks(checkpoint.content)):
            with self._database.writing(BULK_SECONDS) as database, suppress(DuplicateKeyError):  # the same bytes
                database[_CHUNKS].insert_one({"_id": f"{prefix}/{number}", "content": chunk})

    def _chunks_of_header(self, checkpoint: Checkpoint) -> str | None:
        with self._database.writing() as database:
            found = database[_HEADERS].find_one({"_id": _name(checkpoint)}, {"chunks": 1})
        return None if found is None else str(found["chunks"])

    def _remove_chunks(self, checkpoint: Checkpoint) -> None:
        prefix = _chunks_name(checkpoint)
        with self._database.writing() as database:
            database[_CHUNKS].delete_many({"_id": {"$gte": f"{prefix}/", "$lt": f"{prefix}0"}})  # `0` follows `/`


def _name(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.log_id}/{checkpoint.revision}"


def _chunks_name(checkpoint: Checkpoint) -> str:
    """With the size of chunks: a writer of another version that died may have left others of the same content."""
    return f"{_name(checkpoint)}/{sha256(checkpoint.content).hexdigest()}-{CHUNK_BYTES}"


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


def _header(checkpoint: Checkpoint) -> Document:
    return {
        "log_id": checkpoint.log_id,
        "revision": checkpoint.revision,
        "chain": checkpoint.chain,
        "mac": checkpoint.mac,
        "chunks": _chunks_name(checkpoint),
        "count": math.ceil(len(checkpoint.content) / CHUNK_BYTES),
        "size": len(checkpoint.content),
    }


def _checkpoint(header: Document, content: bytes) -> Checkpoint:
    return Checkpoint(
        log_id=str(header["log_id"]),
        revision=int(header["revision"]),
        chain=bytes(header["chain"]),
        content=content,
        mac=bytes(header["mac"]),
    )
