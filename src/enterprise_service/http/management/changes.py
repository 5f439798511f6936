"""``/changes``: the log as audit and history, changes of many edits, and undoing one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from flask import Response

from enterprise_policy.errors import NotFoundError
from enterprise_policy.state.record import Fields
from enterprise_service.administer.commit import Committed
from enterprise_service.administer.history import History, HistoryFilter, SeenChange
from enterprise_service.administer.records import wished
from enterprise_service.administer.revert import reverting, skipped_by
from enterprise_service.administer.scene import NOTHING_HERE, Scene
from enterprise_service.http.documented import Body, Outcome, Path, blueprint_of
from enterprise_service.http.management import codes, headers
from enterprise_service.http.management.answers import answer, tried
from enterprise_service.http.management.parameters import ACTOR, DOMAIN, NAMED, SINCE, place
from enterprise_service.http.management.paths import API, Route, Shape, creating, listing, reading
from enterprise_service.http.management.reads import Cut, NextPage, Reads, Told
from enterprise_service.http.management.schemas import changes as schemas
from enterprise_service.http.management.wishes import wishes_of
from enterprise_service.http.management.writes import Call, Writes, created

ALL: Final = "/changes"
ONE: Final = "/changes/<revision>"
REVERT: Final = "/changes/<revision>/revert"
PLACES: Final = (place("revision", "The revision that the change made."),)
FILTERS: Final = (DOMAIN, ACTOR, NAMED, SINCE)
SHAPE: Final = Shape(schemas.ChangeSchema, schemas.CHANGE)

_REVISION: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
_ANY_EDIT: Final = ("in_use", *codes.ROLE, codes.TAKEN, codes.GRANT, codes.MANAGED)


def change_routes(reads: Reads, writes: Writes, history: History) -> Any:  # noqa: ANN401 (flask-smorest has no types)
    """The views, as a blueprint."""

    def list_changes() -> Response:
        """Newest first, each as far as you may read it."""

        def take(scene: Scene, cut: Cut) -> NextPage:
            found = history.page(scene, _filter(cut), cut.after, cut.limit)
            return NextPage([_shown(seen) for seen in found.changes], found.next)

        return reads.page(take, FILTERS)

    def read_change(revision: str) -> Response:
        """A change, as far as you may read it."""

        def look(scene: Scene) -> Told:
            seen = history.one(scene, _revision(revision))
            return Told(_shown(seen), seen.change.revision)

        return reads.told(look)

    def make_change() -> Response:
        """All of the edits or, if one is refused, none; each as the call that it stands for, in order.

        One may build on those before it: a clinic, then its roles, then who holds them.
        """
        call = _with_own_reason(writes.posted(schemas.NewChangeSchema))
        wishes = wishes_of(call.fields["edits"])
        return _answer(call, writes.commit(call, wished(wishes)), {})

    def revert_change(revision: str) -> Response:
        """A new change, in which each record is as it was before that one. Refused when one has changed since.

        Credentials never come back: they are listed as `skipped`.
        """
        call = _with_own_reason(writes.posted(schemas.RevertSchema))
        change = history.raw(_revision(revision))
        committed = writes.commit(call, reverting(change, history), reverts=change.revision)
        return _answer(call, committed, {"skipped": skipped_by(change)})

    paths = (
        listing(Route(ALL, "Read the history", list_changes), SHAPE, FILTERS),
        _of_many_edits(
            creating(
                Route(ALL, "Make many edits as one change", make_change),
                Body(schema=schemas.NewChangeSchema, examples=schemas.NEW),
                SHAPE.body("The change"),
                ("revision_mismatch", *_ANY_EDIT),
            )
        ),
        reading(Route(ONE, "Read a change", read_change, PLACES), SHAPE, ("not_found",)),
        creating(
            Route(REVERT, "Undo a change", revert_change, PLACES),
            Body(schema=schemas.RevertSchema, examples={"Undo it": {"reason": "given to the wrong person"}}),
            Body(schema=schemas.RevertedSchema, examples={"The new change": schemas.REVERTED}),
            ("not_found", *_ANY_EDIT),
        ),
    )
    return blueprint_of("changes", "Who changed what, when and why; and changes of many edits.", paths)


def _filter(cut: Cut) -> HistoryFilter:
    chosen = cut.filters
    return HistoryFilter(chosen[DOMAIN.name], chosen[ACTOR.name], chosen[NAMED.name], chosen[SINCE.name])


def _shown(seen: SeenChange) -> Fields:
    return seen.change.shown(seen.edits)


def _revision(text: str) -> int:
    """The revision that ``text``, a part of a path, is. Raises ``NotFoundError`` when it is none."""
    if not _REVISION.fullmatch(text):
        raise NotFoundError(NOTHING_HERE)
    return int(text)


def _with_own_reason(call: Call) -> Call:
    """``call`` with the reason that its body gives, if it gives one."""
    return replace(call, reason=call.fields.get("reason") or call.reason)


def _answer(call: Call, committed: Committed, more: Fields) -> Response:
    if call.dry_run:
        return tried(committed.edits, committed.revision)
    if committed.change is None:
        return answer({"revision": committed.revision, "edits": []}, committed.revision)
    return created({**committed.change.shown(), **more}, committed, f"{API}{ALL}/{committed.change.revision}")


def _of_many_edits(path: Path) -> Path:
    """``path``, which may expect something of each record that it edits, and may find nothing to do."""
    made, tried_out = path.outcomes
    either = {"oneOf": [schemas.DryRunSchema, schemas.NothingDoneSchema]}
    examples = {"Of a dry run": schemas.TRIED, "Nothing was to be done": schemas.NOTHING_DONE}
    ok = Outcome(
        status=tried_out.status,
        description="With `dry_run`: what would be done. Without: nothing was to be done, and no change was made.",
        body=Body(schema=either, examples=examples),
        headers=headers.REVISION,
    )
    return replace(path, outcomes=(made, ok), headers=(*path.headers, headers.IF_MATCH))
