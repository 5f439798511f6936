"""The history of what the caller may read: changes, each as far as its edits are in sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from enterprise_policy.errors import NotFoundError
from enterprise_policy.state.change import Change, decode_change
from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Kind
from enterprise_policy.values.names import PLATFORM
from enterprise_service.administer.authority import TO_READ_CHANGES
from enterprise_service.administer.memo import Memo
from enterprise_service.administer.scene import NOTHING_HERE, Scene
from enterprise_service.administer.sight import tops_within
from enterprise_service.ports.change_log import ChangeFilter, ChangeLog
from enterprise_service.ports.change_terms import Term, TermKind, terms_of

DOMAINS: Final = frozenset({Kind.ORGANIZATION, Kind.CLINIC})
READ_AT_ONCE: Final = 100
REMEMBERED_DELETIONS: Final = 65_536
"""In so many changes domains were deleted before any of them is read again; all are looked at for each new tree."""
REMEMBERED_SIGHTS: Final = 16


class HistoryFilter(NamedTuple):
    """Changes in ``domain`` or below it, by ``actor``, of what ``subject`` has, after the revision ``since``."""

    domain: str | None = None
    actor: str | None = None
    subject: str | None = None
    since: int = 0


class SeenChange(NamedTuple):
    """A change, and those of its edits that are in sight."""

    change: Change
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Newest first; ``next`` is the revision before which the rest comes, ``None`` when there is none."""

    changes: tuple[SeenChange, ...]
    next: int | None


class History:
    """Reads a log for many callers; any thread may ask. What the log raises passes through.

    A domain that was deleted counts as being where it was then.
    """

    def __init__(self, log: ChangeLog) -> None:
        self._log = log
        self._deleted_by = lru_cache(maxsize=REMEMBERED_DELETIONS)(self._read_deletions)
        self._domains: Memo[frozenset[str]] = Memo(REMEMBERED_SIGHTS)

    def page(self, scene: Scene, wanted: HistoryFilter, before: int | None, limit: int) -> ChangePage:
        """At most ``limit`` of the changes that ``wanted`` describes, those before the revision ``before``."""
        found = list(islice(self._matching(scene, wanted, before), limit + 1))
        last = found[limit - 1].change.revision if len(found) > limit else None
        return ChangePage(tuple(found[:limit]), last)

    def one(self, scene: Scene, revision: int) -> SeenChange:
        """The change that made ``revision``. Raises ``NotFoundError`` when nothing of it is in sight."""
        if not 0 < revision <= scene.state.revision:
            raise NotFoundError(NOTHING_HERE)
        change = self.raw(revision)
        edits = self.in_sight(scene, change)
        if not edits:
            raise NotFoundError(NOTHING_HERE)
        return SeenChange(change, edits)

    def raw(self, revision: int) -> Change:
        """The change that made ``revision``, whoever asks. Raises ``NotFoundError`` when there is none."""
        entries = self._log.read(revision - 1, 1)
        if not entries or entries[0].revision != revision:
            raise NotFoundError(NOTHING_HERE)
        return decode_change(entries[0].body)

    def in_sight(self, scene: Scene, change: Change) -> tuple[Edit, ...]:
        """The edits of ``change`` that the caller may read."""
        return tuple(edit for edit in change.edits if self._sees(scene, edit))

    def _sees(self, scene: Scene, edit: Edit) -> bool:
        domains = (edit.record.domain, edit.record.id) if edit.kind in DOMAINS else (edit.record.domain,)
        standing = (self._standing(scene.state, domain) for domain in domains)
        return any(domain is not None and scene.may(TO_READ_CHANGES, domain) for domain in standing)

    # --- finding changes ---------------------------------------------------------------------------------------

    def _matching(self, scene: Scene, wanted: HistoryFilter, before: int | None) -> Iterator[SeenChange]:
        domains = self._readable(scene, wanted.domain)
        upper = min(before or scene.state.revision + 1, scene.state.revision + 1)
        for change in self._found(wanted, domains, upper):
            seen = SeenChange(change, self.in_sight(scene, change))
            if seen.edits and _shows(seen, wanted, domains):
                yield seen

    def _found(self, wanted: HistoryFilter, domains: frozenset[str] | None, upper: int) -> Iterator[Change]:
        entries = None
        while domains != frozenset() and (entries is None or len(entries) == READ_AT_ONCE):
            terms = ChangeFilter(
                actor=wanted.actor, subject=wanted.subject, domains=domains, after=wanted.since, before=upper
            )
            entries = self._log.find(terms, READ_AT_ONCE)
            for entry in entries:
                upper = entry.revision
                yield decode_change(entry.body)

    def _readable(self, scene: Scene, domain: str | None) -> frozenset[str] | None:
        """The domains, of ``domain`` and all below it, whose changes the caller may read; ``None`` is every one."""
        tops = tops_within(scene, TO_READ_CHANGES, domain)
        if tops == (PLATFORM,):
            return None
        parts, held = (scene.state.tree, scene.state.retired), tuple(scene.rights.tops(TO_READ_CHANGES))
        return self._domains.get((held, domain), parts, lambda: self._below(scene.state, tops, held, domain))

    def _below(
        self, state: PolicyState, tops: tuple[str, ...], held: tuple[str, ...], domain: str | None
    ) -> frozenset[str]:
        """Those below ``tops``, and those that were, when they were deleted, below ``domain`` and one of ``held``."""
        gone = ((each, tuple(self._path(state, each))) for each in state.retired if each not in state.tree)
        were = (each for each, path in gone if domain in (None, *path) and not set(held).isdisjoint(path))
        return frozenset((*(each for top in tops for each in state.tree.below(top)), *were))

    # --- where deleted domains were -----------------------------------------------------------------------------

    def _standing(self, state: PolicyState, domain: str) -> str | None:
        """``domain``, or the nearest above it that is still there."""
        return next((each for each in self._path(state, domain) if each in state.tree), None)

    def _path(self, state: PolicyState, domain: str) -> Iterator[str]:
        """From ``domain`` up to the platform, through domains that are there no more."""
        above: str | None = domain
        while above is not None:
            yield above
            above = self._parent(state, above)

    def _parent(self, state: PolicyState, domain: str) -> str | None:
        if domain in state.tree:
            return state.tree.parent(domain)
        revision = state.retired.get(domain)
        return None if revision is None else self._deleted_by(state.log_id, revision).get(domain)

    def _read_deletions(self, _log_id: str, revision: int) -> Mapping[str, str]:
        """The domains that the change of ``revision`` deleted, each with the one that it was in."""
        edits = self.raw(revision).edits
        return {e.record.id: e.record.domain for e in edits if e.kind in DOMAINS and e.op is Op.DELETE}


def _shows(seen: SeenChange, wanted: HistoryFilter, domains: frozenset[str] | None) -> bool:
    """Whether what is in sight of the change is what was asked for: the rest mustn't be felt through a filter."""
    if wanted.subject is None and wanted.domain is None:
        return True
    terms = terms_of({"edits": [edit.to_fields() for edit in seen.edits]})
    is_named = wanted.subject is None or Term(TermKind.SUBJECT, wanted.subject) in terms
    return is_named and (domains is None or any(t.kind is TermKind.DOMAIN and t.value in domains for t in terms))
