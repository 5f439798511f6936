from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.state.assignment import Source
from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.state.provider_assignment import ProviderAssignment, Verification
from enterprise_policy.values.windows import Window
from enterprise_service.bundles.draft import Load
from enterprise_service.bundles.faults import PolicyFilesError, render
from tests.support.policies import applied, assignment, organization, role
from tests.unit.bundles.loading import ACME, GIT, NOW, NURSE, empty, loaded, planned, records, told

FULL = (
    "kind: role\nid: dentist\ninherits: [nurse]\n",
    NURSE,
    ACME
    + """\
clinics:
  - {id: north, name: North, parent: group}
  - {id: group, name: Group}
roles:
  - {id: dentist, extends: platform, domain: group, inherits: [helper]}
  - {id: helper}
providers:
  - {provider: lee, clinic: north, roles: [dentist, helper]}
assignments:
  - {subject: ann, role: nurse, domain: north, starts_at: 2026-01-01T00:00:00Z, reason: New}
  - {subject: ann, role: organization-admin, domain: acme}
""",
)


def test_everything_is_made_in_an_order_that_holds_at_each_step() -> None:
    assert told(planned(empty(), *FULL).edits) == [
        "create organization acme",
        "create clinic group",
        "create role nurse",
        "create role helper",
        "create assignment ann",
        "create clinic north",
        "create role dentist",
        "create role dentist",
        "create provider_assignment lee",
        "create assignment ann",
    ]


def test_a_load_that_changes_nothing_has_no_edits() -> None:
    state = loaded(empty(), *FULL)

    assert planned(state, *FULL).edits == ()
    assert planned(state, *reversed(FULL)).edits == ()


def test_records_say_whose_they_are_and_who_loaded_them() -> None:
    made = [record for record in records(loaded(empty(), *FULL)).values() if not getattr(record, "built_in", False)]

    assert {record.managed_by for record in made} == {"git"}
    held = loaded(empty(), *FULL).assignments_of("ann", "north")
    assert [(one.source, one.created_by, one.reason) for one in held] == [(Source.BUNDLE, "ci", "New")]


def test_only_what_differs_is_changed_and_what_is_no_longer_there_goes() -> None:
    state = loaded(empty(), *FULL)
    tenant = FULL[2].replace("name: North", "name: Northern").replace("  - {id: helper}\n", "")
    tenant = tenant.replace(", inherits: [helper]", "").replace("[dentist, helper]", "[dentist]")

    assert told(planned(state, FULL[0], FULL[1], tenant).edits) == [
        "update clinic north",
        "update role dentist",
        "update provider_assignment lee",
        "delete role helper",
    ]


def test_nothing_is_left_of_a_bundle_that_becomes_another() -> None:
    state = loaded(loaded(empty(), *FULL), NURSE)

    assert records(state).keys() - records(empty()).keys() == {("role", "platform", "nurse")}


def test_a_new_end_of_a_window_changes_the_assignment_in_place_and_a_new_start_makes_another() -> None:
    state = loaded(empty(), *FULL)

    def edits(window: str) -> list[str]:
        return told(planned(state, *FULL[:2], FULL[2].replace("starts_at: 2026-01-01T00:00:00Z", window)).edits)

    assert edits("starts_at: 2026-01-01T00:00:00Z, ends_at: 2027-01-01T00:00:00Z") == ["update assignment ann"]
    assert edits("starts_at: 2025-01-01T00:00:00Z") == ["delete assignment ann", "create assignment ann"]


def test_a_record_of_nobody_that_says_the_same_is_taken_over() -> None:
    state = applied(empty(), create(role("nurse@platform")))
    (edit,) = planned(state, NURSE).edits

    assert edit == update(role("nurse@platform"), role("nurse@platform", managed_by="git"))


@pytest.mark.parametrize(
    ("managed_by", "whose"), [(None, "wasn't made from files"), ("other", "comes from the bundle `other`")]
)
def test_a_record_that_is_not_the_bundles_is_never_overwritten(managed_by: str | None, whose: str) -> None:
    state = applied(empty(), create(role("nurse@platform", description="Mine", managed_by=managed_by)))

    with pytest.raises(PolicyFilesError) as refused:
        planned(state, NURSE)

    assert [fault.detail for fault in refused.value.file_faults] == [
        f"the role `nurse` at `platform` is there already and {whose}"
    ]


def test_records_of_others_are_never_deleted() -> None:
    state = applied(empty(), create(organization("o1")), create(role("r@o1", managed_by="other")))

    assert told(planned(state, NURSE).edits) == ["create role nurse"]


def test_what_is_known_of_a_provider_and_who_made_a_record_first_stays() -> None:
    state = loaded(empty(), *FULL)
    (stored,) = state.providers
    verified = replace(stored.record, verification=Verification.VERIFIED)
    state = applied(state, update(stored.record, verified))
    again = planned(
        state, *FULL[:2], FULL[2].replace("[dentist, helper]", "[helper]"), load=Load(actor="x", managed_by="git")
    )

    (edit,) = again.edits
    assert isinstance(edit.after, ProviderAssignment)
    assert (edit.after.verification, edit.after.created_by) == (Verification.VERIFIED, "ci")


def test_what_people_ended_stays_ended() -> None:
    state = loaded(empty(), *FULL)
    (held,) = state.assignments_of("ann", "north")
    load = replace(GIT, ended=lambda record: record == held)

    again = planned(applied(state, delete(held)), *FULL, load=load)

    assert again.edits == ()
    (drift,) = again.drift
    assert drift.detail == "the assignment of `nurse` to `ann` at `north` was ended or shortened since"


def test_a_role_that_becomes_an_extension_is_made_anew() -> None:
    own = ACME + "roles: [{id: nurse}]\nassignments: [{subject: ann, role: nurse, domain: acme}]\n"
    state = loaded(empty(), NURSE, own)

    edits = planned(state, NURSE, own.replace("{id: nurse}", "{id: nurse, extends: platform}")).edits

    assert told(edits) == [
        "delete assignment ann",
        "delete role nurse",
        "create role nurse",
        "create assignment ann",
    ]


def test_a_clinic_moves_with_a_provider_whose_role_is_made_where_it_was() -> None:
    before = (
        ACME
        + """\
clinics: [{id: g1, name: G1}, {id: g2, name: G2}, {id: c1, name: C1, parent: g1}]
roles: [{id: r, domain: g1}, {id: r, domain: g2}]
providers: [{provider: lee, clinic: c1, roles: [r]}]
"""
    )
    edits = planned(loaded(empty(), before), before.replace("parent: g1", "parent: g2")).edits

    assert told(edits) == [
        "delete provider_assignment lee",
        "update clinic c1",
        "create provider_assignment lee",
    ]


def test_ended_assignments_of_people_go_with_the_role() -> None:
    state = loaded(empty(), NURSE, ACME)
    ended = assignment("bob", "nurse@platform", "acme", window=Window(None, NOW))
    state = applied(state, create(ended))

    assert told(planned(state, ACME).edits) == ["delete assignment bob", "delete role nurse"]


def test_what_people_still_use_is_not_deleted_and_the_bundle_is_named() -> None:
    state = applied(loaded(empty(), NURSE, ACME), create(assignment("bob", "nurse@platform", "acme")))

    with pytest.raises(PolicyFilesError) as refused:
        planned(state, ACME)

    (fault,) = refused.value.file_faults
    assert render(fault, "") == (
        "git:1:1: the role `nurse` at `platform` isn't in the files any more and can't be deleted: "
        "role `nurse` is in use: assignment `bob.nurse.platform` of `bob` in `acme`"
    )


def test_the_id_of_a_domain_that_was_deleted_is_refused_for_good() -> None:
    state = loaded(loaded(empty(), NURSE, ACME), NURSE)

    with pytest.raises(PolicyFilesError) as refused:
        planned(state, ACME)

    (fault,) = refused.value.file_faults
    assert (fault.line, fault.column) == (2, 20)
    assert fault.detail == "domain `acme` has existed, and its id is never used again"


def test_files_can_build_on_what_is_in_the_store_already() -> None:
    state = loaded(empty(), NURSE, load=Load(actor="ci", managed_by="roles"))
    tenant = ACME + "assignments: [{subject: ann, role: nurse, domain: acme}]\n"

    assert told(planned(state, tenant).edits) == ["create organization acme", "create assignment ann"]


def test_a_file_can_not_refer_to_what_the_same_load_deletes() -> None:
    state = loaded(empty(), NURSE, ACME)
    tenant = ACME + "assignments: [{subject: ann, role: nurse, domain: acme}]\n"

    with pytest.raises(PolicyFilesError, match="unknown role `nurse`"):
        planned(state, tenant)


def test_a_clinic_can_not_go_over_to_another_organization() -> None:
    other = ACME.replace("acme", "other")
    clinics = "clinics: [{id: c1, name: C1}]\n"
    state = loaded(empty(), ACME + clinics, other)

    with pytest.raises(PolicyFilesError, match="`organization_id` can't change"):
        planned(state, ACME, other + clinics)
