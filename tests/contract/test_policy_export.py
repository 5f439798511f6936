"""The promises of ``PolicyExport``, on every adapter that there is; the embedded store has none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from enterprise_adapters.memory import MemoryPolicyExport
from enterprise_adapters.mongo import MongoDatabase, MongoPolicyExport
from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.policy_export import ExportStatus, PolicyExport, Rule, Written, key_of
from tests.support.threads import at_once

Document: TypeAlias = dict[str, Any]

P: Rule = ("p", "role:o1/R", "o1", "/a", "read", "allow")
G: Rule = ("g", "ann", "role:o1/R", "o1")
G2: Rule = ("g2", "o1", "platform")
STRANGE: Rule = ("g", 'eve, "admin"\n', "role:o1/é\u2028$x.y", "")
WRITTEN = Written(log_id="a-log", revision=3, at=2**51, due_at=2**51 + 7, rests_until=2**51 + 2)


@pytest.fixture(params=["memory", pytest.param("mongodb", marks=pytest.mark.mongodb)])
def export(request: pytest.FixtureRequest) -> Iterator[PolicyExport]:
    if request.param == "memory":
        yield MemoryPolicyExport()
        return
    with closing(MongoDatabase(request.getfixturevalue("mongodb_uri"))) as database:
        yield MongoPolicyExport(database)


@pytest.fixture
def collection(mongodb_uri: str) -> Iterator[Collection[Document]]:
    """`casbin_rule` as other programs have it."""
    with MongoClient[Document](mongodb_uri) as client:
        yield client.get_default_database()["casbin_rule"]


@pytest.fixture
def mongo(mongodb_uri: str) -> Iterator[PolicyExport]:
    with closing(MongoDatabase(mongodb_uri)) as database:
        yield MongoPolicyExport(database)


def rules(export: PolicyExport) -> list[Rule | None]:
    return sorted(row.rule or () for row in export.rows())


def test_before_the_first_pass_nothing_is_there(export: PolicyExport) -> None:
    """PolicyExport 3, 7: not even a row."""
    assert export.status() == ExportStatus()
    assert list(export.rows()) == []


def test_each_pass_has_a_number_of_its_own(export: PolicyExport) -> None:
    """PolicyExport 2, 4: among any number that begin at once, the first pass of all included."""
    claims = [claim for got in at_once(4, lambda _: [export.claim() for _ in range(5)]) for claim in got]
    assert sorted(claim.number for claim in claims) == list(range(1, 21))
    assert export.status().claimed == 20


def test_only_the_newest_pass_is_current(export: PolicyExport) -> None:
    """PolicyExport 6: from the claim on."""
    first = export.claim().number
    assert export.is_current(first)
    second = export.claim().number
    assert (export.is_current(first), export.is_current(second)) == (False, True)


@pytest.mark.parametrize("rule", [P, G, G2, STRANGE], ids=["p", "g", "g2", "strange"])
def test_a_rule_is_read_as_it_was_written(export: PolicyExport, rule: Rule) -> None:
    """PolicyExport 7, 8, 10: under the key that follows from it."""
    assert export.write(export.claim().number, [], [rule]) == 0
    (row,) = export.rows()
    assert (row.rule, row.key) == (rule, key_of(rule))


def test_a_rule_never_has_two_rows(export: PolicyExport) -> None:
    """PolicyExport 9: whoever comes second leaves the one that is there."""
    assert export.write(export.claim().number, [], [P, G]) == 0
    assert export.write(export.claim().number, [], [G, G2]) == 1
    assert rules(export) == [G, G2, P]


def test_a_row_is_taken_away_as_it_was_read(export: PolicyExport) -> None:
    """PolicyExport 9: not when it was written again since, by a later pass or the same rule anew."""
    first = export.claim().number
    export.write(first, [], [P, G])
    read = list(export.rows())
    second = export.claim().number
    assert export.write(second, [row for row in read if row.rule == G], [G2]) == 0
    export.write(second, [], [G])
    assert export.write(first, read, []) == 1
    assert rules(export) == [G, G2]
    assert export.write(second, list(export.rows()), []) == 0
    assert rules(export) == []


def test_a_row_can_be_replaced_in_one_call(export: PolicyExport) -> None:
    """PolicyExport 8: what is taken away goes first."""
    export.write(export.claim().number, [], [P])
    assert export.write(export.claim().number, list(export.rows()), [P]) == 0
    assert rules(export) == [P]


def test_what_a_pass_has_written_is_noted(export: PolicyExport) -> None:
    """PolicyExport 11: by the current one, to the microsecond."""
    assert export.finish(export.claim().number, WRITTEN)
    assert export.status() == ExportStatus(claimed=1, finished=1, written=WRITTEN)


def test_a_pass_that_is_no_longer_current_notes_nothing(export: PolicyExport) -> None:
    """PolicyExport 11: neither before nor after the current one does."""
    late, current = export.claim().number, export.claim().number
    assert not export.finish(late, WRITTEN)
    assert export.status() == ExportStatus(claimed=2)
    assert export.finish(current, WRITTEN)
    assert not export.finish(late, replace(WRITTEN, revision=99))
    assert export.status().written == WRITTEN


def test_whoever_begins_hears_whether_the_pass_before_was_disturbed(export: PolicyExport) -> None:
    assert [export.claim().disturbed for _ in range(2)] == [False, True]
    assert export.finish(2, WRITTEN)
    assert not export.claim().disturbed
    assert export.finish(3, WRITTEN)
    export.doubt()
    assert export.claim().disturbed


def test_rows_can_be_asked_for_by_what_they_are_called(export: PolicyExport) -> None:
    """PolicyExport 7: those that are there."""
    export.write(export.claim().number, [], [P, G])
    assert [row.rule for row in export.rows(frozenset(map(key_of, (G, G2))))] == [G]
    assert list(export.rows(frozenset())) == []


def test_a_doubt_stays_until_a_pass_begins(export: PolicyExport) -> None:
    """PolicyExport 5, 12: also one that is said before the first, and again after the claim."""
    export.doubt()
    assert export.status() == ExportStatus(doubted=True)
    number = export.claim().number
    assert not export.status().doubted
    export.doubt()
    export.finish(number, WRITTEN)
    assert export.status().doubted


# --- in MongoDB -------------------------------------------------------------------------------------------------------


def test_other_programs_find_the_usual_schema(mongo: PolicyExport, collection: Collection[Document]) -> None:
    """PolicyExport 8: only the fields that a rule uses."""
    mongo.write(mongo.claim().number, [], [G2, P])
    found = list(collection.find({}, {"_id": 0, "pass": 0}).sort("ptype"))
    assert found == [
        {"ptype": "g2", "v0": "o1", "v1": "platform"},
        {"ptype": "p", "v0": "role:o1/R", "v1": "o1", "v2": "/a", "v3": "read", "v4": "allow"},
    ]


FOREIGN = [
    {"ptype": "p", "v0": "eve", "v1": "o1"},
    {"_id": "by-hand", "ptype": "p", "v0": "eve"},
    {"_id": {"a": 1}, "ptype": "p", "v0": 7},
    {"_id": 5, "ptype": "p", "v0": "eve", "v7": "more"},
    {"_id": key_of(P), "pass": 10**9},
    {"_id": key_of(G), "ptype": "g", "v0": "eve", "v1": "role:o1/R", "v2": "o1", "pass": "seven"},
    {"_id": key_of(G2), "ptype": "g2", "v0": "o1", "v1": "o1", "pass": None},
    {"_id": "odd", "pass": {"$gt": ""}},
]


def test_what_others_have_written_is_read_and_can_be_taken_away(
    mongo: PolicyExport, collection: Collection[Document]
) -> None:
    """PolicyExport 7, 9: whatever it is, and whoever it says has written it."""
    mongo.status()
    collection.insert_many([dict(document) for document in FOREIGN])
    rows = list(mongo.rows())
    assert [row.rule for row in rows[:4]] == [("p", "eve", "o1"), ("p", "eve"), None, None]
    assert [row.key for row in rows[1:5]] == ["by-hand", None, None, key_of(P)]
    assert mongo.write(mongo.claim().number, rows, [P]) == 0
    assert rules(mongo) == [P]


def test_every_row_is_read_however_many_there_are(
    mongo: PolicyExport, collection: Collection[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PolicyExport 7: page by page."""
    monkeypatch.setattr("enterprise_adapters.mongo.policy_export.PAGE", 10)
    many = [("g", f"s{number}", "role:o1/R", "o1") for number in range(95)]
    mongo.write(mongo.claim().number, [], many)
    assert rules(mongo) == sorted(many)
    some = frozenset(key_of(rule) for rule in many[:35])
    assert {row.key for row in mongo.rows(some)} == some
    assert collection.count_documents({}) == 95


def test_trouble_with_the_store_has_our_names(mongodb_uri: str) -> None:
    """PolicyExport 1: in every method."""
    closed = MongoDatabase(mongodb_uri)
    closed.close()
    export = MongoPolicyExport(closed)
    calls = [
        export.status,
        export.claim,
        lambda: export.is_current(1),
        lambda: list(export.rows()),
        lambda: export.write(1, [], [P]),
        lambda: export.finish(1, WRITTEN),
        export.doubt,
    ]
    for call in calls:
        with pytest.raises((StoreUnavailableError, StoreRefusedError)):
            call()
