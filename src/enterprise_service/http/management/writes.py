"""Writing calls: what goes with every one of them, how it is committed, and what its author is answered.

The answer to a ``POST`` is made of the change alone, so that the same request again, on any worker, gives the same
answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from flask import Response, g, request

from enterprise_policy.state.change import Change, Idempotency
from enterprise_policy.state.edits import Op
from enterprise_policy.state.record import Fields, Kind, Versioned
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.commit import Commit, Committed, Proposal, Request
from enterprise_service.administer.records import wished
from enterprise_service.administer.scene import Author, Expected
from enterprise_service.administer.wish import Wish
from enterprise_service.http.callers import author_of
from enterprise_service.http.edge.credentials import Credentials
from enterprise_service.http.edge.etag import read_if_match
from enterprise_service.http.edge.framing import check_media_type, check_patch_type
from enterprise_service.http.edge.json_body import parse
from enterprise_service.http.management.answers import answer, empty, tagged, tried
from enterprise_service.http.management.headers import read_idempotency, read_reason
from enterprise_service.http.management.parameters import DRY_RUN
from enterprise_service.http.management.shown import Show
from enterprise_service.http.parameters import Parameter, read_parameters
from enterprise_service.http.strict_schema import Strict, load

REPLAYED: Final = "Idempotency-Replayed"

Location: TypeAlias = Callable[[Fields], str]
"""The path of a record, by what is shown of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A writing call, read: nothing of it breaks the contract."""

    author: Author
    fields: dict[str, Any]
    parameters: dict[str, Any]
    expected: Expected | None
    reason: str | None
    idempotency: Idempotency | None = None

    @property
    def dry_run(self) -> bool:
        """Whether it is only to be tried."""
        return bool(self.parameters[DRY_RUN.name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a call that creates makes: how a record of ``kind`` is shown, and at which path."""

    kind: Kind
    show: Show
    location: Location


class Writes:
    """Answers writing calls. Any thread may call it."""

    def __init__(self, credentials: Credentials, commit: Commit) -> None:
        self._credentials = credentials
        self._commit = commit

    # --- reading a call ---------------------------------------------------------------------------------------

    def posted(self, schema: type[Strict]) -> Call:
        """The ``POST`` at hand, whose body is one of ``schema``."""
        author = author_of(self._credentials)
        check_media_type(g.head)
        fields = load(schema, parse(g.body))
        parts = (request.method.encode(), request.path.encode(), g.head.query, g.body)
        idempotency = read_idempotency(request.headers.get("Idempotency-Key"), parts)
        return _call(author, fields, (DRY_RUN,), idempotency)

    def patched(self, schema: type[Strict]) -> Call:
        """The ``PATCH`` at hand, likewise."""
        author = author_of(self._credentials)
        check_patch_type(g.head)
        return _call(author, load(schema, parse(g.body)), (DRY_RUN,))

    def deleted(self, *more: Parameter) -> Call:
        """The ``DELETE`` at hand, which may have ``more`` parameters."""
        return _call(author_of(self._credentials), {}, (DRY_RUN, *more))

    # --- answering it -----------------------------------------------------------------------------------------

    def commit(self, call: Call, propose: Proposal, reverts: int | None = None) -> Committed:
        """What comes of ``propose``. Raises whatever refuses it."""
        wanted = Request(
            propose=propose,
            reason=call.reason,
            idempotency=call.idempotency,
            expected=call.expected,
            dry_run=call.dry_run,
            reverts=reverts,
        )
        return self._commit(call.author, wanted)

    def create(self, call: Call, wish: Wish, made: Made, more: Callable[[Committed], Fields] | None = None) -> Response:
        """The answer to a call that makes the record of ``wish``; ``more`` gives fields that are shown besides."""
        committed = self.commit(call, wished([wish]))
        if committed.change is None:
            return tried(committed.edits, committed.revision)
        fields = made.show((_made(committed.change, made.kind),))[0]
        return created({**fields, **(more(committed) if more else {})}, committed, made.location(fields))

    def update(self, call: Call, wish: Wish, show: Show) -> Response:
        """The answer to a call that changes the record of ``wish``."""
        committed = self.commit(call, wished([wish]))
        if call.dry_run:
            return tried(committed.edits, committed.revision)
        found = _found(committed, wish)
        return tagged(answer(show((found,))[0], committed.revision), found.revision)

    def delete(self, call: Call, wish: Wish) -> Response:
        """The answer to a call that deletes the record of ``wish``."""
        committed = self.commit(call, wished([wish]))
        if call.dry_run:
            return tried(committed.edits, committed.revision)
        return tagged(empty(HTTPStatus.NO_CONTENT, committed.revision), committed.revision)


def _call(
    author: Author, fields: dict[str, Any], known: tuple[Parameter, ...], idempotency: Idempotency | None = None
) -> Call:
    return Call(
        author=author,
        fields=fields,
        parameters=read_parameters(g.head.query, known),
        expected=read_if_match(request.headers.get("If-Match")),
        reason=read_reason(request.headers.get("X-Change-Reason")),
        idempotency=idempotency,
    )


def _made(change: Change, kind: Kind) -> Versioned[Any]:
    """The record of ``kind`` that ``change`` made."""
    record = next(edit.record for edit in change.edits if edit.kind is kind and edit.op is Op.CREATE)
    return Versioned(record, change.revision, change.at, change.at)


def _found(committed: Committed, wish: Wish) -> Versioned[Any]:
    """The record of ``wish``, as it stands now."""
    home = PLATFORM if wish.domain is None else wish.domain
    found = committed.state.table(wish.kind).get(home, str(wish.id))
    if found is None:
        raise LookupError(f"{wish.kind.value} `{wish.id}` is gone after an update")
    return found


def created(fields: Fields, committed: Committed, location: str) -> Response:
    """The answer to a call that made a change: ``fields``, to be found at ``location``."""
    response = answer(fields, committed.revision, HTTPStatus.CREATED)
    response.headers["Location"] = location
    if committed.replayed:
        response.headers[REPLAYED] = "true"
    return tagged(response, committed.revision)
