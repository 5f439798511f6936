"""Pages of queries: all of one revision and one moment, whichever worker gives them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import ForbiddenError, InvalidRequestError
from enterprise_policy.state.change import canonical
from enterprise_policy.state.record import Fields
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import SECOND, Instant
from enterprise_service.administer.memo import Memo
from enterprise_service.follow.freshness import Fresh, Freshness
from enterprise_service.follow.past import Past
from enterprise_service.http.edge.caller import Caller
from enterprise_service.http.edge.paging import LIMIT_DEFAULT, Cursors, Listing
from enterprise_service.http.service import Service

REMEMBERED: Final = 8
"""So many whole answers are kept for those who read them page by page."""

KEPT_FOR: Final = 900 * SECOND
"""For so long after a query's first page its revision is gone back to. Making one again costs as much as a start."""

Key: TypeAlias = tuple[str, ...]


class Item(NamedTuple):
    """What an answer is ordered by, what it shows, and the domain that it tells of, if that isn't the query's own."""

    key: Key
    fields: Fields
    domain: str | None = None


Items: TypeAlias = Sequence[Item]
Find: TypeAlias = Callable[["Moment", Mapping[str, Any]], Iterable[Item]]
"""All items of an answer, in order: at a moment, to the fields of a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query as it is asked: by whom, at which path, and with which fields."""

    caller: Caller
    path: str
    fields: Mapping[str, Any]
    limit: int = LIMIT_DEFAULT
    cursor: str | None = None

    @property
    def listing(self) -> Listing:
        """What its cursors are bound to."""
        return Listing(actor=self.caller.actor, path=self.path, filters=self.fields)

    @property
    def is_own(self) -> bool:
        """Whether the caller asks about himself, which he may anywhere."""
        return bool(self.fields.get("sub") == self.caller.actor)

    def check(self, snapshot: Snapshot) -> None:
        """Raise ``ForbiddenError`` unless the caller may ask this in the domain that it names, if it names one."""
        domain = self.fields.get("dom")
        if domain is not None and not self.sees(snapshot, domain):
            raise ForbiddenError("the credential may not query in this domain")

    def within(self, snapshot: Snapshot) -> tuple[str, ...]:
        """The highest domains of those that the answer may tell of."""
        return (PLATFORM,) if self.is_own else self.caller.queried(snapshot)

    def sees(self, snapshot: Snapshot, domain: str) -> bool:
        """Whether the answer may tell of ``domain``."""
        return self.is_own or self.caller.may_explain(snapshot, domain)


class Page(NamedTuple):
    """A part of an answer, with how fresh the policy was that authority was judged by."""

    fields: Fields
    revision: int
    staleness_ms: float


class _Place(NamedTuple):
    """What a cursor says: the log and revision, the moment, and the key of the last item that was given."""

    log_id: str
    revision: int
    at: Instant
    after: Key


class Moment(NamedTuple):
    """What an answer is found at, and the highest domains of those that it may tell of."""

    snapshot: Snapshot
    at: Instant
    within: tuple[str, ...]


class Pages:
    """Answers queries. Any thread may call it."""

    def __init__(self, service: Service, past: Past) -> None:
        self._freshness = Freshness(service.follower, service.max_staleness)
        self._clock = service.clock
        self._cursors = Cursors(service.keyring)
        self._past = past
        self._found: Memo[Items] = Memo(REMEMBERED)

    def page(self, query: Query, find: Find) -> Page:
        """The page of ``find``'s answer that ``query`` asks for.

        Raises ``InvalidRequestError`` for a cursor of another query, or one too old, ``ForbiddenError``, and the errors
        of ``Freshness.at_least`` and ``Past.at``.
        """
        place = None if query.cursor is None else self._place(query, query.cursor)
        fresh = self._freshness.at_least(query.fields["at_least"], query.check)
        moment = self._moment(fresh, place, query.within(fresh.snapshot))
        items = self._items(query, find, moment)
        start = 0 if place is None else bisect_right(items, place.after, key=lambda item: item.key)
        rest = (items[at] for at in range(start, len(items)))
        seen = list(islice((item for item in rest if _tells(query, fresh.snapshot, item)), query.limit + 1))
        cursor = self._next(query, moment, seen[query.limit - 1]) if len(seen) > query.limit else None
        shown = {"items": [item.fields for item in seen[: query.limit]], "next_cursor": cursor}
        revision = moment.snapshot.revision
        return Page({**shown, "revision": revision}, revision, fresh.staleness_ms)

    def _place(self, query: Query, cursor: str) -> _Place:
        log_id, revision, at, after = self._cursors.read(query.listing, cursor)
        return _Place(log_id, revision, at, tuple(after))

    def _moment(self, fresh: Fresh, place: _Place | None, within: tuple[str, ...]) -> Moment:
        state = fresh.snapshot.state
        if place is None:
            return Moment(fresh.snapshot, self._clock.now(), within)
        if (state.log_id, state.revision) == (place.log_id, place.revision):
            return Moment(fresh.snapshot, place.at, within)
        if place.at < self._clock.now() - KEPT_FOR:
            raise InvalidRequestError.at("/cursor", "is too old: the policy has changed since; begin again")
        return Moment(self._past.at(place.log_id, place.revision), place.at, within)

    def _items(self, query: Query, find: Find, moment: Moment) -> Items:
        question = (query.path, canonical(query.fields), moment.at, moment.within)
        return self._found.get(question, (moment.snapshot,), lambda: tuple(find(moment, query.fields)))

    def _next(self, query: Query, moment: Moment, last: Item) -> str:
        """The cursor of what comes after ``last``; the snapshot is kept for whoever brings it back."""
        self._past.keep(moment.snapshot)
        state = moment.snapshot.state
        return self._cursors.make(query.listing, _Place(state.log_id, state.revision, moment.at, last.key))


def _tells(query: Query, newest: Snapshot, item: Item) -> bool:
    return item.domain is None or query.sees(newest, item.domain)
