"""Which revisions a filter holds for, by the index of terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Any, Final

from pymongo.database import Database

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.documents import bounded, revision_of, term_text
from enterprise_adapters.mongo.opening import LOG
from enterprise_adapters.mongo.parts import PARTS
from enterprise_service.ports.change_log import ChangeFilter
from enterprise_service.ports.change_terms import Term, TermKind, can_be_found

_DOMAINS_AT_ONCE: Final = 1_000
_FIRST_WINDOW: Final = 1_024
_GROWTH: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a filter asks for: all of ``terms``, and one of ``domains`` unless it is ``None``; from below ``before``."""

    terms: tuple[str, ...]
    domains: tuple[str, ...] | None
    after: int
    before: int

    @property
    def has_terms(self) -> bool:
        """Whether not every entry of the range is wanted."""
        return bool(self.terms) or self.domains is not None

    def range(self) -> Mapping[str, int]:
        """The revisions, as a condition."""
        return {"$gt": self.after, "$lt": self.before}

    def windows(self) -> Iterator[Wanted]:
        """Itself in pieces, the newest first and each larger: some servers sort all that matches before they stop."""
        high, size = self.before, _FIRST_WINDOW
        while high > self.after + 1:
            low = max(self.after, high - 1 - size)
            yield replace(self, after=low, before=high)
            high, size = low + 1, size * _GROWTH

    def groups(self) -> Iterator[list[Mapping[str, Any]]]:
        """Conditions on the terms, in so many queries that none gets too large; an entry that is wanted holds one."""
        fixed: list[Mapping[str, Any]] = [{"terms": term} for term in self.terms]
        if self.domains is None:
            yield fixed
            return
        for start in range(0, len(self.domains), _DOMAINS_AT_ONCE):
            yield [*fixed, {"terms": {"$in": list(self.domains[start : start + _DOMAINS_AT_ONCE])}}]


def wanted_of(asked: ChangeFilter, end: int) -> Wanted | None:
    """What ``asked`` wants of a log whose newest entry is ``end``; ``None`` when no entry can be it."""
    named = [(TermKind.SUBJECT, asked.subject), (TermKind.ACTOR, asked.actor)]  # the rarer one first
    terms = [Term(kind, value) for kind, value in named if value is not None]
    domains = None if asked.domains is None else [Term(TermKind.DOMAIN, d) for d in asked.domains if can_be_found(d)]
    if domains == [] or not all(can_be_found(term.value) for term in terms):
        return None
    return Wanted(
        terms=tuple(map(term_text, terms)),
        domains=None if domains is None else tuple(sorted(map(term_text, domains))),
        after=bounded(asked.after),
        before=end + 1 if asked.before is None else min(bounded(asked.before), end + 1),
    )


def revisions_of(connected: Database[Document], wanted: Wanted, limit: int) -> Sequence[int]:
    """The newest ``limit`` revisions that are ``wanted``, newest first."""
    if not wanted.has_terms:
        return range(wanted.before - 1, wanted.after, -1)[:limit]
    found = set(_of_parts(connected, wanted))
    for window in wanted.windows():
        found.update(_of_entries(connected, window, limit))
        if sum(revision > window.after for revision in found) >= limit:
            break
    return nlargest(limit, found)


def _of_entries(connected: Database[Document], wanted: Wanted, limit: int) -> Iterator[int]:
    """The newest ``limit`` of each group at least."""
    for conditions in wanted.groups():
        query = {"$and": [*conditions, {"_id": wanted.range()}]}
        yield from map(revision_of, connected[LOG].find(query, {"_id": 1}).sort("_id", -1).limit(limit))


def _of_parts(connected: Database[Document], wanted: Wanted) -> Iterator[int]:
    """All entries in parts that are wanted: different parts may have the terms, so each condition is asked alone."""
    appends: set[tuple[int, str]] | None = None
    for term in wanted.terms:
        holders = _holders(connected, wanted, [term])
        appends = holders if appends is None else appends & holders
    if wanted.domains is not None:
        holders = _holders(connected, wanted, wanted.domains)
        appends = holders if appends is None else appends & holders
    return _there(connected, appends or set())


def _holders(connected: Database[Document], wanted: Wanted, terms: Sequence[str]) -> set[tuple[int, str]]:
    """The appends, staged or there, of which a part has one of ``terms``."""
    holders: set[tuple[int, str]] = set()
    for start in range(0, len(terms), _DOMAINS_AT_ONCE):
        one_of = {"$in": list(terms[start : start + _DOMAINS_AT_ONCE])}
        found = connected[PARTS].find(
            {"terms": one_of, "revision": wanted.range()}, {"_id": 0, "revision": 1, "append": 1}
        )
        holders |= {(int(document["revision"]), document["append"]) for document in found}
    return holders


def _there(connected: Database[Document], appends: set[tuple[int, str]]) -> Iterator[int]:
    """Those of ``appends`` that became entries."""
    if not appends:
        return
    found = connected[LOG].find({"_id": {"$in": sorted({revision for revision, _ in appends})}}, {"append": 1})
    yield from (revision_of(entry) for entry in found if (revision_of(entry), entry.get("append")) in appends)
