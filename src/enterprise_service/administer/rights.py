"""What an actor may do under ``/management/``, at one state and moment.

Only the program's built-in roles hold such rights, and they deny nothing (HTTP contract section 6, rule 1). So what an
actor holds in a domain is a set that only grows on the way down the tree, and needs no look at resources.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.api_key import KEY_SUBJECT, ApiKey, Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import RoleRef
from enterprise_policy.state.role_graph import reached_from
from enterprise_policy.values.names import MANAGEMENT, PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.memo import Memo

BOOTSTRAP: Final = "bootstrap"
SYSTEM: Final = "system:"
ANY: Final = "*"


class Right(NamedTuple):
    """To do ``action`` to the records of ``collection``; ``*`` is every one."""

    collection: str
    action: str

    def covers(self, other: Right) -> bool:
        """Whether ``other`` is a part of this."""
        return self.collection in (ANY, other.collection) and self.action in (ANY, other.action)

    def meet(self, other: Right) -> Right | None:
        """What is a part of both."""
        collection = _meet(self.collection, other.collection)
        action = _meet(self.action, other.action)
        return None if collection is None or action is None else Right(collection, action)


def _meet(one: str, other: str) -> str | None:
    if ANY in (one, other):
        return other if one == ANY else one
    return one if one == other else None


HeldRights = frozenset[Right]
NOTHING: Final[HeldRights] = frozenset()
EVERYTHING: Final[HeldRights] = frozenset({Right(ANY, ANY)})
TO_DECIDE: Final = Right("decisions", "read")
TO_QUERY: Final = Right("queries", "read")

RIGHTS_OF_ROLE: Final[Mapping[RoleRef, HeldRights]] = {
    role.ref: frozenset(Right(p.resource.removeprefix(MANAGEMENT), p.action) for p in role.permissions)
    for role in BUILT_IN_ROLES
}


def covers(wide: HeldRights, narrow: HeldRights) -> bool:
    """Whether whoever holds ``wide`` holds each of ``narrow``."""
    return all(any(right.covers(wanted) for right in wide) for wanted in narrow)


def meet(one: HeldRights, other: HeldRights) -> HeldRights:
    """What is held by both."""
    both = (right.meet(right_too) for right in one for right_too in other)
    return frozenset(right for right in both if right is not None)


def rights_given(state: PolicyState, domain: str, role: RoleRef) -> HeldRights:
    """What whoever holds ``role`` may do in ``domain``, by it and by what it inherits as ``domain`` sees it."""
    if role in RIGHTS_OF_ROLE:
        return RIGHTS_OF_ROLE[role]
    reached = reached_from(state, (role,), state.tree.path(domain))
    return NOTHING.union(*(RIGHTS_OF_ROLE[ref] for ref in reached if ref in RIGHTS_OF_ROLE))


class Rights(ABC):
    """Of one actor, at one state and moment."""

    def __init__(self, state: PolicyState) -> None:
        self._state = state
        self._known: dict[str, HeldRights] = {}

    def at(self, domain: str) -> HeldRights:
        """What is held in ``domain``, as if nothing were suspended; nothing where there is no such domain."""
        found = self._known.get(domain)
        if found is None:
            found = self._known[domain] = self._held(domain)
        return found

    @abstractmethod
    def _held(self, domain: str) -> HeldRights: ...

    @abstractmethod
    def places(self) -> Iterator[str]:
        """The domains in which more may be held than above them."""

    def may(self, domain: str, right: Right) -> bool:
        """Whether it is held in ``domain``.

        Authority in a suspended domain is asked in the nearest domain above that isn't suspended; the right to ask for
        decisions is judged as if nothing were.
        """
        asked_in = domain if right == TO_DECIDE else self._awake(domain)
        return any(held.covers(right) for held in self.at(asked_in))

    def sees(self, domain: str) -> bool:
        """Whether ``domain`` exists and any right is held there."""
        if domain not in self._state.tree:
            return False
        return bool(self.at(self._awake(domain))) or self.may(domain, TO_DECIDE)

    def is_above(self, domain: str) -> bool:
        """Whether some domain that is seen lies below ``domain``."""
        return any(domain in self._state.tree.path(top)[1:] for top in self.places() if self.sees(top))

    def tops(self, right: Right) -> list[str]:
        """The highest domains in which ``right`` is held: it is held there and in all below, and nowhere else."""
        held = {place for place in self.places() if self.may(place, right)}
        return sorted(top for top in held if held.isdisjoint(self._state.tree.path(top)[1:]))

    def _awake(self, domain: str) -> str:
        while (suspended := self._state.suspended_at(domain)) is not None:
            domain = self._state.tree.parent(suspended) or PLATFORM
        return domain


class Unbounded(Rights):
    """Those of ``bootstrap``, and of the program itself: everything, everywhere."""

    def _held(self, domain: str) -> HeldRights:  # noqa: ARG002 (any: what isn't there is refused for that reason)
        return EVERYTHING

    def places(self) -> Iterator[str]:
        """The whole tree's top."""
        yield PLATFORM


class SubjectRights(Rights):
    """Those that a subject has by its current assignments."""

    def __init__(self, state: PolicyState, subject: str, now: Instant) -> None:
        super().__init__(state)
        self._subject = subject
        self._now = now

    def _held(self, domain: str) -> HeldRights:
        roles = {
            assignment.role
            for above in self._state.tree.path(domain)
            for assignment in self._state.assignments_of(self._subject, above)
            if assignment.is_current(self._now)
        }
        return NOTHING.union(*(rights_given(self._state, domain, role) for role in roles))

    def places(self) -> Iterator[str]:
        """Where it is assigned something, and where below a role was extended by what it inherits there."""
        assigned = frozenset(self._state.places.get(self._subject) or ())
        yield from assigned
        for domain in _extending(self._state) if assigned else ():
            if domain not in assigned and not assigned.isdisjoint(self._state.tree.path(domain)):
                yield domain


_EXTENDING: Final[Memo[tuple[str, ...]]] = Memo(8)


def _extending(state: PolicyState) -> tuple[str, ...]:
    """The domains in which a role that was made above inherits something more."""
    return _EXTENDING.get(
        state.log_id,
        (state.roles,),
        lambda: tuple({v.record.domain for v in state.roles if v.record.extends is not None and v.record.inherits}),
    )


class KeyRights(Rights):
    """Those that the scopes of an API key give in its domain.

    ``manage`` and ``audit`` never give more than the key's maker holds (HTTP contract section 6, rule 5).
    """

    def __init__(self, state: PolicyState, key: ApiKey, maker: Rights) -> None:
        super().__init__(state)
        self._key = key
        self._maker = maker

    def _held(self, domain: str) -> HeldRights:
        if self._key.domain not in self._state.tree.path(domain):
            return NOTHING
        given = (scope_rights(self._state, self._key.domain, scope) for scope in self._key.scopes)
        bound = zip(self._key.scopes, given, strict=True)
        return NOTHING.union(*(meet(held, self._maker.at(domain)) if s in BOUND else held for s, held in bound))

    def places(self) -> Iterator[str]:
        """Its domain, and those below in which its maker holds more than there."""
        yield self._key.domain
        if not BOUND.isdisjoint(self._key.scopes):
            below = (place for place in self._maker.places() if place != self._key.domain)
            yield from (place for place in below if self._key.domain in self._state.tree.path(place))


BOUND: Final = frozenset({Scope.MANAGE, Scope.AUDIT})
"""The scopes that give no more than the key's maker holds."""

_SCOPES: Final[Mapping[Scope, HeldRights]] = {
    Scope.DECIDE: RIGHTS_OF_ROLE[RoleRef(PLATFORM, "decision-client")],
    Scope.QUERY: RIGHTS_OF_ROLE[RoleRef(PLATFORM, "decision-client")] | {TO_QUERY},
    Scope.AUDIT: RIGHTS_OF_ROLE[RoleRef(PLATFORM, "auditor")],
}


def scope_rights(state: PolicyState, domain: str, scope: Scope) -> HeldRights:
    """What ``scope`` gives in ``domain``; `manage` what the built-in administrator of such a domain has."""
    return _SCOPES[scope] if scope in _SCOPES else RIGHTS_OF_ROLE[RoleRef(PLATFORM, _administrator(state, domain))]


def _administrator(state: PolicyState, domain: str) -> str:
    if domain == PLATFORM:
        return "platform-admin"
    return "clinic-admin" if state.organization(domain) is None else "organization-admin"


def rights_of(state: PolicyState, actor: str, now: Instant) -> Rights:
    """The rights of ``actor``: ``bootstrap``, ``system:...``, ``key:<id>`` or a subject.

    Raises ``UnauthenticatedError`` for a key that is gone or has expired.
    """
    if actor == BOOTSTRAP or actor.startswith(SYSTEM):
        return Unbounded(state)
    if not actor.startswith(KEY_SUBJECT):
        return SubjectRights(state, actor, now)
    key = state.api_key(actor.removeprefix(KEY_SUBJECT))
    if key is None or key.expired(now):
        raise UnauthenticatedError("the credential is not valid any more")
    return KeyRights(state, key, rights_of(state, key.created_by, now))


def people_behind(state: PolicyState, actor: str) -> tuple[str, ...]:
    """The subjects to whom a call by ``actor`` must give nothing: himself, or the person behind his key."""
    for key in state.line_of(actor):
        actor = key.created_by
    return () if actor == BOOTSTRAP or actor.startswith((SYSTEM, KEY_SUBJECT)) else (actor,)
