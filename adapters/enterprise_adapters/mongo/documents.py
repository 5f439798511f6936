"""Entries of the log as documents, and back; large ones in parts.

An entry is one document, so that one insert makes it whole. What would be too large for one, by its body or by the
names that it can be found by, is staged in parts first; the entry then only says how many.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.translation import unavailable
from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.change_log import LogEntry
from enterprise_service.ports.change_terms import Term

PART_BYTES: Final = 1024 * 1024
"""The most of a body in one document: a slow link carries it within the time of a call. MongoDB would take 16 MiB."""

PART_TERMS: Final = 5_000
"""The most terms in one document: each is an entry of the index, written with it."""

HIGHEST: Final = 2**63 - 1
"""The greatest integer of BSON, above every revision."""

_MOST: Final = 2**31 - 1


def bounded(number: int) -> int:
    """``number`` between 0 and ``HIGHEST``: beyond 64 bits BSON has no integers."""
    return min(max(number, 0), HIGHEST)


def as_limit(limit: int) -> int:
    """``limit`` as a query takes it, for which less than nothing means something else; 0 is for nothing."""
    return min(max(limit, 0), _MOST)


def term_text(term: Term) -> str:
    """``term`` as it stands in a document and its index."""
    return f"{term.kind}:{term.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry on its way into the log ``log_id``.

    ``append`` is the mark of this very call: by it a writer knows its own document again, and parts know theirs.
    """

    log_id: str
    append: str
    entry: LogEntry
    terms: Sequence[str]

    @property
    def parts(self) -> int:
        """How many parts it needs; 0 when one document holds all."""
        needed = max(math.ceil(len(self.entry.body) / PART_BYTES), math.ceil(len(self.terms) / PART_TERMS))
        return needed if needed > 1 else 0

    def document(self) -> Document:
        """The entry. What makes it exist is the insert of this document."""
        parts = self.parts
        return {
            "_id": self.entry.revision,
            "log_id": self.log_id,
            "append": self.append,
            "mac": self.entry.mac,
            **({"parts": parts} if parts else {"body": self.entry.body, "terms": list(self.terms)}),
        }

    def part_documents(self) -> Iterator[Document]:
        """What is staged before it. The first part is what shows that there are any."""
        for part in range(self.parts):
            yield {
                "_id": part_id(self.append, part),
                "log_id": self.log_id,
                "append": self.append,
                "revision": self.entry.revision,
                "part": part,
                "body": self.entry.body[part * PART_BYTES : (part + 1) * PART_BYTES],
                "terms": list(self.terms[part * PART_TERMS : (part + 1) * PART_TERMS]),
            }


def part_id(append: str, part: int) -> str:
    """The ``_id`` of a part: those of one append lie side by side, in order."""
    return f"{append}:{part:06d}"


def revision_of(document: Document) -> int:
    """The revision of an entry's document."""
    return int(document["_id"])


def bytes_of(document: Document, field: str) -> bytes:
    """The bytes in ``field``; none where somebody has put anything else, so that the entry verifies nowhere."""
    value = document.get(field)
    return value if isinstance(value, bytes) else b""


def is_of(document: Document, log_id: str) -> bool:
    """Whether ``document`` belongs to the log ``log_id``."""
    return document.get("log_id") == log_id


def check_log(document: Document, log_id: str) -> None:
    """Raises ``StoreUnavailableError`` when ``document`` belongs to another log than ``log_id``."""
    if not is_of(document, log_id):
        raise replaced()


def replaced() -> StoreUnavailableError:
    """The error for a store whose log isn't the one that was read before."""
    return unavailable("its log was replaced")
