"""Undoing a change by another: its edits turned round, last first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from enterprise_policy.errors import ConflictError, ForbiddenError, NotFoundError
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import Edit, delete
from enterprise_policy.state.record import Kind, Record
from enterprise_service.administer.authority import Target
from enterprise_service.administer.cascade import lineage
from enterprise_service.administer.commit import Proposal
from enterprise_service.administer.history import History
from enterprise_service.administer.scene import NOTHING_HERE, Scene

NAMED: Final = 100
"""How many records that have moved an error names."""


def reverting(change: Change, history: History) -> Proposal:
    """The proposal that undoes ``change``, for a request that ``reverts`` its revision.

    It raises ``NotFoundError`` when the caller may read nothing of ``change``, ``ForbiddenError`` when he may not read
    or not undo all of it, ``ConflictError`` with the records that aren't as ``change`` left them, or when all that it
    did was to end keys: those never come back.
    """

    def propose(scene: Scene) -> Iterator[Edit]:
        _check_sight(scene, change, history)
        inverse = [Edit(edit.after, edit.before) for edit in reversed(change.edits) if not _ended_a_key(edit)]
        _ask_ahead(scene, inverse)
        _check_unmoved(scene, change)
        if not inverse:
            raise ConflictError(f"change {change.revision} only ended keys, and no key is ever revived")
        for edit in inverse:
            yield from _undone(scene, edit)

    return propose


def skipped_by(change: Change) -> list[Mapping[str, str]]:
    """What a revert of ``change`` leaves undone: the keys that it ended, as `kind`, `domain` and `id`."""
    ended = (edit.record for edit in change.edits if _ended_a_key(edit))
    return [{"kind": key.KIND.value, "domain": key.domain, "id": key.id} for key in ended]


def _ended_a_key(edit: Edit) -> bool:
    return edit.kind is Kind.API_KEY and edit.after is None


def _check_sight(scene: Scene, change: Change, history: History) -> None:
    seen = history.in_sight(scene, change)
    if not seen:
        raise NotFoundError(NOTHING_HERE)
    if len(seen) < len(change.edits):
        raise ForbiddenError(f"change {change.revision} has edits that the credential may not undo")


def _ask_ahead(scene: Scene, inverse: Iterable[Edit]) -> None:
    """Ask for authority before anything else is told; in a domain that isn't there now, it is asked when it is."""
    for target in map(Target.of, inverse):
        if all(demand.domain in scene.state.tree for demand in target.demands()):
            scene.ask_for(target)


def _check_unmoved(scene: Scene, change: Change) -> None:
    left = {(edit.kind, edit.record.home, edit.record.id): edit for edit in change.edits}
    moved = [edit.record for edit in left.values() if not _ended_a_key(edit) and _found(scene, edit) != edit.after]
    if moved:
        named = ", ".join(f"{r.KIND.value} `{r.id}` in `{r.domain}`" for r in moved[:NAMED])
        raise ConflictError(f"what change {change.revision} made has changed since: {named}")


def _found(scene: Scene, edit: Edit) -> Record | None:
    found = scene.state.table(edit.kind).get(edit.record.home, edit.record.id)
    return None if found is None else found.record


def _undone(scene: Scene, edit: Edit) -> Iterator[Edit]:
    """``edit``; where it ends a key, after those that the key has made."""
    if isinstance(edit.before, ApiKey) and edit.after is None:
        yield from map(delete, lineage(scene.state, edit.before))
    else:
        yield edit
