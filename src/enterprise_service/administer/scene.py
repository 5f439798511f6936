"""What a call is judged by: the state, the moment, who calls, and what he may do and see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from enterprise_policy.errors import (
    CallerError,
    Fault,
    ForbiddenError,
    ManagedByBundleError,
    NotFoundError,
    RevisionMismatchError,
    UnknownReferenceError,
)
from enterprise_policy.state.api_key import ApiKey
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.edits import Edit, Op
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment
from enterprise_policy.state.record import Versioned
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.authority import Demand, Target
from enterprise_service.administer.rights import Right, Rights, rights_of

NOTHING_HERE: Final = "there is no such thing here"
"""The same for a path that doesn't exist, a thing that doesn't, and one that the caller may not see."""

_Held = TypeVar("_Held", Assignment, ProviderAssignment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who calls: the subject (``rights.py`` lists what it may be), what he was recognised by, and the request."""

    actor: str
    credential: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Expected:
    """The revisions of which a record must have one (``If-Match``); ``None`` is any, as long as there is a record."""

    revisions: frozenset[int] | None

    def check(self, found: Versioned[Any]) -> None:
        """Raise ``RevisionMismatchError`` when ``found`` has another."""
        if self.revisions is not None and found.revision not in self.revisions:
            raise RevisionMismatchError(f"the record is at revision {found.revision}")


@dataclass(frozen=True, slots=True)
class Step:
    """An edit that was admitted; ``place`` turns a pointer into its record into one into the caller's input."""

    edit: Edit
    place: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a call is made on.

    ``expected`` is its ``If-Match``, ``bundle`` the one whose files are loaded, ``reverts`` the revision to undo.
    """

    expected: Expected | None = None
    bundle: str | None = None
    reverts: int | None = None


FREE: Final = Terms()


@dataclass(slots=True, kw_only=True)
class Scene:
    """One call at one state.

    ``before`` is that state; ``state`` and ``steps`` tell where the call's own edits have led so far. ``place`` turns a
    pointer into a record into one into the caller's input.
    """

    before: PolicyState
    now: Instant
    author: Author
    rights: Rights
    terms: Terms = FREE
    place: Callable[[str], str] = str
    state: PolicyState = field(init=False)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin at ``before``."""
        self.state = self.before

    # --- what may be seen and done ----------------------------------------------------------------------

    def sees(self, domain: str) -> bool:
        """Whether the caller may know of ``domain``."""
        return self.rights.sees(self.asked_in(domain))

    def enter(self, domain: str) -> None:
        """Raise ``NotFoundError`` unless the caller sees ``domain``, which his path names."""
        if not self.sees(domain):
            raise NotFoundError(NOTHING_HERE)

    def mention(self, domain: str, pointer: str) -> None:
        """Raise ``UnknownReferenceError`` unless the caller may name ``domain``, which his body does at ``pointer``."""
        if not self.sees(domain) and not self.rights.is_above(domain):
            detail = f"there is no domain `{domain}`"
            raise UnknownReferenceError(detail, faults=(Fault(pointer, detail),))

    def may(self, right: Right, domain: str) -> bool:
        """Whether the caller holds ``right`` in ``domain``."""
        return self.rights.may(self.asked_in(domain), right)

    def demand(self, *demands: Demand) -> None:
        """Raise ``ForbiddenError`` for the first of ``demands`` that isn't met."""
        for right, domain in demands:
            if not self.may(right, domain):
                raise ForbiddenError("the credential may not do this here")

    def ask_for(self, target: Target) -> None:
        """Raise ``ForbiddenError`` unless the caller may do that to ``target``."""
        self.demand(*target.demands())

    def expect(self, found: Versioned[Any]) -> None:
        """Raise ``RevisionMismatchError`` when the caller expects another revision of ``found``."""
        if self.terms.expected is not None:
            self.terms.expected.check(found)

    def asked_in(self, domain: str) -> str:
        """Where authority in ``domain`` is asked: there; if this call creates it the nearest above that was there."""
        if domain in self.before.tree:
            return domain
        above = (each for each in self.state.tree.path(domain) if each in self.before.tree)
        return next(above, domain)

    # --- edits -------------------------------------------------------------------------------------------

    def admit(self, edit: Edit) -> None:
        """Go on to the state after ``edit``.

        Raises ``ForbiddenError``, ``ManagedByBundleError``, or what the invariants refuse it with; pointers are those
        of the caller's input.
        """
        if not self._goes_with_its_maker(edit):
            self.ask_for(Target.of(edit))
        try:
            if self.terms.bundle is None:
                _refuse_managed(edit)
            self.state = admit(self.state, edit, self.now, self.terms.reverts)
            self.steps.append(Step(edit, self.place))
        except CallerError as error:
            error.faults = tuple(Fault(self.place(fault.pointer), fault.detail) for fault in error.faults)
            raise

    def _goes_with_its_maker(self, edit: Edit) -> bool:
        """Whether a key is deleted that was made, straight or by others, by one that the caller may delete."""
        if not isinstance(edit.before, ApiKey) or edit.after is not None:
            return False
        return any(map(self._may_delete, self.state.line_of(edit.before.created_by)))

    def _may_delete(self, key: ApiKey) -> bool:
        target = Target(kind=key.KIND, op=Op.DELETE, domain=key.domain, id=key.id)
        return all(self.may(right, domain) for right, domain in target.demands())


def _refuse_managed(edit: Edit) -> None:
    """What came from git is changed in git; but whoever holds something by it can always be deprived of it."""
    before = edit.before
    if before is None or before.managed_by is None or _only_takes_away(edit):
        return
    raise ManagedByBundleError(f"{edit.kind.value} `{before.id}` comes from the bundle `{before.managed_by}`")


def _only_takes_away(edit: Edit) -> bool:
    match edit.before, edit.after:
        case Assignment() | ProviderAssignment(), None:
            return True
        case Assignment() as before, Assignment() as after:
            return _is_shortened(before, after)
        case ProviderAssignment() as before, ProviderAssignment() as after:
            return _is_shortened(before, after)
    return False


def _is_shortened(before: _Held, after: _Held) -> bool:
    return replace(before, window=after.window) == after and before.window.covers(after.window)


def scene_of(state: PolicyState, now: Instant, author: Author, terms: Terms = FREE) -> Scene:
    """The scene of a call by ``author``. Raises ``UnauthenticatedError`` when his credential isn't valid any more."""
    return Scene(before=state, now=now, author=author, rights=rights_of(state, author.actor, now), terms=terms)
