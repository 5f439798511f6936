"""What people did since stays, unless the lines changed or the import is told to overwrite it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from enterprise_policy.state.edits import create, delete, update
from enterprise_policy.values.windows import Window, parse_instant
from tests.support.policies import organization, provider
from tests.unit.imports.bringing import (
    ACME,
    LATER,
    MAPPING,
    PERSON,
    SOON,
    Bringing,
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


def test_an_assignment_that_people_ended_is_not_given_again(store: Bringing) -> None:
    store.bring(*ACME)
    store.by_hand(delete(ann(store)))

    report = store.bring(*ACME)

    assert fates(report)["assignment kept"] == 1
    assert (held(store), report.changes, told(report)) == ([], 0, [])


def test_an_assignment_that_people_shortened_stays_short(store: Bringing) -> None:
    store.bring(*ACME)
    store.by_hand(update(ann(store), replace(ann(store), window=Window(None, parse_instant(SOON)))))

    assert fates(store.bring(*ACME))["assignment kept"] == 1
    assert ann(store).window == Window(None, parse_instant(SOON))


def test_what_people_changed_and_the_line_too_is_told_and_stays(store: Bringing) -> None:
    store.bring(*ACME)
    store.by_hand(delete(ann(store)))

    report = store.bring(org(), site(), person("ann", holds(until=LATER)))

    assert held(store) == []
    assert told(report) == [
        (3, "", "it was changed since the last import (revision 3 by `bootstrap`), and so was the line")
    ]


def test_it_is_taken_when_the_import_is_told_to_overwrite(store: Bringing) -> None:
    store.bring(*ACME)
    store.by_hand(delete(ann(store)))

    report = store.bring(*ACME, overwrite=True)

    assert fates(report)["assignment created"] == 1
    assert fates(store.bring(org(), site(), person("ann", holds(until=LATER))))["assignment updated"] == 1


def test_a_record_that_is_there_and_never_came_from_here_stays(store: Bringing) -> None:
    store.by_hand(create(organization("acme", name="Acme & Daughters")))

    report = store.bring(org())

    assert told(report) == [(1, "", "it is there already and differs: revision 2 by `bootstrap`")]
    assert fates(store.bring(org(), overwrite=True)) == {"organization updated": 1}


def test_another_source_does_not_take_over_what_one_has_made(store: Bringing) -> None:
    store.bring(org())
    store.mapping_text = MAPPING.replace("crm", "crm2")

    report = store.bring(org(name="Other"))

    assert [reason.partition(":")[0] for *_, reason in told(report)] == ["it is there already and differs"]


def test_many_records_of_a_domain_are_judged_like_few(store: Bringing) -> None:
    people = [person(f"p{number}", holds(), number=number) for number in range(20)]
    store.bring(org(), site(), *people)
    all_held = [versioned.record for versioned in store.state.assignments]
    store.by_hand(*map(delete, all_held[::2]))

    report = store.bring(org(), site(), *people)

    assert fates(report) == {
        "assignment kept": 10,
        "assignment unchanged": 10,
        "clinic unchanged": 1,
        "organization unchanged": 1,
    }


def test_what_the_program_did_since_is_no_decision_of_people(store: Bringing) -> None:
    store.bring(*ACME)
    seen = replace(north(store), attributes=(("seen", "yes"),))
    store.by_hand(update(north(store), seen), author=replace(PERSON, actor="system:program"))

    assert fates(store.bring(site(name="Northern")))["clinic updated"] == 1


def test_what_comes_from_git_is_changed_there(store: Bringing) -> None:
    store.process.make(create(organization("acme", name="Acme", managed_by="git")), bundle="git")

    report = store.bring(org(name="Other"), overwrite=True)

    assert told(report) == [(1, "", "it comes from the bundle `git`, and is changed in its files")]


def test_what_people_ended_before_the_first_import_is_told_and_stays_ended(store: Bringing) -> None:
    store.bring(org(), site())
    lee = provider("lee", "north", "nurse@platform")
    store.by_hand(create(lee))
    store.by_hand(delete(lee))

    report = store.bring({"type": "doctor", "site": "north", "login": "lee", "roles": "nurse"})

    assert told(report) == [(1, "", "it was there and was ended: revision 4 by `bootstrap`")]
