"""Reading calls: who reads, at which state, and what he is answered.

A read sees every write that was acknowledged before it: the process catches up to the head of the log first. Asked for
``stale``, it does with the last known state when the store is away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NamedTuple, TypeAlias

from flask import Response, g, request

from enterprise_policy.errors import UnavailableError
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Fields, Versioned
from enterprise_service.administer.lists import Page, Slice
from enterprise_service.administer.scene import Author, Scene, scene_of
from enterprise_service.http.callers import author_of
from enterprise_service.http.edge.etag import is_none_match
from enterprise_service.http.edge.paging import Cursors, Listing
from enterprise_service.http.management.answers import answer, empty, page, tagged
from enterprise_service.http.management.parameters import CURSOR, LIMIT, STALE
from enterprise_service.http.management.shown import Show
from enterprise_service.http.parameters import Parameter, read_parameters
from enterprise_service.http.service import Service

STALENESS: Final = "X-Policy-Staleness-Ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which page of a list is asked for: what its filters say, the place after which it begins, and how long it is."""

    filters: dict[str, Any]
    after: Any
    limit: int


class Told(NamedTuple):
    """What is read, and the revision of its last change, if it has one."""

    fields: Fields
    revision: int | None


class NextPage(NamedTuple):
    """What a list gives: ``items`` as they are shown, and the place after which the rest begins, if there is any."""

    items: list[Fields]
    after: object


Find: TypeAlias = Callable[[Scene], Versioned[Any]]
Take: TypeAlias = Callable[[Scene, Cut], NextPage]


def taken(found: Page[Any], show: Show) -> NextPage:
    """The page ``found``, shown."""
    return NextPage(show(found.items), found.next)


def slice_of(cut: Cut) -> Slice:
    """Where a page of records is cut out of its list."""
    return Slice(None if cut.after is None else tuple(cut.after), cut.limit)


class Reads:
    """Answers reading calls. Any thread may call it."""

    def __init__(self, service: Service) -> None:
        self._credentials = service.credentials
        self._follower = service.follower
        self._clock = service.clock
        self._max_staleness = service.max_staleness
        self._cursors = Cursors(service.keyring)

    def one(self, find: Find, show: Show) -> Response:
        """The record that ``find`` finds in the scene."""

        def look(scene: Scene) -> Told:
            found = find(scene)
            return Told(show((found,))[0], found.revision)

        return self.told(look)

    def told(self, look: Callable[[Scene], Told]) -> Response:
        """What ``look`` sees in the scene; nothing of it when the caller has it as it is."""
        author = author_of(self._credentials)
        stale = read_parameters(g.head.query, (STALE,))[STALE.name]
        scene = self._scene(author, stale=stale)
        fields, revision = look(scene)
        if revision is None:
            return self._aged(answer(fields, scene.before.revision), stale=stale)
        known = not is_none_match(request.headers.get("If-None-Match"), revision)
        at = scene.before.revision
        response = empty(HTTPStatus.NOT_MODIFIED, at) if known else answer(fields, at)
        return self._aged(tagged(response, revision), stale=stale)

    def page(self, take: Take, filters: Sequence[Parameter] = ()) -> Response:
        """A page of the list that ``take`` cuts."""
        author = author_of(self._credentials)
        asked = read_parameters(g.head.query, (*filters, LIMIT, CURSOR, STALE))
        chosen = {parameter.name: asked[parameter.name] for parameter in filters}
        listing = Listing(actor=author.actor, path=request.path, filters=chosen)
        after = None if asked[CURSOR.name] is None else self._cursors.read(listing, asked[CURSOR.name])
        scene = self._scene(author, stale=asked[STALE.name])
        found = take(scene, Cut(filters=chosen, after=after, limit=asked[LIMIT.name]))
        cursor = None if found.after is None else self._cursors.make(listing, found.after)
        return self._aged(answer(page(found.items, cursor), scene.before.revision), stale=asked[STALE.name])

    def _scene(self, author: Author, *, stale: bool) -> Scene:
        return scene_of(self._state(stale=stale), self._clock.now(), author)

    def _state(self, *, stale: bool) -> PolicyState:
        try:
            return self._follower.catch_up().state
        except UnavailableError:
            last = self._follower.current
            if not stale or last is None or self._follower.staleness() > self._max_staleness:
                raise
            return last.state

    def _aged(self, response: Response, *, stale: bool) -> Response:
        """``response``, with the age of what it says when an old state would have done."""
        if stale:
            response.headers[STALENESS] = str(int(self._follower.staleness() * 1000))
        return response
