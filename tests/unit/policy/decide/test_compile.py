"""A snapshot shares what is equal, and a change leaves alone what it doesn't touch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest

from enterprise_policy.decide.compile import advance, build
from enterprise_policy.decide.compiled_role import CompiledRole
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import RoleTable, Shard, Sharded, Snapshot
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.fold import apply_change, place
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Record, Status, Versioned
from enterprise_policy.state.role import RoleRef
from tests.support.policies import (
    allow,
    applied,
    assignment,
    change_of,
    clinic,
    deny,
    organization,
    provider,
    ref,
    role,
    state_of,
    tree_state,
)


def table(snapshot: Snapshot, domain: str) -> RoleTable:
    found = snapshot.tables.get(domain)
    assert found is not None
    return found


def advanced(state: PolicyState, *edits: Edit) -> tuple[Snapshot, Snapshot]:
    """The snapshots before and after a change of ``edits``."""
    before = build(state)
    after = applied(state, *edits)
    snapshot = advance(before, after, [change_of(state, *edits)])
    assert snapshot == build(after)
    return before, snapshot


def test_equal_tenants_share_their_compiled_roles() -> None:
    tenants = [organization(f"o{n}") for n in range(50)]
    roles = [role(f"R@o{n}", allow("/a/:x", "read"), deny("/a/secret")) for n in range(50)]
    snapshot = build(state_of(*tenants, *roles))
    compiled = {id(table(snapshot, f"o{n}")[RoleRef(f"o{n}", "R")]) for n in range(50)}
    assert len(compiled) == 1


def test_an_equal_role_that_is_made_later_shares_too() -> None:
    state = tree_state(role("R@o1", allow("/a")))
    before, after = advanced(state, create(role("S@o2", allow("/a"))))
    assert table(after, "o2")[ref("S@o2")] is table(before, "o1")[ref("R@o1")]


def test_what_nobody_holds_any_more_is_let_go() -> None:
    one = role("R@o1", allow("/only/here"))
    before, after = advanced(tree_state(one), delete(one))
    assert len(before.pool) == 1
    del before
    assert dict(after.pool) == {}


def test_a_tenant_without_roles_of_its_own_uses_the_table_above() -> None:
    snapshot = build(tree_state(role("R@platform", allow("/a")), role("S@g1")))
    told = {domain: snapshot.shards.get(domain) for domain in ("o1", "c1", "g1", "c2")}
    assert {domain: shard and shard.roles_at for domain, shard in told.items()} == {
        "o1": "platform",
        "c1": "platform",
        "g1": "g1",
        "c2": "g1",
    }
    assert set(snapshot.tables) == {"platform", "g1"}


def test_a_role_that_nothing_made_here_takes_part_in_is_the_one_above() -> None:
    snapshot = build(
        tree_state(
            role("R@platform", allow("/a")), role("S@platform", inherits=["R@platform"]), role("T@o1", allow("/b"))
        )
    )
    assert table(snapshot, "o1")[ref("S@platform")] is table(snapshot, "platform")[ref("S@platform")]


def test_an_extension_is_compiled_into_all_that_inherit_the_role() -> None:
    snapshot = build(
        tree_state(
            role("R@platform"),
            role("S@platform", inherits=["R@platform"]),
            role("R@o1", allow("/b"), extends="platform"),
        )
    )
    for named in ("R@platform", "S@platform"):
        assert table(snapshot, "o1")[ref(named)].effects("/b", "read")
        assert not table(snapshot, "platform")[ref(named)].effects("/b", "read")


def compiled_at(snapshot: Snapshot, domain: str) -> Mapping[RoleRef, CompiledRole] | None:
    return snapshot.tables.get(domain)


@pytest.mark.parametrize(
    "edit",
    [
        create(assignment("bob", "R@platform", "c1")),
        delete(assignment("ann", "R@platform", "c1")),
        create(provider("dr.lee", "c1", "R@platform")),
        create(role("S@c1")),
        create(clinic("c9", "c1")),
        update(clinic("c1"), clinic("c1", status=Status.SUSPENDED)),
        create(role("R@c1", extends="platform")),
    ],
)
def test_a_change_shares_all_that_it_does_not_touch(edit: Edit) -> None:
    state = tree_state(
        role("R@platform", allow("/a")), role("T@o2"), *(assignment("ann", "R@platform", d) for d in ("c1", "o2", "c3"))
    )
    before, after = advanced(state, edit)
    for domain in ("platform", "o2", "c3", "g1", "c2"):
        assert after.shards.get(domain) is before.shards.get(domain)
        assert after.holders.get(domain) is before.holders.get(domain)
        assert compiled_at(after, domain) is compiled_at(before, domain)


@pytest.mark.parametrize(
    "edit",
    [
        update(clinic("c1"), clinic("c1", name="New")),
        update(organization("o1"), organization("o1", attributes=(("a", "b"),))),
    ],
)
def test_a_new_name_changes_nothing_that_is_decided_by(edit: Edit) -> None:
    before, after = advanced(tree_state(role("R@o1")), edit)
    assert (after.shards, after.tables, after.holders) == (before.shards, before.tables, before.holders)
    assert after.shards is before.shards
    assert after.tables is before.tables
    assert after.revision == before.revision + 1


def test_a_moved_group_takes_its_new_path_and_the_roles_on_it() -> None:
    state = tree_state(role("R@c1", allow("/a")), role("T@g1"), role("U@c2"))
    _, after = advanced(state, update(clinic("g1"), clinic("g1", "c1")))
    assert after.shards.get("c2") == Shard(("c2", "g1", "c1", "o1", "platform"), suspended=False, roles_at="c2")
    assert set(table(after, "c2")) == {ref("R@c1"), ref("T@g1"), ref("U@c2")}


def test_the_first_and_the_last_role_of_a_domain_change_whose_table_is_used() -> None:
    one = role("R@g1")
    _, made = advanced(tree_state(), create(one))
    _, gone = advanced(tree_state(one), delete(one))
    assert [s.shards.get("c2") for s in (made, gone)] == [
        Shard(("c2", "g1", "o1", "platform"), suspended=False, roles_at="g1"),
        Shard(("c2", "g1", "o1", "platform"), suspended=False, roles_at="platform"),
    ]


def test_several_changes_at_once_are_one_step() -> None:
    state = first = tree_state(role("R@platform"))
    changes = []
    for edits in (
        [create(clinic("c9", "c1"))],
        [create(role("S@c9")), create(assignment("ann", "S@c9", "c9"))],
        [update(clinic("c1"), clinic("c1", "g1"))],
    ):
        changes.append(change_of(state, *edits))
        state = applied(state, *edits)
    assert advance(build(first), state, changes) == build(state)


def test_a_domain_may_come_and_go_between_two_snapshots() -> None:
    state = first = tree_state()
    changes = []
    for edit in (create(clinic("c9")), create(role("S@c9")), delete(role("S@c9")), delete(clinic("c9"))):
        changes.append(change_of(state, edit))
        state = applied(state, edit)
    assert advance(build(first), state, changes) == build(state) == build(first)


def test_unverified_providers_hold_nothing_until_a_change_says_so() -> None:
    state = tree_state(role("R@platform", allow("/a")))
    pending = provider("dr.lee", "c1", "R@platform", verification=Verification.PENDING)
    assert build(applied(state, create(pending))).holders.get("c1") is None


# --- the mapping ----------------------------------------------------------------------------------------


def test_a_sharded_mapping_is_never_changed() -> None:
    before = Sharded({f"k{n}": n for n in range(100)})
    after = before.changed({"k1": 0, "k2": None, "new": 5, "absent": None})
    assert (before.get("k1"), before.get("k2"), before.get("new"), len(before)) == (1, 2, None, 100)
    assert (after.get("k1"), after.get("k2"), after.get("new"), len(after)) == (0, None, 5, 100)
    assert set(after) == {*(f"k{n}" for n in range(100) if n != 2), "new"}
    assert after != before
    assert before != {f"k{n}": n for n in range(100)}
    assert before.changed({}) is before


def test_a_sharded_mapping_grows_evenly_from_nothing() -> None:
    grown: Sharded[int] = Sharded({})
    for number in range(5_000):
        grown = grown.changed({f"k{number}": number})
    assert grown.to_dict() == {f"k{n}": n for n in range(5_000)}
    assert grown == Sharded(grown.to_dict())


def test_a_snapshot_without_tables_denies() -> None:
    state = tree_state(role("R@platform", allow("*")), assignment("ann", "R@platform", "c1"))
    asked = Question("ann", "c1", "/a", "read")
    assert decide(build(state), asked, 0)
    assert not decide(replace(build(state), tables=Sharded({})), asked, 0)


# --- costs ----------------------------------------------------------------------------------------------


def compiling(edit: Edit, clinics: int) -> Callable[[], Snapshot]:
    state = state_of(organization("o1"), role("R@platform", allow("/a")), *(clinic(f"c{n}") for n in range(10)))
    more: list[Record] = [clinic(f"c{n}") for n in range(10, clinics)]
    for record in more:
        state = place(state, Versioned(record, 1, 1, 1))
    change = change_of(state, edit)
    return partial(advance, build(state), apply_change(state, change, b""), [change])


def median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(50):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


@pytest.mark.parametrize(
    "edit",
    [create(role("S@c5", allow("/b"))), create(clinic("new", "c5")), create(assignment("ann", "R@platform", "c5"))],
    ids=["role", "clinic", "assignment"],
)
def test_a_change_in_one_clinic_costs_the_same_among_many(edit: Edit) -> None:
    few, many = compiling(edit, 10), compiling(edit, 5_000)
    ratios = [median(many) / median(few) for _ in range(5)]
    assert min(ratios) <= 5, ratios
