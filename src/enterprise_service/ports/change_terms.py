"""What a change can be found by: one definition for every log that keeps an index."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class TermKind(StrEnum):
    """What a term says of a change."""

    ACTOR = "actor"
    SUBJECT = "subject"
    DOMAIN = "domain"


class Term(NamedTuple):
    """That the change of an entry was made by, names, or touches ``value``."""

    kind: TermKind
    value: str


def read_change(body: bytes) -> Mapping[str, Any]:
    """The JSON object in ``body``. Raises ``ValueError`` when there is none: a fault of the program."""
    change = json.loads(body.decode())
    if not isinstance(change, dict):
        raise ValueError("the body of a log entry must be a JSON object")  # noqa: TRY004 - a value, not a type
    return change


def terms_of(change: Mapping[str, Any]) -> frozenset[Term]:
    """All terms of ``change``. Raises ``ValueError``, for a fault of the program, when one could never be found."""
    terms = frozenset(Term(kind, value) for kind, value in _terms(change) if isinstance(value, str))
    if not all(can_be_found(term.value) for term in terms):
        raise ValueError("no name in a change may have a NUL or a lone surrogate")
    return terms


def can_be_found(text: str) -> bool:
    """Whether every store compares ``text`` as a whole: a lone surrogate has no UTF-8, and a NUL ends texts in some."""
    return "\0" not in text and text == text.encode("utf-8", "ignore").decode()


def _terms(change: Mapping[str, Any]) -> Iterator[tuple[TermKind, object]]:
    yield TermKind.ACTOR, change.get("actor")
    for edit in change.get("edits", ()):
        yield TermKind.DOMAIN, edit.get("domain")
        if edit.get("kind") in {"organization", "clinic"}:
            yield TermKind.DOMAIN, edit.get("id")
        if edit.get("kind") == "api_key":
            yield TermKind.SUBJECT, f"key:{edit.get('id')}"
        for record in (edit.get("before"), edit.get("after")):
            if record is not None:
                yield TermKind.DOMAIN, record.get("parent_id")
                yield TermKind.SUBJECT, record.get("subject")
                yield TermKind.SUBJECT, record.get("provider_id")
