"""What a policy allows, found out by asking: to compare two states without the program's own comparison of them.

The probes are complete for the patterns of `growth.py` and for the built-in roles: a segment `z` is in no pattern,
and paths are longer than patterns, so what holds for these questions holds for every one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import product
from typing import Final, NamedTuple

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.fold import place
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Kind, Record, Status, Versioned
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.windows import ALWAYS, Instant

Probe = tuple[str, str]
"""A resource and an action."""


def _paths(*segments: str) -> list[str]:
    """Every path of the segments in ``segments``, one word of each, as long as it is or shorter."""
    split = [word.split() for word in segments]
    return ["/" + "/".join(path) for size in range(1, len(split) + 1) for path in product(*split[:size])]


RESOURCES: Final = (*_paths("a z", "b z", "c z"), "/a/b/c/z", "/z/z/z/z", "/a.b", "t", "u", "/management")
OUTSIDE: Final[tuple[Probe, ...]] = tuple(product(RESOURCES, ("read", "write", "other")))
"""Questions about what other services guard."""

RIGHTS: Final[tuple[Probe, ...]] = (
    ("/management/z", "write"),
    ("/management/roles", "create"),
    ("/management/api-keys", "update"),
    ("/management/changes", "read"),
    ("/management/decisions", "read"),
)
"""Questions about rights to manage, one for what each built-in role has more than those after it."""

SOME: Final[tuple[Probe, ...]] = (*product(("/a", "/a/b", "/z/b/c", "/a/z", "t", "u"), ("read", "write")), *RIGHTS)
"""Questions that many others have the same answer as."""


NONE: Final[frozenset[Probe]] = frozenset()


class Gain(NamedTuple):
    """``subject`` is allowed ``probe`` in ``domain`` at ``at``, and wasn't before."""

    subject: str
    domain: str
    probe: Probe
    at: Instant


class _Inputs(NamedTuple):
    """What answers about a subject in a domain follow from, and those by identity."""

    key: Hashable
    parts: tuple[object, ...]


Answer = tuple[frozenset[Probe], _Inputs]
"""What is allowed, and what it was found out by: kept, so that nothing else can come to have its identity."""


class Verdicts:
    """The answers at one snapshot, each set of them found out once."""

    def __init__(self, snapshot: Snapshot, origin: PolicyState, known: dict[Hashable, Answer]) -> None:
        """``snapshot`` was made of ``origin``.

        ``known`` has what was found out about states before it, made in the same way: an answer follows from what the
        subject is given and what roles are made on the domain's path.
        """
        self.state = origin
        self._snapshot = snapshot
        self._known = known
        self._inputs: dict[tuple[str, str], _Inputs | None] = {}

    def allowed(self, subject: str, domain: str, at: Instant, probes: tuple[Probe, ...]) -> frozenset[Probe]:
        """Those of ``probes`` that are allowed."""
        if (subject, domain) not in self._inputs:
            self._inputs[subject, domain] = self._inputs_of(subject, domain)
        inputs = self._inputs[subject, domain]
        if inputs is None:
            return NONE
        key = (inputs.key, at, probes)
        if key not in self._known:
            asked = ((probe, Question(subject, domain, *probe)) for probe in probes)
            allowed = frozenset(probe for probe, question in asked if decide(self._snapshot, question, at))
            self._known[key] = allowed, inputs
        return self._known[key][0]

    def _inputs_of(self, subject: str, domain: str) -> _Inputs | None:
        """Nothing for who is given nothing on the path: the law `default_deny`."""
        path = self.state.tree.path(domain)
        if not any(self._snapshot.state.assignments_of(subject, above) for above in path):
            return None
        given = (self.state.assignments_of(subject, above) for above in path)
        parts = (*given, *(self.state.roles.shelves.get(above) for above in path))
        return _Inputs((subject, path, *map(id, parts)), parts)

    def reached(self, subject: str) -> set[str]:
        """The domains where ``subject`` is given something there or above; he is denied everything in all others."""
        given = self._snapshot.state.places.get(subject) or ()
        return {domain for place in given for domain in self.state.tree.below(place)}

    def nearest(self, domain: str, path: Iterable[str]) -> str:
        """``domain``, or the nearest on ``path`` that there is here."""
        return domain if domain in self.state.tree else next(above for above in path if above in self.state.tree)


def in_service(state: PolicyState) -> PolicyState:
    """``state`` with nothing suspended and every provider verified."""
    for kind in (Kind.ORGANIZATION, Kind.CLINIC, Kind.PROVIDER_ASSIGNMENT):
        state = _each(state, kind)
    return state


def _each(state: PolicyState, kind: Kind) -> PolicyState:
    for versioned in list(state.table(kind)):
        changed = _in_service(versioned.record)
        if changed != versioned.record:
            state = place(state, dataclasses.replace(versioned, record=changed))
    return state


def _in_service(record: Record) -> Record:
    if isinstance(record, ProviderAssignment):
        return dataclasses.replace(record, verification=Verification.VERIFIED)
    if isinstance(record, Organization | Clinic):
        return dataclasses.replace(record, status=Status.ACTIVE)
    return record


def lifted(state: PolicyState, known: dict[Hashable, Answer]) -> Verdicts:
    """The answers as if nothing were suspended and every provider verified."""
    return Verdicts(build(in_service(state)), state, known)


# --- every window open, each role as if somebody held it ------------------------------------------------


def holder_of(role: RoleRef) -> str:
    """The subject who has ``role`` in ``opened``, and nothing else."""
    return f"whoever holds {role.id} of {role.domain}"


def opened(origin: PolicyState, known: dict[Hashable, Answer]) -> Verdicts:
    """The answers with every window open besides, and each role held where it was made."""
    state = in_service(origin)
    for versioned in list(state.assignments):
        record = dataclasses.replace(versioned.record, window=ALWAYS)
        state = place(state, dataclasses.replace(versioned, record=record))
    for role in roles_of(state):
        held = Assignment(domain=role.domain, id=f"held.{role.id}", subject=holder_of(role), role=role, created_by="x")
        state = place(state, Versioned(held, state.revision, state.at, state.at))
    return Verdicts(build(state), origin, known)


def roles_of(state: PolicyState) -> list[RoleRef]:
    """Every role."""
    return sorted(versioned.record.ref for versioned in state.roles if versioned.record.extends is None)


def subjects_of(state: PolicyState) -> set[str]:
    """Everybody who is given something."""
    return set(state.places)


# --- comparing ------------------------------------------------------------------------------------------


def gains(before: Verdicts, after: Verdicts, subject: str, now: Instant, probes: tuple[Probe, ...]) -> Iterator[Gain]:
    """What ``subject`` is allowed after and wasn't before; in a domain that is new, wasn't in the one above it."""
    tree, moments = after.state.tree, instants(subject, now, before.state, after.state)
    for domain in sorted(after.reached(subject)):
        older = before.nearest(domain, tree.path(domain))
        for at in moments:
            allowed = after.allowed(subject, domain, at, probes)
            if allowed:
                had = before.allowed(subject, older, at, probes)
                yield from (Gain(subject, domain, probe, at) for probe in sorted(allowed - had))


def differences(
    before: Verdicts, after: Verdicts, domains: AbstractSet[str], now: Instant
) -> Iterator[tuple[str, str, Instant]]:
    """Each of ``domains`` in which somebody is answered something else at some instant."""
    for subject in sorted(subjects_of(before.state) | subjects_of(after.state)):
        near = domains & (before.reached(subject) | after.reached(subject))
        for domain, at in product(sorted(near), instants(subject, now, before.state, after.state)):
            if before.allowed(subject, domain, at, SOME) != after.allowed(subject, domain, at, SOME):
                yield subject, domain, at


def instants(subject: str, now: Instant, *states: PolicyState) -> list[Instant]:
    """``now``, and each later one at which a window of ``subject`` opens or closes: between them all stays as it is."""
    held = (a for state in states for d in state.places.get(subject) or () for a in state.assignments_of(subject, d))
    bounds = {at for a in held for at in (a.window.starts_at, a.window.ends_at) if at is not None}
    return [now, *sorted(at for at in bounds if at > now)]


def records_of(state: PolicyState) -> dict[tuple[str, str, str], Versioned[Record]]:
    """Every record by its kind, the domain that it belongs to, and its id."""
    found = (versioned for kind in Kind for versioned in state.table(kind))
    return {(v.record.KIND.value, belongs_to(v.record), v.record.id): v for v in found}


def belongs_to(record: Record) -> str:
    """The domain that ``record`` is about: an organization and a clinic are domains themselves."""
    return record.id if isinstance(record, Organization | Clinic) else record.domain
