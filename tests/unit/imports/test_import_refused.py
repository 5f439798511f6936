"""What can't be taken is told by its line, field and reason, and the rest is taken."""

from __future__ import annotations

import pytest

from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import create, delete
from enterprise_policy.values.names import id_fault
from tests.support.logs import away
from tests.support.policies import assignment
from tests.unit.imports.bringing import LATER, SOON, Bringing, Row, fates, held, holds, north, org, person, site, told


@pytest.fixture
def store() -> Bringing:
    return Bringing()


REFUSED: list[tuple[Row, str, str]] = [
    ("{", "", "no JSON, at column 2"),
    ({"type": "thing"}, "", "the mapping has no record for this line"),
    ({"type": {"a": "b"}}, "", "`type` is no text; name what is in it"),
    (org("a b"), "id", f"`a b` {id_fault('a b')}"),
    (org("o2", name=""), "name", "there is nothing"),
    (org("o2", name=["a", "b"]), "name", "2 values, expected one"),
    (org("o2", name="a\nb"), "name", "`a\\nb` must not hold control characters or lone surrogates"),
    (org("o2", state="Q"), "status", "`Q` isn't in the mapping's `map`"),
    (org("north"), "", "rows.jsonl:2 says it otherwise"),
    (org("platform"), "id", "domain `platform` exists"),
    (site("x", org="nobody"), "organization_id", "there is no organization `nobody`"),
    (site("x", group="nobody"), "parent_id", "there is no clinic `nobody` in organization `acme`"),
    (site("x", group="x"), "parent_id", "it would lie below itself"),
    (person("bob", holds("nobody")), "role", "there is no role `nobody` made at `north` or above"),
    (person("bob", holds(at="nobody")), "domain", "there is no organization or clinic `nobody`"),
    (
        person("key:1", holds()),
        "subject",
        "`key:1` is reserved: it begins with `role:`, `key:` or `system:`, or is `bootstrap`",
    ),
    (person("bob", holds(until="soon")), "ends_at", "`soon` must be a time in UTC such as `2026-01-31T08:00:00Z`"),
    (person("bob", holds(why="x" * 501)), "reason", f"`{'x' * 80}…` must have at most 500 characters"),
    ({"type": "doctor", "site": "acme", "login": "lee", "roles": "nurse"}, "clinic_id", "there is no clinic `acme`"),
    ({"type": "doctor", "site": "north", "login": "lee"}, "roles", "there is nothing"),
    (
        {"type": "doctor", "site": "north", "login": "lee", "roles": {"a": 1}},
        "roles",
        "`roles` is no text; name what is in it",
    ),
    (person("bob", holds(since=LATER, until=SOON)), "ends_at", f"`{SOON}` must be after `starts_at`"),
    ({"type": "doctor", "site": "north", "login": "lee", "roles": ["x"]}, "roles", "there is nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "field", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_a_line_that_can_not_be_taken_is_told_and_the_rest_is_taken(
    store: Bringing, row: Row, field: str, reason: str
) -> None:
    report = store.bring(org(), site(), row, person("zoe", holds(), number=2))

    assert told(report) == [(3, field, reason)]
    assert held(store, "zoe") == [("nurse", None)]
    assert told(store.rehearse(org(), site(), row, person("zoe", holds(), number=2))) == [(3, field, reason)]


def test_what_belongs_to_a_clinic_that_is_refused_is_told_too(store: Bringing) -> None:
    report = store.bring(org(), site("x", group="nobody"), person("bob", holds(at="x")))

    assert [(line, field) for line, field, _ in told(report)] == [(2, "parent_id"), (3, "domain")]


def test_clinics_that_are_too_deep_are_told(store: Bringing) -> None:
    chain = [site(f"c{n}", group=f"c{n - 1}" if n else "acme") for n in range(8)]

    report = store.bring(org(), *chain)

    assert told(report) == [
        (8, "parent_id", "the domain tree would be more than 8 deep"),
        (9, "parent_id", "there is no clinic `c6` in organization `acme`"),
    ]


def test_a_ring_of_clinics_is_told_as_one_and_not_what_hangs_on_it(store: Bringing) -> None:
    report = store.bring(org(), site("a", group="b"), site("b", group="a"), site("c", group="a"))

    assert told(report) == [
        (2, "parent_id", "it would lie below itself"),
        (3, "parent_id", "it would lie below itself"),
        (4, "parent_id", "there is no clinic `a` in organization `acme`"),
    ]


def test_every_fault_of_a_record_is_told_and_it_counts_once(store: Bringing) -> None:
    report = store.bring(org(name="", state="Q"))

    assert [field for _, field, _ in told(report)] == ["status", "name"]
    assert fates(report) == {"organization refused": 1}


def test_the_id_of_a_domain_that_was_deleted_is_told_each_time(store: Bringing) -> None:
    store.bring(org(), site())
    store.by_hand(delete(north(store)))

    assert told(store.bring(org(), site())) == [(2, "id", "domain `north` has existed, and its id is never used again")]


def test_an_assignment_that_overlaps_with_another_is_told(store: Bringing) -> None:
    store.bring(org(), site())
    store.by_hand(create(assignment("ann", "nurse@platform", "north")))

    ((_, field, reason),) = told(store.bring(person("ann", holds())))

    assert field == "role"
    assert reason.startswith("`ann` has role `nurse` in `north` in that time")


def test_a_change_that_is_refused_as_a_whole_leaves_the_other_organizations(store: Bringing) -> None:
    admin = holds("platform-admin", at="platform")
    store.by_hand(*map(create, BUILT_IN_ROLES))
    store.bring(person("root", admin))

    report = store.bring(org(), person("root", holds("platform-admin", at="platform", until=SOON)))

    assert told(report) == [
        (
            2,
            "",
            "nothing of `platform` was written: `platform` would be left without a current, endless `platform-admin`",
        )
    ]
    assert (report.changes, store.state.organization("acme") is not None) == (1, True)


def test_a_store_that_goes_away_ends_the_import_and_what_was_written_stays(store: Bringing) -> None:
    batch_rows = (org("a"), org("b"))

    def leave(name: str) -> None:
        if name == "append" and store.process.follower.current is not None and store.process.log.head().revision > 1:
            away()(name)

    store.process.log.before = leave
    with pytest.raises(StoreUnavailableError):
        store.bring(*batch_rows)
    store.process.log.before = lambda _: None
    assert fates(store.bring(*batch_rows)) == {"organization created": 1, "organization unchanged": 1}
