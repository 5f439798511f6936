"""The laws of granting (HTTP contract, section 6), judged for one call by asking about everything before and after it.

Each law tells what breaks it, in words; what it tells of nobody may be there. The program's own comparison of two
states takes no part.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import UnauthenticatedError
from enterprise_policy.state.api_key import KEY_SUBJECT, ApiKey, Scope
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Effect, Role, RoleRef
from enterprise_policy.values.names import MANAGEMENT, PLATFORM
from enterprise_policy.values.windows import Instant
from enterprise_service.administer.rights import BOOTSTRAP, NOTHING, HeldRights, Right, Rights, covers, rights_of
from tests.support.administrators import MOMENTS, OFFERED
from tests.support.reference import names
from tests.support.verdicts import (
    OUTSIDE,
    RIGHTS,
    Answer,
    Probe,
    Verdicts,
    differences,
    gains,
    holder_of,
    lifted,
    opened,
    records_of,
    roles_of,
    subjects_of,
)


class Side:
    """The policy before or after a call."""

    def __init__(self, snapshot: Snapshot, previous: Side | None = None) -> None:
        """Nothing is asked yet; what was found out about ``previous`` is made use of."""
        self.state: PolicyState = snapshot.state
        self.real = Verdicts(snapshot, snapshot.state, {})
        self.known: tuple[dict[Hashable, Answer], ...] = ({}, {}) if previous is None else previous.known
        self._rights: dict[tuple[str, Instant], Rights | None] = {}

    @cached_property
    def lifted(self) -> Verdicts:
        """As if nothing were suspended."""
        return lifted(self.state, self.known[0])

    @cached_property
    def opened(self) -> Verdicts:
        """As if every window were open too, and each role held by somebody."""
        return opened(self.state, self.known[1])

    def rights(self, actor: str, domain: str, at: Instant) -> HeldRights:
        """Those under ``/management/`` of a person or a key; nothing for a key that isn't valid."""
        if (actor, at) not in self._rights:
            self._rights[actor, at] = self._rights_of(actor, at)
        rights = self._rights[actor, at]
        return NOTHING if rights is None else rights.at(domain)

    def sees(self, actor: str, domain: str, at: Instant) -> bool:
        """Whether ``actor`` may know of ``domain``: he has a right there, or somewhere below."""
        below = self.state.tree.below(domain)
        return actor == BOOTSTRAP or any(self.rights(actor, each, at) for each in below)

    def _rights_of(self, actor: str, at: Instant) -> Rights | None:
        try:
            return rights_of(self.state, actor, at)
        except UnauthenticatedError:
            return None


@dataclass(frozen=True, slots=True)
class Done:
    """What a call by ``actor`` at ``now`` did."""

    before: Side
    after: Side
    actor: str
    now: Instant

    @property
    def instants(self) -> tuple[Instant, ...]:
        """From now on, one for each time in which windows stay as they are."""
        return (self.now, *(moment for moment in MOMENTS if moment > self.now))

    @property
    def domains(self) -> list[str]:
        """Those that there are now."""
        return sorted(self.after.state.tree.below(PLATFORM))

    def older(self, domain: str) -> str:
        """``domain``; if the call made it, the nearest above it that was there."""
        return self.before.real.nearest(domain, self.after.state.tree.path(domain))

    def chain(self) -> Iterator[str]:
        """The caller, the maker of his key, the maker of that one's key, up to a person or the bootstrap key."""
        actor: str | None = self.actor
        while actor is not None:
            yield actor
            key = self.before.state.api_key(actor.removeprefix(KEY_SUBJECT)) if actor.startswith(KEY_SUBJECT) else None
            actor = None if key is None else key.created_by

    def knows(self, domain: str) -> bool:
        """Whether the caller sees ``domain``, or one below it, before or after; of one that is gone nothing is said."""
        sides = [side for side in (self.before, self.after) if domain in side.state.tree]
        return not sides or any(side.sees(self.actor, domain, self.now) for side in sides)

    def held(self, domain: str) -> HeldRights:
        """What the caller may do in ``domain`` now, or where a new one lies."""
        return self.before.rights(self.actor, self.older(domain), self.now)


# --- nobody gains by his own call -------------------------------------------------------------------------


def gains_of_his_own(done: Done) -> Iterator[str]:
    """What the caller, or who is behind his key, may do by this call."""
    for actor in done.chain():
        if not actor.startswith(KEY_SUBJECT) and actor != BOOTSTRAP:
            gained = gains(done.before.lifted, done.after.lifted, actor, done.now, OUTSIDE + RIGHTS)
            yield from (str(gain) for gain in gained)
        yield from _gained_rights(done, actor)


def _gained_rights(done: Done, actor: str) -> Iterator[str]:
    for domain in done.domains:
        for at in done.instants:
            before = done.before.rights(actor, done.older(domain), at)
            if not covers(before, done.after.rights(actor, domain, at)):
                yield f"{actor} gains rights to manage {domain} at {at}"


# --- a right to manage is given by who holds it -----------------------------------------------------------


def rights_from_nowhere(done: Done) -> Iterator[str]:
    """The rights to manage that somebody gains where the caller doesn't hold them."""
    if done.actor == BOOTSTRAP:
        return
    held = {domain: _probes(done.held(domain)) for domain in done.domains}
    roles = sorted({*roles_of(done.before.state), *roles_of(done.after.state)})
    people = sorted(subjects_of(done.after.state))
    for before, after, subjects in (
        (done.before.lifted, done.after.lifted, people),
        (done.before.opened, done.after.opened, [*people, *map(holder_of, roles)]),
    ):
        for subject in subjects:
            for gain in gains(before, after, subject, done.now, RIGHTS):
                if gain.probe not in held[gain.domain]:
                    yield f"by {done.actor}: {gain}"


def _probes(held: HeldRights) -> frozenset[Probe]:
    asked = ((probe, Right(probe[0].removeprefix(MANAGEMENT), probe[1])) for probe in RIGHTS)
    return frozenset(probe for probe, right in asked if covers(held, frozenset({right})))


# --- keys -----------------------------------------------------------------------------------------------


def keys_beyond_the_caller(done: Done) -> Iterator[str]:
    """The keys that may do more than the caller: new ones at any time, older ones by what they gain."""
    if done.actor == BOOTSTRAP:
        return
    for versioned in done.after.state.api_keys:
        key: ApiKey = versioned.record
        for domain in done.after.state.tree.below(key.domain):
            yield from (f"{key} in {domain} at {at}" for at in _beyond(done, key, domain))


def _beyond(done: Done, key: ApiKey, domain: str) -> Iterator[Instant]:
    is_new = done.before.state.api_key(key.id) is None
    for at in done.instants:
        limit = done.held(domain) | (done.after.rights(done.actor, domain, at) if is_new else NOTHING)
        had = NOTHING if is_new else done.before.rights(key.subject, done.older(domain), at)
        if not covers(limit | had, done.after.rights(key.subject, domain, at)):
            yield at


def keys_beyond_their_makers(done: Done) -> Iterator[str]:
    """The keys that have more than their maker, or outlive him; new ones made by a key that aren't a part of it."""
    for versioned in done.after.state.api_keys:
        key = versioned.record
        if key.created_by.startswith(KEY_SUBJECT):
            maker = done.after.state.api_key(key.created_by.removeprefix(KEY_SUBJECT))
            is_new = done.before.state.api_key(key.id) is None
            if maker is None or (is_new and not _is_part(done, key, maker)):
                yield f"{key} is no part of {maker}"
        if key.created_by != BOOTSTRAP and set(key.scopes) <= {Scope.MANAGE, Scope.AUDIT}:
            yield from (f"{key} has more in {domain} at {at}" for domain, at in _unbounded(done, key))


def _is_part(done: Done, key: ApiKey, maker: ApiKey) -> bool:
    ends = done.instants[-1] + 1
    ends_in_time = (key.expires_at or ends) <= (maker.expires_at or ends)
    is_within = done.after.state.tree.is_within(key.domain, maker.domain)
    return ends_in_time and is_within and set(key.scopes) <= set(maker.scopes)


def _unbounded(done: Done, key: ApiKey) -> Iterator[tuple[str, Instant]]:
    for domain in done.after.state.tree.below(key.domain):
        for at in done.instants:
            if not covers(done.after.rights(key.created_by, domain, at), done.after.rights(key.subject, domain, at)):
                yield domain, at


# --- what tenants' roles may hold ---------------------------------------------------------------------------


def permissions_beyond_the_catalogue(done: Done) -> Iterator[str]:
    """New permissions of tenants' roles for what tenants aren't offered."""
    if covers(done.held(PLATFORM), frozenset({Right("*", "*")})):
        return
    for versioned in done.after.state.roles:
        role: Role = versioned.record
        if role.domain != PLATFORM:
            found = done.before.state.roles.get(role.domain, role.id)
            kept = () if found is None else found.record.permissions
            new = (p for p in role.permissions if p not in kept and p.effect is Effect.ALLOW)
            yield from (f"{p} of {role.ref}" for p in new if not _is_offered(p.resource, p.action))


def _is_offered(pattern: str, action: str) -> bool:
    about = [(resource, asked) for resource, asked in OUTSIDE if names(pattern, resource) and action in ("*", asked)]
    return all(
        any(names(offered, resource) and asked in actions.split() for offered, actions in OFFERED)
        for resource, asked in about
    )


def gifts_of_what_is_kept_back(done: Done) -> Iterator[str]:
    """Roles of the platform with what tenants aren't offered, newly assigned, inherited or extended by a tenant."""
    if covers(done.held(PLATFORM), frozenset({Right("*", "*")})):
        return
    given = _given(done.after.state) - _given(done.before.state)
    yield from (f"{ref} by {place}" for ref, place in given if _is_kept_back(done.after.state, ref))


def _given(state: PolicyState) -> set[tuple[RoleRef, tuple[str, str]]]:
    """Each role with the records that name it."""
    assigned = {(v.record.role, (v.record.domain, v.record.id)) for v in state.assignments}
    named = ((v.record, (*v.record.inherits, v.record.ref)) for v in state.roles if v.record.domain != PLATFORM)
    return assigned | {(ref, (role.domain, role.id)) for role, refs in named for ref in refs}


def _is_kept_back(state: PolicyState, ref: RoleRef) -> bool:
    found = state.roles.get(ref.domain, ref.id) if ref.domain == PLATFORM else None
    if found is None or found.record.built_in:
        return False
    allowed = (p for p in found.record.permissions if p.effect is Effect.ALLOW)
    return any(not _is_offered(p.resource, p.action) for p in allowed) or any(
        _is_kept_back(state, inherited) for inherited in found.record.inherits
    )


# --- nothing outside the subtree changes --------------------------------------------------------------------


def changes_outside(done: Done) -> Iterator[str]:
    """What is otherwise in domains in which the caller holds no right, or is decided otherwise there.

    But for a key that ends with the one that made it: its domain may have been moved away since.
    """
    tree = done.before.state.tree
    outside = {domain for domain in tree.below(PLATFORM) if not done.before.rights(done.actor, domain, done.now)}
    before, after = records_of(done.before.state), records_of(done.after.state)
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key) and _lies_in(outside, done, key[1]) and not _ends_with_maker(done, key[2]):
            yield f"record {key}"
    decided = differences(done.before.real, done.after.real, outside, done.now)
    yield from (f"decisions about {subject} in {domain} at {at}" for subject, domain, at in decided)


def _ends_with_maker(done: Done, key_id: str) -> bool:
    key = done.before.state.api_key(key_id)
    if key is None or done.after.state.api_key(key_id) is not None or not key.created_by.startswith(KEY_SUBJECT):
        return False
    return done.after.state.api_key(key.created_by.removeprefix(KEY_SUBJECT)) is None


def _lies_in(outside: Iterable[str], done: Done, domain: str) -> bool:
    return (domain if domain in done.before.state.tree else done.older(domain)) in outside


LAWS = (
    gains_of_his_own,
    rights_from_nowhere,
    keys_beyond_the_caller,
    keys_beyond_their_makers,
    permissions_beyond_the_catalogue,
    gifts_of_what_is_kept_back,
    changes_outside,
)
