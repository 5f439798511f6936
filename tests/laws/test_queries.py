"""The answers of queries are those of deciding one by one, all of them and no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.queries import Act, HeldRight, domains, permissions, permitted_actions, subjects
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.assignment import Assignment
from enterprise_policy.state.catalogue import Catalogue, CatalogueAction, CatalogueResource
from enterprise_policy.state.edits import create
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.role import Effect, Permission, Role, RoleRef
from enterprise_policy.values.names import PLATFORM
from tests.support.growth import ASKED, INSTANTS, RESOURCES, Policy, policies, some_questions
from tests.support.policies import applied
from tests.support.reference import names

SEEDS = st.integers(0, 2**32 - 1)
OFFERED = ("approve", "read")
CATALOGUE = Catalogue(
    resources=(
        CatalogueResource(
            resource="/a",
            label="A",
            group="some",
            description="what there is of it",
            actions=tuple(CatalogueAction(action=name, label=name, description=name) for name in OFFERED),
        ),
    )
)


def snapshot_of(policy: Policy, rng: Random) -> Snapshot:
    """The policy compiled, in half of the cases with a catalogue."""
    state = policy.state()
    return build(applied(state, create(CATALOGUE)) if rng.random() < 0.5 else state)


def named_actions(state: PolicyState, domain: str) -> set[str]:
    offered = set(OFFERED) if state.catalogue else set()
    makers = state.tree.path(domain)
    return offered | {p.action for v in state.roles if v.record.domain in makers for p in v.record.permissions} - {"*"}


def test_queries_equal_decisions_on_actions() -> None:
    seen: Counter[str] = Counter()

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        rng = Random(seed)
        snapshot, now = snapshot_of(policy, rng), rng.choice(INSTANTS)
        for asked in some_questions(snapshot.state, seed, 60):
            told = permitted_actions(snapshot, asked.subject, asked.domain, asked.resource, now)
            named = named_actions(snapshot.state, asked.domain)
            allowed = {a for a in named if decide(snapshot, asked._replace(action=a), now)}
            everything = allowed == named and decide(snapshot, asked._replace(action="nobody names it"), now)
            assert told == (("*",) if everything else tuple(sorted(allowed)))
            seen["all" if everything else "some" if allowed else "none"] += 1

    law()
    assert all(seen[kind] >= 30 for kind in ("all", "some", "none")), seen


def test_queries_equal_decisions_on_subjects_and_domains() -> None:
    seen: Counter[str] = Counter()

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        rng = Random(seed)
        snapshot, now = snapshot_of(policy, rng), rng.choice(INSTANTS)
        everywhere = [*sorted(snapshot.state.tree.below(PLATFORM)), "nowhere"]
        everybody = sorted({*ASKED, *(v.record.subject for v in snapshot.state.assignments)})
        for asked in some_questions(snapshot.state, seed, 20):
            _, domain, resource, action = asked
            who = [s for s in everybody if decide(snapshot, asked._replace(subject=s), now)]
            where = [d for d in everywhere if decide(snapshot, asked._replace(domain=d), now)]
            assert subjects(snapshot, domain, resource, action, now) == tuple(who)
            assert domains(snapshot, asked.subject, Act(resource, action), now) == tuple(where)
            seen.update(subjects=len(who), domains=len(where))

    law()
    assert min(seen["subjects"], seen["domains"]) >= 100, seen


def held(state: PolicyState, assignment: Assignment, domain: str) -> Iterator[tuple[str, RoleRef, str, Permission]]:
    """What an assignment gives in ``domain``, found by adding roles until nothing is added."""
    path = state.tree.path(domain)
    made: list[Role] = [v.record for v in state.roles if v.record.domain in path]
    has = {assignment.role}
    while more := {ref for role in made if role.ref in has for ref in role.inherits} - has:
        has |= more
    for role in made:
        if role.ref in has:
            yield from ((assignment.id, role.ref, role.domain, permission) for permission in role.permissions)


def is_a_way(state: PolicyState, right: HeldRight, domain: str) -> bool:
    """Whether each role of ``via`` inherits the next, as ``domain`` sees it."""
    path = state.tree.path(domain)
    steps = zip(right.via, right.via[1:], strict=False)
    return all(any(to in role.inherits for role in state.role_records(ref, path)) for ref, to in steps)


def test_queries_equal_decisions_on_permissions() -> None:
    seen: Counter[str] = Counter()

    @given(policies(), SEEDS)
    def law(policy: Policy, seed: int) -> None:
        rng = Random(seed)
        snapshot, now = snapshot_of(policy, rng), rng.choice(INSTANTS)
        state = snapshot.state
        for subject, domain in {(q.subject, q.domain) for q in some_questions(state, seed, 10)}:
            rights = permissions(snapshot, subject, domain, now)
            check_rows(state, rights, domain)
            current = [
                (v.record, v.record.domain)
                for v in state.assignments
                if v.record.subject == subject
                and v.record.domain in state.tree.path(domain)
                and v.record.is_current(now)
            ]
            serves = state.suspended_at(domain) is None
            wanted = {(place, *row) for a, place in current for row in held(state, a, domain) if serves}
            assert {row(right) for right in rights} == wanted
            for resource, action in product(RESOURCES, ("read", "other")):
                asked = Question(subject, domain, resource, action)
                allowed = effects_on(rights, resource, action) == {Effect.ALLOW}
                assert allowed == decide(snapshot, asked, now)
                check_reason(state, asked, now, rights)
                seen["allowed" if allowed else "denied"] += 1
            seen.update("inherited" for right in rights if len(right.via) > 1)

    law()
    assert all(seen[kind] >= 30 for kind in ("allowed", "denied", "inherited")), seen


def row(right: HeldRight) -> tuple[str, str, RoleRef, str, Permission]:
    permission = Permission(right.resource, right.action, right.effect)
    return right.assigned_in, right.assignment, right.role, right.permission_domain, permission


def check_rows(state: PolicyState, rights: tuple[HeldRight, ...], domain: str) -> None:
    """Each is there once, in order, with a way to it and the window of its assignment."""
    assert len({right.order for right in rights}) == len(rights)
    assert list(rights) == sorted(rights, key=lambda right: right.order)
    for right in rights:
        found = state.assignments.get(right.assigned_in, right.assignment)
        assert found is not None
        assert (right.via[0], right.via[-1]) == (found.record.role, right.role)
        assert is_a_way(state, right, domain)
        assert (right.starts_at, right.ends_at) == (found.record.window.starts_at, found.record.window.ends_at)


def effects_on(rights: tuple[HeldRight, ...], resource: str, action: str) -> set[Effect]:
    return {r.effect for r in rights if r.action in ("*", action) and names(r.resource, resource)}


def check_reason(state: PolicyState, asked: Question, now: int, rights: tuple[HeldRight, ...]) -> None:
    """What settles a question is one of the rights."""
    reason = explain(state, asked, now)
    if reason.permission is not None:
        permission = Permission(*reason.permission[1:])
        told = (reason.assigned_in, reason.assignment, reason.role, reason.permission.domain, permission)
        assert (told, reason.via) in [(row(right), right.via) for right in rights]
