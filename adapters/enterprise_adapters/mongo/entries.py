"""The documents of entries, so many at once as a slow link carries within the time of a call.

No call can say how many bytes it wants, only how many entries, and no entry's size is known before. So the first call
asks for one, each further one for more as long as what came was small, and after one that failed it begins again.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from pymongo.database import Database

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import BULK_SECONDS, MongoDatabase
from enterprise_adapters.mongo.documents import HIGHEST, bytes_of, check_log, is_of, revision_of
from enterprise_adapters.mongo.opening import LOG, check_identity, stray
from enterprise_policy.errors import StoreUnavailableError

PAGE_BYTES: Final = 16 * 1024 * 1024
"""A page ends with the entry that makes it this large."""

BATCH_BYTES: Final = 1024 * 1024
"""What a call asks for, when entries are as large as those before."""

_AT_MOST: Final = 1_000
_GROWTH: Final = 4
_WITHOUT_TERMS: Final = {"terms": 0}


class Entries:
    """Reads the entries of the log in ``database``. Any thread may; all go by what the last call has shown."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database
        self._at_once = 1

    def after(self, log_id: str, after: int, most: int) -> Iterator[Document]:
        """At most ``most`` entries of the log ``log_id`` above ``after``, ascending; fewer when they take long.

        One alone is asked for in the time of a small call: a commit waits for that. Raises ``StoreUnavailableError``
        when another log took its place, ``StoreRefusedError`` when an entry of another stands right after ``after``.
        """
        seconds = None if most == 1 else BULK_SECONDS
        end_at = time.monotonic() + BULK_SECONDS
        first, last = after, min(after + most, HIGHEST)
        while after < last and time.monotonic() < end_at:
            # The log has no gap, so this is at most as many; some servers read all the rest before they limit it.
            until = min(after + self._at_once, last)
            documents = self._get({"$gt": after, "$lte": until}, seconds, PAGE_BYTES)
            ours = _ours(documents, log_id)
            if not ours and after == first:
                self._say_why(log_id, after, documents)
            yield from ours
            if len(ours) < until - after:
                return
            after = until

    def those(self, log_id: str, revisions: Sequence[int]) -> Iterator[Document]:
        """All entries of ``revisions``, which descend. Raises ``StoreUnavailableError`` when one is another log's."""
        start = 0
        while start < len(revisions):
            wanted = revisions[start : start + self._at_once]
            try:
                documents = self._get({"$in": list(wanted)}, BULK_SECONDS, math.inf)
            except StoreUnavailableError:
                if len(wanted) == 1:
                    raise
                continue  # one alone may be carried in time
            for document in reversed(documents):
                check_log(document, log_id)
                yield document
            start += len(wanted)

    def _get(self, revisions: Mapping[str, object], seconds: float | None, most: float) -> Sequence[Document]:
        """Those of ``revisions``, ascending, until they have ``most`` bytes."""
        try:
            with self._database.calling(seconds) as database:
                documents = _up_to(most, _found(database, revisions))
        except StoreUnavailableError:
            self._at_once = 1
            raise
        if documents:
            average = sum(map(_size, documents)) // len(documents)
            self._at_once = max(1, min(self._at_once * _GROWTH, BATCH_BYTES // max(average, 1), _AT_MOST))
        return documents

    def _say_why(self, log_id: str, after: int, found: Sequence[Document]) -> None:
        """See that there is nothing after ``after`` because nothing was written yet."""
        with self._database.calling() as database:
            check_identity(database, log_id)
        if found and revision_of(found[0]) == after + 1:
            raise stray(self._database.name, after + 1)


def _found(database: Database[Document], revisions: Mapping[str, object]) -> Iterable[Document]:
    return database[LOG].find({"_id": revisions}, _WITHOUT_TERMS).sort("_id", 1).batch_size(_AT_MOST)


def _up_to(most: float, documents: Iterable[Document]) -> Sequence[Document]:
    """``documents`` as far as the one that makes them ``most`` bytes; no more are fetched."""
    taken: list[Document] = []
    size = 0
    for document in documents:
        taken.append(document)
        size += _size(document)
        if size >= most:
            break
    return taken


def _ours(documents: Sequence[Document], log_id: str) -> Sequence[Document]:
    """The first of ``documents``, as far as they are of the log ``log_id``: it has no gap, so no more of it follow."""
    foreign = (place for place, document in enumerate(documents) if not is_of(document, log_id))
    return documents[: next(foreign, len(documents))]


def _size(document: Document) -> int:
    return len(bytes_of(document, "body"))
