"""Changes of many edits, the history, undoing, and deleting a domain with all that is in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.management import Management, Office

OPENING: list[dict[str, Any]] = [
    {"op": "create", "kind": "clinic", "id": "c9", "fields": {"organization_id": "o1", "name": "Nine"}},
    {"op": "create", "kind": "role", "domain": "c9", "id": "nurse", "fields": {"inherits": ["dentist"]}},
    {"op": "create", "kind": "assignment", "domain": "c9", "fields": {"subject": "ann", "role": "nurse"}},
    {"op": "create", "kind": "provider_assignment", "domain": "c9", "id": "dr.lee", "fields": {"roles": ["dentist"]}},
    {"op": "update", "kind": "clinic", "domain": "o1", "id": "c9", "fields": {"status": "suspended"}},
]


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def api(office: Office) -> Management:
    return office.api


# --- many edits at once -------------------------------------------------------------------------------------


def test_edits_are_made_in_order_as_one_change(api: Management) -> None:
    reply = api.post("/changes", {"reason": "opening", "edits": OPENING})
    assert reply.status == 201
    assert reply.header("location") == "/api/v1/changes/3"
    assert reply.header("etag") == '"3"'
    assert reply.fields["reason"] == "opening"
    assert [(edit["op"], edit["kind"], edit["domain"]) for edit in reply.fields["edits"]] == [
        ("create", "clinic", "o1"),
        ("create", "role", "c9"),
        ("create", "assignment", "c9"),
        ("create", "provider_assignment", "c9"),
        ("update", "clinic", "o1"),
    ]
    assert api.get("/changes/3").body == reply.body
    assert api.get("/clinics/c9").fields["status"] == "suspended"


def test_of_edits_of_which_one_is_refused_none_is_made(api: Management) -> None:
    refused = api.post("/changes", {"edits": [*OPENING, {"op": "delete", "kind": "clinic", "id": "nowhere"}]})
    assert (refused.code, refused.fields["errors"][0]["pointer"]) == ("unknown_reference", "/edits/5/id")
    assert api.get("/clinics/c9").status == 404


def test_what_an_edit_refers_to_is_named_where_it_stands(api: Management) -> None:
    edits = [
        *OPENING[:1],
        {"op": "create", "kind": "role", "domain": "c9", "id": "r", "fields": {"inherits": ["dentist", "nobody"]}},
    ]
    refused = api.post("/changes", {"edits": edits})
    assert (refused.code, refused.fields["errors"][0]["pointer"]) == ("unknown_reference", "/edits/1/fields/inherits/1")


def test_the_reason_in_the_body_wins(api: Management) -> None:
    edits = [{"op": "update", "kind": "clinic", "id": "c1", "fields": {"name": "x"}}]
    assert api.make("/changes", {"reason": "body", "edits": edits}, x_change_reason="header")["reason"] == "body"
    edits[0]["fields"] = {"name": "y"}
    assert api.make("/changes", {"edits": edits}, x_change_reason="header")["reason"] == "header"
    assert api.make("/changes/4/revert", {"reason": "body"}, x_change_reason="header")["reason"] == "body"


def test_edits_that_change_nothing_make_no_change(api: Management) -> None:
    edits = [{"op": "update", "kind": "clinic", "id": "c1", "fields": {"name": "c1"}}]
    reply = api.post("/changes", {"edits": edits})
    assert (reply.status, reply.fields) == (200, {"revision": 2, "edits": []})
    assert reply.header("etag") is None
    assert api.get("/changes/3").status == 404


def test_a_thousand_edits_are_one_change(api: Management) -> None:
    edits = [
        {"op": "create", "kind": "assignment", "domain": "c1", "fields": {"subject": f"s{number}", "role": "dentist"}}
        for number in range(1000)
    ]
    assert len(api.make("/changes", {"edits": edits})["edits"]) == 1000
    assert len(list(api.walk("/domains/c1/assignments"))) == 1000


# --- the history --------------------------------------------------------------------------------------------


def test_a_change_has_exactly_its_fields(api: Management) -> None:
    reply = api.patch("/clinics/c1", {"name": "x"}, x_request_id="mine", x_change_reason="why")
    (found,) = api.get("/changes?limit=1").fields["items"]
    assert found == {
        "revision": 3,
        "at": reply.fields["updated_at"],
        "actor": "bootstrap",
        "credential": "bootstrap",
        "request_id": "mine",
        "reason": "why",
        "edits": found["edits"],
    }
    (edit,) = found["edits"]
    assert edit.keys() == {"op", "kind", "domain", "id", "before", "after"}
    assert (edit["domain"], edit["before"]["name"], edit["after"]["name"]) == ("o1", "c1", "x")


def test_the_history_is_filtered(office: Office) -> None:
    api, clinic = office.api, office.key("c2", "manage")
    clinic.make("/clinics/c2/providers", {"provider_id": "dr.lee", "roles": ["dentist"]})
    api.patch("/organizations/o2", {"name": "x"})

    def found(query: str) -> list[int]:
        return [item["revision"] for item in api.walk(f"/changes?{query}", limit=1)]

    key = api.get("/changes/4").fields["actor"]
    assert key.startswith("key:")
    assert found(f"actor={key}") == [4]
    assert found("actor=bootstrap") == [5, 3]
    assert found("subject=dr.lee") == [4]
    assert found("domain=g1") == [4, 3, 2]
    assert found("domain=o2") == [5, 2]
    assert found("since=3") == [5, 4]
    assert found("domain=o2&since=2&actor=bootstrap") == [5]


def test_a_change_is_shown_as_far_as_it_is_in_sight(office: Office) -> None:
    auditor = office.key("c2", "audit")
    edits = [{"op": "update", "kind": "clinic", "id": name, "fields": {"name": "x"}} for name in ("c1", "c2")]
    revision = office.api.make("/changes", {"edits": edits})["revision"]
    assert [edit["id"] for edit in auditor.get(f"/changes/{revision}").fields["edits"]] == ["c2"]
    other = office.api.patch("/clinics/c1", {"name": "y"}).fields["revision"]
    assert auditor.get(f"/changes/{other}").code == "not_found"
    assert other not in [item["revision"] for item in auditor.walk("/changes")]


@pytest.mark.parametrize("revision", ["0", "99", "-1", "01", "1.0", "x", "9" * 30, "%D9%A1"])
def test_what_is_no_revision_is_not_found(api: Management, revision: str) -> None:
    assert api.get(f"/changes/{revision}").code == "not_found"
    assert api.post(f"/changes/{revision}/revert", {}).code == "not_found"


# --- undoing --------------------------------------------------------------------------------------------------


def test_a_change_is_undone_by_another(api: Management) -> None:
    api.make("/changes", {"edits": OPENING})
    reply = api.post("/changes/3/revert", {}, x_change_reason="wrong%20town")
    assert reply.status == 201
    assert reply.header("location") == "/api/v1/changes/4"
    assert [edit["op"] for edit in reply.fields["edits"]] == ["update", "delete", "delete", "delete", "delete"]
    assert (reply.fields["reason"], reply.fields["skipped"]) == ("wrong town", [])
    assert api.get("/clinics/c9").status == 404


def test_what_has_changed_since_is_not_undone(api: Management) -> None:
    api.patch("/clinics/c1", {"name": "x"})
    api.patch("/clinics/c1", {"name": "y"})
    refused = api.post("/changes/3/revert", {})
    assert refused.code == "conflict"
    assert "`c1`" in refused.fields["detail"]


def test_a_cascade_takes_all_that_is_in_a_domain_and_comes_back_but_for_keys(api: Management) -> None:
    api.make("/changes", {"edits": OPENING})
    key = api.make_key("c9", "decide")
    assert api.delete("/clinics/c9").code == "in_use"
    assert api.delete("/clinics/c9?cascade=true").status == 204
    assert api.get("/clinics/c9").status == 404
    assert api.post("/clinics", {"id": "c9", "organization_id": "o1", "name": "x"}).code == "already_exists"
    undone = api.make("/changes/5/revert", {})
    assert undone["skipped"] == [{"kind": "api_key", "domain": "c9", "id": key[4:24]}]
    assert [item["subject"] for item in api.walk("/domains/c9/assignments?subject=ann")] == ["ann"]
    assert [item["provider_id"] for item in api.walk("/clinics/c9/providers")] == ["dr.lee"]
    assert list(api.walk("/api-keys")) == []
    assert api.with_key(key).get("/clinics").code == "unauthenticated"


def test_the_end_of_a_key_is_not_undone(api: Management) -> None:
    key = api.make_key("o1", "decide")
    api.delete(f"/api-keys/{key[4:24]}")
    assert api.post("/changes/4/revert", {}).code == "conflict"


def test_who_sees_a_part_of_a_change_may_not_undo_it(office: Office) -> None:
    manager = office.key("c2", "manage")
    edits = [{"op": "update", "kind": "clinic", "id": name, "fields": {"name": "x"}} for name in ("c1", "c2")]
    revision = office.api.make("/changes", {"edits": edits})["revision"]
    assert manager.post(f"/changes/{revision}/revert", {}).code == "forbidden"
    only_c1 = office.api.patch("/clinics/c1", {"name": "y"}).fields["revision"]
    assert manager.post(f"/changes/{only_c1}/revert", {}).code == "not_found"
