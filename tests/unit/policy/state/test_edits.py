"""Edits and changes as values and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from enterprise_policy.state.change import canonical, decode_change, encode_change
from enterprise_policy.state.edits import RECORD_TYPES, Edit, Op, create, delete, shown, update
from enterprise_policy.state.policy_state import TABLES, empty_state
from enterprise_policy.state.record import Kind, Record
from tests.support.policies import LOG_ID, api_key, assignment, change_of, clinic, organization, role

O1 = organization("o1")


@pytest.mark.parametrize(
    ("edit", "op", "record"),
    [
        (create(O1), Op.CREATE, O1),
        (update(O1, organization("o1", name="One")), Op.UPDATE, organization("o1", name="One")),
        (delete(O1), Op.DELETE, O1),
    ],
)
def test_an_edit_says_what_is_done(edit: Edit, op: Op, record: Record) -> None:
    assert (edit.op, edit.record, edit.kind) == (op, record, Kind.ORGANIZATION)


def test_an_edit_needs_a_record() -> None:
    with pytest.raises(ValueError, match="an edit needs a record"):
        Edit(None, None)


@pytest.mark.parametrize("other", [organization("o2"), clinic("o1"), role("o1@platform")])
def test_an_edit_turns_no_record_into_another(other: Record) -> None:
    with pytest.raises(ValueError, match="an edit can't turn one record into another"):
        update(O1, other)


def test_an_edit_is_written_as_the_contract_says() -> None:
    after = assignment("ann", "R@o1", "c1", id="a1")
    assert create(after).to_fields() == {
        "op": "create",
        "kind": "assignment",
        "domain": "c1",
        "id": "a1",
        "before": None,
        "after": {
            "domain": "c1",
            "id": "a1",
            "subject": "ann",
            "role": {"domain": "o1", "id": "R"},
            "source": "direct",
            "created_by": "root",
        },
    }


KEY = api_key("k1", "c1")


def test_an_edit_is_shown_as_it_is_written() -> None:
    for edit in (create(O1), update(O1, organization("o1", name="One")), delete(assignment("ann", "R@o1", "c1"))):
        assert edit.shown() == edit.to_fields()


@pytest.mark.parametrize("edit", [create(KEY), update(KEY, replace(KEY, name="new")), delete(KEY)])
def test_the_hash_of_a_key_is_written_and_never_shown(edit: Edit) -> None:
    written, told = json.dumps(edit.to_fields()), json.dumps(edit.shown())
    assert KEY.hash in written
    assert KEY.hash not in told
    assert "hash" not in told


def test_a_key_is_shown_with_all_the_rest() -> None:
    assert create(KEY).shown() == {
        "op": "create",
        "kind": "api_key",
        "domain": "c1",
        "id": "k1",
        "before": None,
        "after": {"id": "k1", "domain": "c1", "name": "k1", "scopes": ["decide"], "created_by": "root"},
    }


def test_only_a_key_has_something_to_hide() -> None:
    kept = organization("o1", attributes=(("hash", "of a herb"),))
    assert shown(kept) == kept.to_fields()
    assert shown(KEY) != KEY.to_fields()


def test_a_change_is_shown_as_the_contract_says() -> None:
    change = change_of(empty_state(LOG_ID), create(O1), create(KEY), at=1_769_846_400_000_000, reason="opening")
    assert change.shown() == {
        "revision": 1,
        "at": "2026-01-31T08:00:00Z",
        "actor": "root",
        "credential": "key:root",
        "request_id": "request-1",
        "reason": "opening",
        "edits": [create(O1).shown(), create(KEY).shown()],
    }


def test_a_change_is_shown_with_the_edits_that_are_in_sight() -> None:
    change = change_of(empty_state(LOG_ID), create(O1), create(KEY))
    assert change.shown([create(KEY)]) == {**change.shown(), "edits": [create(KEY).shown()]}
    assert change.shown([])["edits"] == []


def test_the_domain_of_a_clinics_edit_is_its_parent() -> None:
    assert delete(clinic("c2", "g1")).to_fields()["domain"] == "g1"


def test_every_kind_has_a_record_type_and_a_table() -> None:
    assert set(RECORD_TYPES) == set(TABLES) == set(Kind)
    assert {kind: record_type.KIND for kind, record_type in RECORD_TYPES.items()} == {kind: kind for kind in Kind}


def test_json_is_written_in_one_way_only() -> None:
    assert canonical({"b": [1, None, True], "a": "é\u2028,\"'"}) == '{"a":"é\u2028,\\"\'","b":[1,null,true]}'.encode()
    assert canonical({"b": 1, "a": 2}) == canonical({"a": 2, "b": 1})


def test_a_change_is_written_with_its_format() -> None:
    fields = json.loads(encode_change(change_of(empty_state(LOG_ID), create(O1))))
    assert fields["format"] == 1
    assert fields["revision"] == 1
    assert fields["at"] == "1970-01-01T00:00:00.000001Z"
    assert fields["idempotency"] is None


def test_a_change_says_which_bundle_it_wrote_or_nothing() -> None:
    state = empty_state(LOG_ID)
    without, loaded = change_of(state, create(O1)), change_of(state, create(O1), bundle="git, main")
    assert b"bundle" not in encode_change(without)
    assert json.loads(encode_change(loaded))["bundle"] == "git, main"
    assert decode_change(encode_change(loaded)).bundle == "git, main"
    assert decode_change(encode_change(without)).bundle is None


def test_a_field_that_a_later_version_may_add_is_passed_over() -> None:
    change = change_of(empty_state(LOG_ID), create(O1))
    assert decode_change(canonical({**change.to_fields(), "later": {"more": 1}})) == change


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"at": "soon"},
        {"edits": [{"kind": "spell"}]},
        {"edits": [{**create(O1).to_fields(), "after": None}]},
        {"edits": 1},
        {"edits": [{**create(KEY).to_fields(), "after": KEY.to_fields() | {"scopes": ["everything"]}}]},
        {"edits": [{**create(KEY).to_fields(), "after": KEY.to_fields() | {"scopes": []}}]},
        {"edits": [{**create(KEY).to_fields(), "after": KEY.to_fields() | {"expires_at": "soon"}}]},
        {"edits": [{**create(KEY).to_fields(), "after": shown(KEY)}]},
        {"edits": ["x"]},
        {"edits": [{**create(O1).to_fields(), "after": {**O1.to_fields(), "attributes": []}}]},
        {"edits": [{**create(O1).to_fields(), "after": {**O1.to_fields(), "status": "Active"}}]},
    ],
)
def test_what_is_no_change_is_refused(damage: dict[str, Any]) -> None:
    fields = json.loads(encode_change(change_of(empty_state(LOG_ID), create(O1))))
    with pytest.raises(ValueError, match=r".+"):
        decode_change(canonical({**fields, **damage}))


@pytest.mark.parametrize(
    "missing",
    ["format", "log_id", "revision", "id", "at", "actor", "credential", "request_id", "reason", "idempotency", "edits"],
)
def test_a_change_has_all_its_fields(missing: str) -> None:
    fields = json.loads(encode_change(change_of(empty_state(LOG_ID), create(O1))))
    del fields[missing]
    with pytest.raises(ValueError, match=f"it lacks '{missing}'"):
        decode_change(canonical(fields))


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null", b"\xff", b'"text"'])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode_change(body)
