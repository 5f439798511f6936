"""A state and a change give the next state, at the cost of the change."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from enterprise_policy.decide.compile import advance, build
from enterprise_policy.errors import ChainBrokenError
from enterprise_policy.state.catalogue import Catalogue
from enterprise_policy.state.change import Change
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.fold import apply_change, place
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.record import Record, Versioned
from tests.support.policies import (
    LOG_ID,
    allow,
    api_key,
    applied,
    assignment,
    change_of,
    clinic,
    organization,
    provider,
    role,
    state_of,
    tree_state,
)

O1 = organization("o1")


def test_a_change_moves_the_state_to_its_revision() -> None:
    state = empty_state(LOG_ID)
    after = apply_change(state, change_of(state, create(O1), at=7), b"mac")
    assert (after.position.log_id, after.revision, after.position.chain, after.at) == (LOG_ID, 1, b"mac", 7)
    assert after.organization("o1") == O1
    assert state == empty_state(LOG_ID)


@pytest.mark.parametrize("more", [{"revision": 2}, {"revision": 4}, {"log_id": "other"}])
def test_a_change_that_does_not_come_next_is_refused(more: dict[str, object]) -> None:
    state = applied(applied(empty_state(LOG_ID), create(O1)), create(organization("o2")))
    with pytest.raises(ChainBrokenError, match="doesn't follow revision 2") as broken:
        apply_change(state, change_of(state, create(organization("o3")), **more), b"")
    assert broken.value.revision == 3


@pytest.mark.parametrize(
    "edit",
    [
        create(O1),
        update(replace(O1, name="Old"), replace(O1, name="New")),
        delete(replace(O1, name="Old")),
        delete(organization("o9")),
        update(organization("o9"), organization("o9", name="New")),
    ],
)
def test_an_edit_that_does_not_meet_its_record_is_refused(edit: Edit) -> None:
    state = state_of(O1)
    with pytest.raises(ChainBrokenError, match="doesn't meet its record") as broken:
        apply_change(state, change_of(state, edit), b"")
    assert broken.value.revision == 2


def test_a_record_keeps_the_moment_it_was_made() -> None:
    state = applied(state_of(O1), update(O1, replace(O1, name="One")), at=50)
    found = state.organizations.get("platform", "o1")
    assert found is not None
    assert (found.revision, found.created_at, found.updated_at) == (2, 1, 50)


@pytest.mark.parametrize(
    "record",
    [
        role("S@c1", allow("/a"), inherits=["R@platform"]),
        role("R@c1", extends="platform"),
        assignment("ann", "R@platform", "c1"),
        provider("dr.lee", "c1", "R@platform"),
        Catalogue(resources=()),
        api_key("k1", "c1"),
        api_key("k1", "platform", created_by="key:k0"),
    ],
)
def test_what_is_made_and_deleted_leaves_no_trace(record: Record) -> None:
    before = tree_state(role("R@platform"))
    after = applied(applied(before, create(record)), delete(record))
    assert replace(after, position=before.position, at=before.at, remembered=before.remembered) == before


def test_a_deleted_domain_leaves_only_its_name() -> None:
    before = tree_state()
    after = applied(applied(before, create(clinic("c9", "c1"))), delete(clinic("c9", "c1")))
    assert dict(after.retired.items()) == {"c9": 3}
    assert (
        replace(after, position=before.position, at=before.at, remembered=before.remembered, retired=before.retired)
        == before
    )


def test_a_record_may_be_placed_over_another_of_its_name() -> None:
    state = tree_state(role("R@platform"), role("S@platform"))
    for record, other in (
        (assignment("ann", "R@platform", "c1", id="a1"), assignment("bob", "S@platform", "c1", id="a1")),
        (provider("dr.lee", "c1", "R@platform"), provider("dr.lee", "c1", "S@platform")),
        (role("T@c1", inherits=["R@platform"]), role("T@c1", inherits=["S@platform"])),
        (api_key("k1", "c1"), api_key("k1", "c2", created_by="key:k0")),
    ):
        twice = place(place(state, Versioned(record, 2, 2, 2)), Versioned(other, 2, 2, 2))
        assert twice == place(state, Versioned(other, 2, 2, 2))


def test_keys_are_found_by_domain_and_by_maker() -> None:
    k1 = api_key("k1", "c1")
    state = tree_state(k1, api_key("k2", "c1", created_by="key:k1"), api_key("k3", "o1", created_by="key:k1"))
    assert {domain: set(keys) for domain, keys in state.keys_in.items()} == {"c1": {"k1", "k2"}, "o1": {"k3"}}
    assert {actor: set(keys) for actor, keys in state.keys_by.items()} == {"root": {"k1"}, "key:k1": {"k2", "k3"}}
    after = applied(state, update(k1, replace(k1, name="new")))
    assert (after.keys_in, after.keys_by) == (state.keys_in, state.keys_by)


# --- costs ----------------------------------------------------------------------------------------------


def with_assignments(count: int) -> PolicyState:
    """A state of so many assignments, ten to a subject, each subject in one of so many clinics."""
    clinics = max(count // 100, 1)
    state = state_of(
        organization("o1"),
        role("R@platform", allow("/a")),
        *(role(f"R{n}@o1") for n in range(10)),
        *(clinic(f"c{n}") for n in range(clinics)),
    )
    for number in range(count):
        held = assignment(f"s{number // 10}", f"R{number % 10}@o1", f"c{number // 10 % clinics}")
        state = place(state, Versioned(held, 1, 1, 1))
    return state


def median(work: Callable[[], object], times: int = 200) -> float:
    def took() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return statistics.median(took() for _ in range(times))


@pytest.fixture(scope="module")
def small_and_large() -> tuple[PolicyState, PolicyState]:
    return with_assignments(1_000), with_assignments(100_000)


def folding(state: PolicyState) -> Callable[[], object]:
    change = one_edit(state)
    return lambda: apply_change(state, change, b"")


def compiling(state: PolicyState) -> Callable[[], object]:
    change = one_edit(state)
    snapshot, after = build(state), apply_change(state, change, b"")
    return lambda: advance(snapshot, after, [change])


def one_edit(state: PolicyState) -> Change:
    return change_of(state, create(assignment("new", "R@platform", "c5")))


@pytest.mark.parametrize("work", [folding, compiling])
def test_a_change_costs_its_own_size(
    small_and_large: tuple[PolicyState, PolicyState], work: Callable[[PolicyState], Callable[[], object]]
) -> None:
    small, large = map(work, small_and_large)
    # In turns, so that a busy moment of the machine falls on both.
    ratios = [median(large) / median(small) for _ in range(5)]
    assert min(ratios) <= 5, ratios
