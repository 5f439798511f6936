from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.state.assignment import Source
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Status
from enterprise_service.bundles.faults import PolicyFilesError
from tests.support.policies import applied, assignment
from tests.unit.bundles.loading import ACME, NURSE, SAMPLES, empty, loaded, planned, records, told

TENANT = (
    ACME
    + """\
clinics: [{id: north, name: North}]
roles: [{id: helper, domain: north}]
providers: [{provider: lee, clinic: north, roles: [helper]}]
assignments:
  - {subject: ann, role: nurse, domain: acme}
  - {subject: bob, role: helper, domain: north}
"""
)


@pytest.fixture
def state() -> PolicyState:
    """A store with the samples."""
    return loaded(empty(), NURSE, TENANT, load=SAMPLES)


def test_samples_are_records_of_nobody(state: PolicyState) -> None:
    assert {record.managed_by for record in records(state).values()} == {None}
    (held,) = state.assignments_of("ann", "acme")
    assert (held.source, held.created_by) == (Source.DIRECT, "operator")


def test_loading_samples_again_changes_nothing(state: PolicyState) -> None:
    again = planned(state, NURSE, TENANT, load=SAMPLES)

    assert (again.edits, again.skipped) == ((), ())


def test_what_people_changed_stays_and_is_told(state: PolicyState) -> None:
    acme = state.organization("acme")
    assert acme is not None
    changed = applied(state, update(acme, replace(acme, status=Status.SUSPENDED)))

    again = planned(changed, NURSE, TENANT, load=SAMPLES)

    assert again.edits == ()
    assert [(fault.where, fault.detail) for fault in again.skipped] == [
        ("1.yaml:2:20", "the organization `acme` is there already and differs")
    ]


def test_what_people_added_stays(state: PolicyState) -> None:
    added = applied(state, create(assignment("eve", "nurse@platform", "acme")))

    assert planned(added, NURSE, TENANT, load=SAMPLES).edits == ()


def test_samples_that_are_no_longer_there_are_not_deleted(state: PolicyState) -> None:
    assert planned(state, NURSE, load=SAMPLES).edits == ()


def test_a_domain_that_people_deleted_is_not_made_again_nor_what_was_in_it(state: PolicyState) -> None:
    gone = [record for (_, home, _), record in records(state).items() if home == "north"]
    order = [record for record in gone if getattr(record, "source", None) is not Source.PROVIDER]
    order.sort(key=lambda record: record.KIND.value == "role")
    clinic = state.clinic("north")
    assert clinic is not None
    deleted = applied(state, *map(delete, [*order, clinic]))

    again = planned(deleted, NURSE, TENANT, load=SAMPLES)

    assert again.edits == ()
    assert [fault.detail for fault in again.skipped] == ["domain `north` has existed, and its id is never used again"]


def test_an_assignment_that_people_ended_is_not_made_again_when_that_is_known(state: PolicyState) -> None:
    (held,) = state.assignments_of("ann", "acme")
    ended = applied(state, delete(held))
    known = replace(SAMPLES, ended=lambda record: record == held)

    assert told(planned(ended, NURSE, TENANT, load=SAMPLES).edits) == ["create assignment ann"]
    again = planned(ended, NURSE, TENANT, load=known)
    assert again.edits == ()
    assert [fault.where for fault in again.skipped] == ["1.yaml:7:15"]


def test_an_assignment_that_people_gave_meanwhile_is_not_given_twice(state: PolicyState) -> None:
    (held,) = state.assignments_of("ann", "acme")
    given = applied(state, delete(held), create(replace(held, id="by-hand")))

    again = planned(given, NURSE, TENANT, load=SAMPLES)

    assert again.edits == ()
    assert "assignment `by-hand`" in again.skipped[0].detail


def test_samples_beside_a_managed_bundle_that_has_the_same_change_nothing(state: PolicyState) -> None:
    managed = loaded(empty(), NURSE, TENANT)

    assert planned(managed, NURSE, TENANT, load=SAMPLES).edits == ()


def test_a_faulty_sample_is_refused_like_any_other() -> None:
    with pytest.raises(PolicyFilesError, match="unknown role `nurse`"):
        planned(empty(), TENANT, load=SAMPLES)


def test_roles_that_inherit_each_other_are_refused_in_samples_too() -> None:
    roles = ("kind: role\nid: a\ninherits: [b]\n", "kind: role\nid: b\ninherits: [a]\n")

    with pytest.raises(PolicyFilesError, match="inherit themselves"):
        planned(empty(), *roles, load=SAMPLES)
