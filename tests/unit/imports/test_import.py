"""What lines make of a store, at first and again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.state.change import decode_change
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.edits import create, update
from enterprise_policy.state.provider_assignment import Verification
from enterprise_policy.state.record import Status
from enterprise_policy.values.windows import Window, parse_instant
from enterprise_service.ports.change_log import LogEntry
from tests.support.policies import clinic, ref, role
from tests.unit.imports.bringing import (
    ACME,
    MAPPING,
    PERSON,
    SOON,
    Bringing,
    Row,
    ann,
    fates,
    held,
    holds,
    north,
    org,
    person,
    site,
    told,
)


@pytest.fixture
def store() -> Bringing:
    return Bringing()


def entries(store: Bringing) -> list[LogEntry]:
    return list(store.process.log.read(0, 1000))


# --- what is made -------------------------------------------------------------------------------------------------


def test_an_organization_comes_with_all_that_is_in_it_as_one_change(store: Bringing) -> None:
    doctor = {"type": "doctor", "site": "north", "login": "lee", "roles": ["dentist", "x", "nurse"], "until": SOON}
    report = store.bring(person("ann", holds(until=SOON, why="New")), doctor, site(address={"city": "Kiel"}), org())

    assert fates(report) == {
        "assignment created": 1,
        "clinic created": 1,
        "organization created": 1,
        "provider_assignment created": 1,
    }
    assert (told(report), report.changes, len(entries(store))) == ([], 1, 2)
    change = decode_change(entries(store)[-1].body)
    assert (change.actor, change.reason, change.bundle) == ("system:local", "import crm", None)
    assert store.state.clinic("north") == clinic(
        "north", "acme", organization_id="acme", attributes=(("city", "Kiel"),)
    )
    assert ann(store).window == Window(None, parse_instant(SOON))
    (lee,) = store.state.providers.items("north")
    assert lee.record.roles == (ref("dentist@platform"), ref("nurse@platform"))


def test_each_organization_is_a_change_of_its_own(store: Bringing) -> None:
    report = store.bring(org("acme"), org("beta"), site("n"), site("m", org="beta"))

    assert report.changes == 2
    changes = [decode_change(entry.body) for entry in entries(store)[1:]]
    assert [[edit.record.id for edit in change.edits] for change in changes] == [["acme", "n"], ["beta", "m"]]


def test_clinics_are_made_in_any_order_of_their_lines(store: Bringing) -> None:
    report = store.bring(site("c", group="b"), site("b", group="a"), site("a"), org())

    assert told(report) == []
    assert store.state.tree.path("c") == ("c", "b", "a", "acme", "platform")


def test_the_status_is_translated_and_has_a_default(store: Bringing) -> None:
    store.bring(org("a", state="S"), org("b", state="A"), org("c"))

    statuses = [found.status for name in "abc" if (found := store.state.organization(name)) is not None]
    assert statuses == [Status.SUSPENDED, Status.ACTIVE, Status.ACTIVE]


def test_the_nearest_role_of_a_name_is_meant(store: Bringing) -> None:
    store.bring(org(), site())
    store.process.make(create(role("nurse@acme")))
    store.bring(person("ann", holds()))

    assert ann(store).role == ref("nurse@acme")


def test_a_role_can_be_named_with_the_domain_that_made_it(store: Bringing) -> None:
    store.mapping_text = MAPPING.replace("role: .role", "role: .role, role_domain: .by")
    store.bring(org(), site())
    store.process.make(create(role("nurse@acme")))
    store.bring(person("ann", holds(by="platform")))

    assert ann(store).role == ref("nurse@platform")


def test_a_provider_changes_in_place_and_stays_verified(store: Bringing) -> None:
    row = {"type": "doctor", "site": "north", "login": "lee", "roles": "nurse"}
    store.bring(org(), site(), row)
    (lee,) = store.state.providers.items("north")
    verified = replace(lee.record, verification=Verification.VERIFIED)
    store.by_hand(update(lee.record, verified), author=replace(PERSON, actor="system:program"))

    report = store.bring(row | {"roles": ["nurse", "dentist"], "until": SOON})

    (lee,) = store.state.providers.items("north")
    assert fates(report) == {"provider_assignment updated": 1}
    assert (lee.record.verification, len(lee.record.roles)) == (Verification.VERIFIED, 2)


def test_roles_at_the_platform_can_be_given_too(store: Bringing) -> None:
    store.bring(person("ann", holds("auditor-of-all", at="platform")), person("bob", holds(at="platform"), number=2))

    assert held(store, "bob", "platform") == [("nurse", None)]


def test_the_same_on_two_lines_is_taken_once(store: Bringing) -> None:
    report = store.bring(org(), site(), org(), person("ann", holds(), holds()))

    assert (report.repeated, told(report)) == (2, [])


def test_a_record_can_be_for_some_items_of_a_list_only(store: Bringing) -> None:
    store.mapping_text = MAPPING.replace("when: {type: person}", "when: {type: person, .role: [nurse, dentist]}")

    report = store.bring(org(), site(), person("ann", holds(), holds("janitor", n=2), holds("dentist", n=3)))

    assert (told(report), report.skipped) == ([], 0)
    assert sorted(held(store)) == [("dentist", None), ("nurse", None)]


def test_what_is_to_be_skipped_is_only_counted(store: Bringing) -> None:
    report = store.bring(org(), site(gone={"$date": "2020-01-01T00:00:00Z"}), site("south", gone=""))

    assert (report.skipped, told(report)) == (1, [])
    assert [found.record.id for found in store.state.clinics] == ["south"]


# --- again ----------------------------------------------------------------------------------------------------------


def test_running_again_changes_nothing(store: Bringing) -> None:
    store.bring(*ACME)
    before = encode_state(store.state)

    report = store.bring(*ACME)

    assert fates(report) == {"assignment unchanged": 1, "clinic unchanged": 1, "organization unchanged": 1}
    assert (report.changes, encode_state(store.state)) == (0, before)


def test_a_line_that_changed_changes_what_it_made(store: Bringing) -> None:
    store.bring(*ACME)
    renamed = (org(), site(), person("ann", holds(until=SOON)))
    assert fates(store.bring(*renamed))["assignment updated"] == 1

    report = store.bring(renamed[0], site(name="Northern"), renamed[2])

    assert fates(report) == {"assignment unchanged": 1, "clinic updated": 1, "organization unchanged": 1}


@pytest.mark.parametrize(
    "changed",
    [person("ann", holds("dentist")), person("ann", holds(at="south")), person("bea", holds())],
    ids=["role", "domain", "subject"],
)
def test_what_a_line_gave_before_goes_when_it_gives_something_else(store: Bringing, changed: Row) -> None:
    store.bring(*ACME, site("south"))

    report = store.bring(changed)

    assert (fates(report), told(report)) == ({"assignment updated": 1}, [])
    (only,) = [versioned.record for versioned in store.state.assignments]
    assert (only.subject, only.role.id, only.domain) != ("ann", "nurse", "north")
    assert fates(store.bring(changed)) == {"assignment unchanged": 1}


def test_without_an_id_the_same_assignment_is_known_by_what_it_gives() -> None:
    store = Bringing(mapping_text=MAPPING.replace('id: {text: "{_id}-{.n}"}, ', ""))
    store.bring(*ACME)

    report = store.bring(person("ann", holds(until=SOON), number=99))

    assert fates(report) == {"assignment updated": 1}


def test_fields_that_the_mapping_does_not_give_stay(store: Bringing) -> None:
    store.bring(*ACME)
    store.by_hand(update(north(store), replace(north(store), status=Status.SUSPENDED, attributes=(("phone", "1"),))))

    report = store.bring(org(), site(address={"city": "Kiel"}), person("ann", holds()), overwrite=True)

    assert fates(report)["clinic updated"] == 1
    assert (north(store).status, north(store).attributes) == (Status.SUSPENDED, (("city", "Kiel"), ("phone", "1")))


def test_a_clinic_moves_with_its_line_and_back_to_its_organization(store: Bringing) -> None:
    store.bring(org(), site("g"), site("north", group="g"))
    assert store.state.tree.parent("north") == "g"

    store.bring(org(), site("g", group="north"), site("north"))

    assert (store.state.tree.parent("north"), store.state.tree.parent("g")) == ("acme", "north")


# --- trying ---------------------------------------------------------------------------------------------------------


def test_a_rehearsal_tells_what_an_import_would_and_writes_nothing(store: Bringing) -> None:
    rows = (*ACME, org("beta"), site("north", org="beta"), person("bob", holds("nobody"), number=2))
    before = encode_state(store.state)

    tried = store.rehearse(*rows)

    assert encode_state(store.state) == before
    done = store.bring(*rows)
    assert (fates(tried), told(tried), tried.changes) == (fates(done), told(done), done.changes)
