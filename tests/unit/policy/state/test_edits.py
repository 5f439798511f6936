"""Edits and changes as values and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from enterprise_policy.state.change import canonical, decode_change, encode_change
from enterprise_policy.state.edits import RECORD_TYPES, Edit, Op, create, delete, update
from enterprise_policy.state.policy_state import TABLES, empty_state
from enterprise_policy.state.record import Kind, Record
from tests.support.policies import LOG_ID, assignment, change_of, clinic, organization, role

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


@pytest.mark.parametrize(
    "damage",
    [
        {"format": 2},
        {"at": "soon"},
        {"edits": [{"kind": "spell"}]},
        {"edits": [{**create(O1).to_fields(), "after": None}]},
        {"edits": 1},
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
