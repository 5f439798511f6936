"""A right that appears, by every path on which one can; and what only looks like one."""

from __future__ import annotations

import dataclasses

import pytest

from enterprise_policy.decide.delta import Gain, gain_of
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.fold import apply_edit
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Record, Status
from enterprise_policy.values.windows import ALWAYS, Window
from tests.support.policies import allow, api_key, applied, assignment, clinic, deny, organization, provider, role
from tests.support.policies import tree_state as tree

NOW = 100

READER = role("reader@o1", allow("/charts/:id", "read"))
NOBODY_READS = role("mute@o1", deny("/charts/:id", "read"))
ANN_READS = assignment("ann", "reader@o1", "c1")


def gain(state: PolicyState, *edits: Edit, subject: str = "ann") -> Gain | None:
    """What the subject gains by a change of ``edits``; in itself it gains nothing."""
    after = applied(state, *edits)
    assert gain_of(subject, after, after, edits, NOW) is None
    return gain_of(subject, state, after, edits, NOW)


def reading(domain: str, resource: str = "/charts/:id", action: str = "read", at: int = NOW) -> Gain:
    return Gain(domain=domain, resource=resource, action=action, at=at)


# --- the paths --------------------------------------------------------------------------------------


def test_an_assignment_gives_its_role_to_its_subject_alone() -> None:
    state = tree(READER)
    assert gain(state, create(ANN_READS)) == reading("c1")
    assert gain(state, create(ANN_READS), subject="bob") is None


def test_an_assignment_gives_nothing_that_is_held_above() -> None:
    state = tree(READER, assignment("ann", "reader@o1", "o1"))
    assert gain(state, create(ANN_READS)) is None


def test_the_gain_is_told_in_the_highest_domain_and_at_the_first_instant() -> None:
    state = tree(READER)
    edits = [
        create(assignment("ann", "reader@o1", "c2", window=Window(None, 200))),
        create(assignment("ann", "reader@o1", "g1", window=Window(150, 300))),
        create(assignment("ann", "reader@o1", "g1", id="later", window=Window(400, None))),
    ]
    assert gain(state, *edits) == reading("g1", at=150)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (Window(None, 200), Window(None, 300), reading("c1", at=200)),
        (Window(None, 200), ALWAYS, reading("c1", at=200)),
        (Window(200, None), Window(150, None), reading("c1", at=150)),
        (Window(200, None), ALWAYS, reading("c1", at=NOW)),
        (Window(None, 50), Window(None, 101), reading("c1", at=NOW)),
        (Window(None, 300), Window(None, 200), None),
        (ALWAYS, Window(150, None), None),
        (Window(None, 50), Window(None, 100), None),
        (Window(50, 200), Window(20, 200), None),
    ],
)
def test_a_window_that_grows_from_now_on(old: Window, new: Window, told: Gain | None) -> None:
    held = dataclasses.replace(ANN_READS, window=old)
    assert gain(tree(READER, held), update(held, dataclasses.replace(held, window=new))) == told


def test_a_window_in_the_future_and_one_in_the_past() -> None:
    state = tree(READER)
    assert gain(state, create(dataclasses.replace(ANN_READS, window=Window(500, 600)))) == reading("c1", at=500)
    assert gain(state, create(dataclasses.replace(ANN_READS, window=Window(50, 100)))) is None


def test_a_role_edit_gives_to_those_who_hold_the_role() -> None:
    state = tree(READER, ANN_READS)
    wider = dataclasses.replace(READER, permissions=(*READER.permissions, allow("/notes", "read")))
    assert gain(state, update(READER, wider)) == reading("c1", "/notes")
    assert gain(state, update(READER, wider), subject="bob") is None


def test_an_edit_of_a_role_that_a_held_role_inherits() -> None:
    state = tree(READER, role("doctor@o1", inherits=["reader@o1"]), assignment("ann", "doctor@o1", "g1"))
    wider = dataclasses.replace(READER, permissions=(allow("/charts/*", "read"),))
    assert gain(state, update(READER, wider)) == reading("g1", "/charts/:any/*")


def test_inheritance_gives_what_the_inherited_role_holds() -> None:
    doctor = role("doctor@o1")
    state = tree(READER, doctor, assignment("ann", "doctor@o1", "c1"))
    assert gain(state, update(doctor, dataclasses.replace(doctor, inherits=(READER.ref,)))) == reading("c1")


def test_an_extension_gives_where_it_is_made_and_below() -> None:
    state = tree(READER, assignment("ann", "reader@o1", "o1"))
    extension = role("reader@g1", allow("/notes", "read"), extends="o1")
    assert gain(state, create(extension)) == reading("g1", "/notes")


def test_the_removal_of_a_deny_gives_what_it_denied() -> None:
    limited = dataclasses.replace(READER, permissions=(*READER.permissions, deny("/charts/7")))
    state = tree(limited, ANN_READS)
    assert gain(state, update(limited, READER)) == reading("c1", "/charts/7")


def test_the_deletion_of_an_assignment_whose_role_denies() -> None:
    muted = assignment("ann", "mute@o1", "o1")
    state = tree(READER, NOBODY_READS, ANN_READS, muted)
    assert gain(state, delete(muted)) == reading("c1")


def test_the_end_of_a_deny_comes_earlier() -> None:
    muted = assignment("ann", "mute@o1", "o1", window=Window(None, 400))
    state = tree(READER, NOBODY_READS, ANN_READS, muted)
    assert gain(state, update(muted, dataclasses.replace(muted, window=Window(None, 300)))) == reading("c1", at=300)


def test_a_move_brings_what_is_held_where_it_goes() -> None:
    moved = clinic("c1", "o1")
    state = tree(READER, assignment("ann", "reader@o1", "g1"))
    assert gain(state, update(moved, dataclasses.replace(moved, parent_id="g1"))) == reading("c1")


def test_a_move_leaves_a_deny_behind() -> None:
    moved = clinic("c2", "g1")
    state = tree(READER, NOBODY_READS, assignment("ann", "reader@o1", "o1"), assignment("ann", "mute@o1", "g1"))
    assert gain(state, update(moved, dataclasses.replace(moved, parent_id="o1"))) == reading("c2")


def test_a_move_that_gives_nothing() -> None:
    moved = clinic("c1", "o1")
    state = tree(READER, assignment("ann", "reader@o1", "o1"))
    assert gain(state, update(moved, dataclasses.replace(moved, parent_id="g1"))) is None


def test_what_moves_to_where_nothing_is_new_gains_what_is_held_there() -> None:
    described = role("local@g1", allow("/x"))
    state = tree(READER, described, assignment("ann", "reader@o1", "g1"))
    edits = (
        update(described, dataclasses.replace(described, description="known before")),
        update(clinic("c1", "o1"), clinic("c1", "g1")),
    )
    assert gain(state, *edits) == reading("c1")


def test_a_clinic_made_again_elsewhere_has_moved() -> None:
    state = tree(READER, assignment("ann", "reader@o1", "g1"))
    edits = (delete(clinic("c1", "o1")), create(clinic("c1", "g1")))
    after = state
    for edit in edits:
        after = apply_edit(after, edit, revision=2, at=0)
    assert gain_of("ann", state, after, edits, NOW) == reading("c1")


def test_a_provider_record_gives_its_roles_to_the_provider() -> None:
    state = tree(READER)
    record = provider("ann", "c1", "reader@o1")
    assert gain(state, create(record)) == reading("c1")
    assert gain(state, create(record), subject="bob") is None


def test_a_provider_counts_as_verified_on_both_sides() -> None:
    pending = provider("ann", "c1", "reader@o1", verification=Verification.PENDING)
    known = dataclasses.replace(pending, verification=Verification.VERIFIED)
    assert gain(tree(READER), create(pending)) == reading("c1")
    assert gain(tree(READER, pending), update(pending, known)) is None


def test_nothing_counts_as_suspended() -> None:
    closed = organization("o3", status=Status.SUSPENDED)
    opened = dataclasses.replace(closed, status=Status.ACTIVE)
    everything = role("all@platform", allow("*"))
    state = tree(everything, closed, assignment("ann", "all@platform", "o3"))
    assert gain(state, update(closed, opened)) is None
    given = assignment("bob", "all@platform", "o3")
    assert gain(state, create(given), subject="bob") == reading("o3", "*", "*")


# --- a domain that the change creates ----------------------------------------------------------------


def test_what_holds_above_a_new_domain_is_no_gain_there() -> None:
    state = tree(READER, assignment("ann", "reader@o1", "g1"))
    below = (create(clinic("new", "c2")), create(clinic("newer", "new")))
    assert gain(state, *below, create(assignment("ann", "reader@o1", "newer"))) is None


@pytest.mark.parametrize("parent", ["c1", "o1"])
def test_what_does_not_hold_above_a_new_domain_is_a_gain(parent: str) -> None:
    state = tree(READER, assignment("ann", "reader@o1", "g1"))
    edits = (create(clinic("new", parent)), create(assignment("ann", "reader@o1", "new")))
    assert gain(state, *edits) == reading("new")


def test_a_new_organization_is_compared_with_the_platform() -> None:
    made = role("local@o3", allow("/x"))
    edits = (create(organization("o3")), create(made), create(assignment("ann", "local@o3", "o3")))
    everything = role("all@platform", allow("*"))
    assert gain(tree(), *edits) == reading("o3", "/x", "*")
    assert gain(tree(everything, assignment("ann", "all@platform", "platform")), *edits) is None


def test_a_deny_that_a_new_domain_has_takes_nothing_from_the_comparison() -> None:
    state = tree(READER, assignment("ann", "reader@o1", "c1"))
    muted = role("reader@new", deny("/charts/*"), extends="o1")
    edits = (create(clinic("new", "c1")), create(muted))
    assert gain(state, *edits) is None


# --- what gives nothing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "record",
    [organization("o9"), clinic("c9", "c1"), role("other@c1", allow("*")), api_key("k1", "c1")],
    ids=["organization", "clinic", "role", "key"],
)
def test_a_new_record_that_gives_the_subject_nothing(record: Record) -> None:
    assert gain(tree(READER, ANN_READS), create(record)) is None


def test_what_is_lost_is_no_gain() -> None:
    state = tree(READER, ANN_READS)
    assert gain(state, delete(ANN_READS)) is None
    assert gain(state, update(READER, dataclasses.replace(READER, permissions=()))) is None


def test_a_deleted_domain_gives_nothing() -> None:
    assert gain(tree(READER, assignment("ann", "reader@o1", "o1")), delete(clinic("c1"))) is None


def test_the_same_role_by_another_way_is_no_gain() -> None:
    state = tree(READER, ANN_READS)
    again = assignment("ann", "copy@c1", "c1")
    copy = role("copy@c1", allow("/charts/:other", "read"))
    assert gain(state, create(copy), create(again), delete(ANN_READS)) is None


def test_a_right_to_manage_is_a_right_too() -> None:
    auditor = role(
        "auditor@platform",
        allow("/management/*", "read"),
        built_in=True,
        description="Reads everything that is managed, and its history.",
    )
    state = tree(auditor)
    given = create(assignment("ann", "auditor@platform", "c1"))
    assert gain(state, given) == reading("c1", "/management/*")
