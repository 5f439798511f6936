"""What a change gives is what deciding everything before and after it shows, both ways."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.comparison import appears
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.delta import gain_of
from enterprise_policy.decide.question import Question
from enterprise_policy.errors import CallerError
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, Op, create, update
from enterprise_policy.state.fold import place
from enterprise_policy.state.invariants import admit
from enterprise_policy.state.organization import Organization
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.state.record import Kind, Record, Status
from enterprise_policy.state.role import Effect, Permission, RoleRef
from enterprise_policy.state.role_graph import roles_on
from enterprise_policy.values.names import PLATFORM
from enterprise_policy.values.windows import Instant
from tests.support.growth import ASKED, PATTERNS, Policy, grow, policies, steps
from tests.support.policies import applied, assignment, clinic
from tests.support.reference import names

SEEDS = st.integers(0, 2**32 - 1)


# --- of two sets of permissions -------------------------------------------------------------------------


def paths(*segments: str) -> list[str]:
    """Every path of the segments in ``segments``, one word of each, as long as it is or shorter."""
    split = [word.split() for word in segments]
    return ["/" + "/".join(path) for size in range(1, len(split) + 1) for path in product(*split[:size])]


# `z` is in no pattern, and paths are longer than patterns: what holds for these resources holds for every one.
WIDE = ["*", "/*", "/a/*", "/:x/*", "/a/:x/*", "/:x/b/*"]
NARROW = ["/a", "/b", "/:x", "/a/b", "/a/:x", "/:x/b", "/:x/:y", "/a/b/:x", "/:x/b/a", "t", "/management"]
OWN = ["/management/*", "/management/a", "/management/:x", "/management/a/:x", "/management/:x/b"]
RESOURCES = [*paths("a b z", "a b z", "a b z", "z"), "/management", *paths("management", "a z", "b z", "z"), "t", "u"]
ACTIONS = ("read", "write", "*")
QUESTIONS = list(product(RESOURCES, ("read", "write", "other")))


@st.composite
def permission_sets(draw: st.DrawFn) -> tuple[frozenset[Permission], frozenset[Permission]]:
    """Two sets with much in common: the second has a few permissions more, and a few less."""
    permission = st.builds(
        Permission,
        st.sampled_from([*WIDE, *NARROW, *NARROW, *OWN]),
        st.sampled_from(ACTIONS),
        st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY]),
    )
    common = draw(st.frozensets(permission, max_size=6))
    return common | draw(st.frozensets(permission, max_size=3)), common | draw(st.frozensets(permission, max_size=2))


def allowed_by(permissions: frozenset[Permission], resource: str, action: str) -> bool:
    effects = {p.effect for p in permissions if p.action in ("*", action) and names(p.resource, resource)}
    return effects == {Effect.ALLOW}


def test_a_comparison_equals_asking_about_every_resource() -> None:
    seen: Counter[tuple[bool, bool]] = Counter()

    def compare(old: frozenset[Permission], new: frozenset[Permission]) -> None:
        witness = appears(old, new)
        if witness is not None:
            assert allowed_by(new, *witness), witness
            assert not allowed_by(old, *witness), witness
        gained = [q for q in QUESTIONS if allowed_by(new, *q) and not allowed_by(old, *q)]
        assert (witness is not None) == bool(gained), (witness, gained[:3])
        seen[witness is not None, any(p.effect is Effect.DENY for p in old | new)] += 1

    @given(st.lists(permission_sets(), min_size=6, max_size=6))
    def law(pairs: list[tuple[frozenset[Permission], frozenset[Permission]]]) -> None:
        for before, after in pairs:
            compare(before, after)
            compare(after, before)

    law()
    assert all(seen[key] >= 20 for key in product((True, False), repeat=2)), seen


# --- of two states ----------------------------------------------------------------------------------------

# Complete for the patterns of `growth` and of the built-in roles, in the same way.
GROWN = [*paths("a a.b z", "b z", "c z", "z"), "t", "u", "/management"]
COLLECTIONS = ("organizations", "clinics", "roles", "assignments", "providers", "api-keys", "decisions", "z")
MANAGED = [*(f"/management/{collection}" for collection in COLLECTIONS), "/management/roles/z"]
PROBES = [
    *product(GROWN, ("read", "write", "other")),
    *product(MANAGED, ("create", "read", "update", "delete", "administer", "other")),
]
NOWS: tuple[Instant, ...] = (0, 10, 30, 50)
BOUNDS: tuple[Instant, ...] = (10, 50)


def in_service(state: PolicyState) -> PolicyState:
    """``state`` with nothing suspended and every provider verified."""
    for kind in (Kind.ORGANIZATION, Kind.CLINIC, Kind.PROVIDER_ASSIGNMENT):
        for versioned in list(state.table(kind)):
            state = place(state, dataclasses.replace(versioned, record=_in_service(versioned.record)))
    return state


def _in_service(record: Record) -> Record:
    if isinstance(record, ProviderAssignment):
        return dataclasses.replace(record, verification=Verification.VERIFIED)
    if isinstance(record, Organization | Clinic):
        return dataclasses.replace(record, status=Status.ACTIVE)
    return record


class Side:
    """A state, asked everything."""

    def __init__(self, state: PolicyState) -> None:
        self.state = state
        self.snapshot = build(in_service(state))
        self.known: dict[tuple[str, str, Instant], frozenset[tuple[str, str]]] = {}

    def allows(self, subject: str, domain: str, resource: str, action: str, at: Instant) -> bool:
        return decide(self.snapshot, Question(subject, domain, resource, action), at)

    def allowed(self, subject: str, domain: str, at: Instant) -> frozenset[tuple[str, str]]:
        """The probes that are allowed: none where nothing is held, by the law `default_deny`."""
        key = (subject, domain, at)
        if key not in self.known:
            held = any(self.state.assignments_of(subject, above) for above in self.state.tree.path(domain))
            probes = PROBES if held else ()
            self.known[key] = frozenset(probe for probe in probes if self.allows(subject, domain, *probe, at))
        return self.known[key]

    def stands_for(self, domain: str, other: Side) -> str:
        """The domain here that ``domain`` of ``other`` is compared with."""
        return next(above for above in other.state.tree.path(domain) if above in self.state.tree)


def all_gains(before: Side, after: Side, subject: str, now: Instant) -> Iterator[tuple[object, ...]]:
    """Every gain that a probe shows."""
    for domain in sorted(after.state.tree.below(PLATFORM)):
        older = before.stands_for(domain, after)
        for at in (now, *(bound for bound in BOUNDS if bound > now)):
            for probe in after.allowed(subject, domain, at) - before.allowed(subject, older, at):
                yield domain, *probe, at


def changes(state: PolicyState, numbers: list[int], rng: Random) -> list[Edit]:
    """What ``numbers`` lead to, somewhere or below a domain that is new; or a move; or edits of roles that are held."""
    chosen = rng.choice(sorted(set(state.tree.below(PLATFORM)) - {PLATFORM}) or [PLATFORM])
    kind = rng.choice(("anything", "new", "move", "move", "roles"))
    if kind == "anything" or chosen == PLATFORM:
        return list(grow(numbers, state))
    if kind == "roles":
        return list(edited_roles(state, rng))
    return (
        list(moved(state, chosen, rng)) if kind == "move" else list(grown_below_a_new_one(state, chosen, numbers, rng))
    )


def grown_below_a_new_one(state: PolicyState, parent: str, numbers: list[int], rng: Random) -> Iterator[Edit]:
    """A domain in which somebody is given a role, with what ``numbers`` lead to."""
    new = clinic("new", parent, organization_id=state.tree.path(parent)[-2])
    roles = sorted(role.ref for role in roles_on(state, state.tree.path(parent)) if role.extends is None)
    for made in admitted(state, create(new)):
        given = [create(assignment(rng.choice(ASKED), named(rng.choice(roles)), "new", id="given"))] if roles else []
        yield from (made, *given, *grow(numbers, applied(state, made, *given), "new"))


def named(ref: RoleRef) -> str:
    return f"{ref.id}@{ref.domain}"


def moved(state: PolicyState, domain: str, rng: Random) -> Iterator[Edit]:
    """The clinic, if ``domain`` is one, below another parent."""
    found = state.clinic(domain)
    parents = sorted(set(state.tree.below(state.tree.path(domain)[-2])) - set(state.tree.below(domain)))
    if found is not None:
        yield from admitted(state, update(found, dataclasses.replace(found, parent_id=rng.choice(parents))))


def edited_roles(state: PolicyState, rng: Random) -> Iterator[Edit]:
    """Some roles that somebody holds, and what extends them, with a permission more or one less."""
    held = {v.record.role for v in state.assignments}
    roles = sorted((v.record for v in state.roles if v.record.ref in held), key=lambda r: (r.domain, r.id))
    for role in rng.sample(roles, min(len(roles), 3)):
        permissions = list(role.permissions)
        if permissions and rng.random() < 0.6:
            permissions.remove(rng.choice(permissions))
        else:
            permissions.append(Permission(rng.choice(PATTERNS), rng.choice(ACTIONS), rng.choice(list(Effect))))
        if not role.built_in:
            yield update(role, dataclasses.replace(role, permissions=tuple(permissions)))


def admitted(state: PolicyState, edit: Edit) -> Iterator[Edit]:
    """``edit``, if it may be made."""
    with suppress(CallerError):
        admit(state, edit, 0)
        yield edit


def portions(edits: list[Edit], rng: Random) -> Iterator[list[Edit]]:
    """``edits`` in one change, or in small ones: what one edit does is then seen by itself."""
    size = rng.choice((1, 1, 2, len(edits) or 1))
    return (edits[start : start + size] for start in range(0, len(edits), size))


def test_delta_equals_deciding_before_and_after() -> None:
    seen: Counter[object] = Counter()

    def compare(before: Side, after: Side, edits: list[Edit], now: Instant) -> None:
        for subject in ASKED:
            gain = gain_of(subject, before.state, after.state, edits, now)
            shown = next(all_gains(before, after, subject, now), None)
            assert (gain is None) == (shown is None), (subject, gain, shown)
            seen[gain is not None] += 1
            if gain is not None:
                right = (gain.resource, gain.action, gain.at)
                assert gain.at >= now
                assert after.allows(subject, gain.domain, *right), gain
                assert not before.allows(subject, before.stands_for(gain.domain, after), *right), gain
                seen["in a new domain"] += gain.domain not in before.state.tree
                seen["later"] += gain.at > now
                seen.update((edit.op, edit.kind) for edit in edits if len(edits) == 1)

    @given(policies(), steps(1, 10), SEEDS)
    def law(policy: Policy, numbers: list[int], seed: int) -> None:
        rng = Random(seed)
        before, now = Side(policy.state()), rng.choice(NOWS)
        for edits in portions(changes(before.state, numbers, rng), rng):
            after = Side(applied(before.state, *edits))
            compare(before, after, edits, now)
            compare(after, before, [Edit(edit.after, edit.before) for edit in reversed(edits)], now)
            before = after

    ways = ("in a new domain", "later", (Op.CREATE, Kind.ASSIGNMENT), (Op.UPDATE, Kind.ROLE), (Op.UPDATE, Kind.CLINIC))
    for _ in range(5):  # until chance has shown each way
        law()
        if all(seen[way] for way in ways):
            break
    assert min(seen[True], seen[False]) >= 50, seen
    assert all(seen[way] for way in ways), seen
