"""Where the log ends, found by asking for revisions above one that is known.

Never by sorting downwards: some servers look at every document for that. The log has no gap, so a revision that isn't
there has none after it: steps of doubling length close in on the last one, in one query when nothing is new. An entry
of another log that strayed in above counts as none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pymongo.collection import Collection

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.documents import bytes_of, is_of, revision_of
from enterprise_service.ports.change_log import Head

_STEPS: Final = 24
_FIRST_STEPS: Final = 3
"""So many steps a query tries, each twice as long as the one before; the first tries few: there is seldom much new."""

SHOWN: Final = {"mac": 1, "log_id": 1}


class GoneError(Exception):
    """An entry that was known isn't there any more, or belongs to another log."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Climbs ``collection``, the entries of the log ``log_id``."""

    collection: Collection[Document]
    log_id: str

    def climb(self, known: Head) -> Head:
        """The newest entry, from ``known`` on. Every entry that was there when the call began is at or below it.

        Raises ``GoneError``.
        """
        low, high, tried = known, math.inf, _FIRST_STEPS
        while high > low.revision + 1:
            steps = [low.revision + 2**step for step in range(tried)]
            asked = [revision for revision in steps if revision < high]
            found = self._look([low.revision, *asked])
            if low.revision and low.revision not in found:
                raise GoneError
            low = found[max(found)] if found else low
            high = min((revision for revision in asked if revision > low.revision), default=high)
            tried = _STEPS
        return low

    def _look(self, revisions: Iterable[int]) -> dict[int, Head]:
        found = self.collection.find({"_id": {"$in": list(revisions)}}, SHOWN)
        heads = (head_of(document, self.log_id) for document in found)
        return {head.revision: head for head in heads if head is not None}


def head_of(document: Document, log_id: str) -> Head | None:
    """The head that an entry's document is; ``None`` when it is another log's.

    Raises ``GoneError`` when that is so of the first: then the whole log may be another.
    """
    if not is_of(document, log_id):
        if revision_of(document) == 1:
            raise GoneError
        return None
    return Head(log_id=log_id, revision=revision_of(document), mac=bytes_of(document, "mac"))
