"""From a group to the edits of its change: whatever can be taken, and why the rest can't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enterprise_policy.errors import CallerError
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.record import Kind, Versioned
from enterprise_service.administer.scene import Scene
from enterprise_service.bundles.traces import Traced
from enterprise_service.imports.authorship import Authorship, Verdict
from enterprise_service.imports.batch import Group
from enterprise_service.imports.entry import Entry, RefusedError
from enterprise_service.imports.making import make
from enterprise_service.imports.report import Fate, Refusal


@dataclass(slots=True)
class Taking:
    """A proposal for ``group``; after it was called ``fates`` and ``refusals`` tell what came of each entry.

    ``homes`` are the domains of assignments that were imported before, by their ids.
    """

    group: Group
    authorship: Authorship
    homes: Mapping[str, str]
    fates: list[tuple[Entry, Fate]] = field(default_factory=list)
    refusals: list[tuple[Refusal, ...]] = field(default_factory=list)

    def __call__(self, scene: Scene) -> Sequence[Edit]:
        """The edits of what can be taken in ``scene``."""
        self.fates, self.refusals = [], []
        attempt = _Attempt(scene, self)
        attempt.take_domains([entry for entry in self.group.entries if entry.is_domain])
        for entry in self.group.entries:
            refusals = () if entry.is_domain else attempt.take(entry)
            self.refusals += [refusals] if refusals else []
        return attempt.edits

    def refuse_all(self, error: CallerError) -> None:
        """Note that nothing of what would have been written was, because of ``error``."""
        reason = RefusedError(("", f"nothing of `{self.group.organization}` was written: {error.detail}"))
        written = [entry for entry, fate in self.fates if fate in (Fate.CREATED, Fate.UPDATED)]
        self.refusals += [entry.refusals(reason) for entry in written]
        self.fates = [(entry, fate) for entry, fate in self.fates if fate not in (Fate.CREATED, Fate.UPDATED)]


class _Attempt:
    """A state that entries are tried on, and the edits made so far."""

    def __init__(self, scene: Scene, taking: Taking) -> None:
        self.edits: list[Edit] = []
        self._scene = scene
        self._taking = taking
        self._state = scene.before

    def take_domains(self, entries: Sequence[Entry]) -> None:
        """Take domains again and again while one more can be taken: whatever the order of the lines."""
        waiting = list(entries)
        while waiting:
            refused = [(entry, refusals) for entry in waiting if (refusals := self.take(entry))]
            if len(refused) == len(waiting):
                above = {entry.id: entry.values.get("parent_id") for entry in waiting}
                self._taking.refusals += [_in_ring(entry, above) or refusals for entry, refusals in refused]
                return
            waiting = [entry for entry, _ in refused]

    def take(self, entry: Entry) -> tuple[Refusal, ...]:
        """Take ``entry``, or say why it can't be."""
        try:
            fate = self._take(entry)
        except (CallerError, RefusedError) as error:
            return entry.refusals(error)
        self._taking.fates.append((entry, fate))
        return ()

    def _take(self, entry: Entry) -> Fate:
        stored = self._stored(entry)
        wanted = self._make(entry, stored)
        if wanted == stored:
            return Fate.UNCHANGED
        if stored is not None and stored.managed_by is not None:
            raise RefusedError(("", f"it comes from the bundle `{stored.managed_by}`, and is changed in its files"))
        verdict = self._taking.authorship.judge(
            self._scene.before, stored, wanted, lambda left: self._make(entry, left)
        )
        if verdict is Verdict.KEEP:
            return Fate.KEPT
        self._admit(_edits(stored, wanted))
        return Fate.CREATED if stored is None else Fate.UPDATED

    def _make(self, entry: Entry, stored: Traced | None) -> Traced:
        return make(entry, stored, self._state, self._scene.author.actor)

    def _stored(self, entry: Entry) -> Traced | None:
        """What ``entry`` made before, wherever that was, or what else has its name."""
        table = self._state.table(entry.kind)
        found: Versioned[Traced] | None = table.get(entry.home, entry.id)
        before = self._taking.homes.get(entry.id) if entry.kind is Kind.ASSIGNMENT else None
        if found is None and before is not None:
            found = table.get(before, entry.id)
        return None if found is None else found.record

    def _admit(self, edits: Sequence[Edit]) -> None:
        state = self._state
        for edit in edits:
            state = admit(state, edit, self._scene.now)
        self._state = state
        self.edits += edits


def _in_ring(entry: Entry, above: Mapping[str, str | None]) -> tuple[Refusal, ...]:
    """What is told of a clinic that would lie below itself: of each in the ring the other is what isn't there."""
    passed: set[str] = set()
    at = above[entry.id]
    while at is not None and at in above and at not in passed:
        passed.add(at)
        at = above[at]
    return entry.refusals(RefusedError(("parent_id", "it would lie below itself"))) if entry.id in passed else ()


def _edits(stored: Traced | None, wanted: Traced) -> tuple[Edit, ...]:
    if stored is None:
        return (create(wanted),)
    if _can_become(stored, wanted):
        return (update(stored, wanted),)
    return delete(stored), create(wanted)


def _can_become(stored: Traced, wanted: Traced) -> bool:
    """Whether the one record can turn into the other; an assignment keeps its domain, subject and role."""
    if not (isinstance(stored, Assignment) and isinstance(wanted, Assignment)):
        return True
    return (stored.domain, stored.subject, stored.role) == (wanted.domain, wanted.subject, wanted.role)
