"""The life of each record: made, read, listed, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.management import Management, Office

TIME = "2026-01-31T08:00:00Z"


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def api(office: Office) -> Management:
    return office.api


def listed(api: Management, path: str, name: str = "id") -> list[Any]:
    return [item[name] for item in api.walk(path)]


# --- organizations ----------------------------------------------------------------------------------------


def test_an_organization_lives(api: Management) -> None:
    made = api.post("/organizations", {"id": "o9", "name": "Nine", "attributes": {"country": "DK"}})
    assert made.status == 201
    assert made.header("location") == "/api/v1/organizations/o9"
    assert made.header("etag") == f'"{made.header("x-policy-revision")}"'
    assert api.get("/organizations/o9").body == made.body
    changed = api.patch("/organizations/o9", {"name": "Neuf", "attributes": {"country": None, "city": "Nice"}})
    assert changed.fields | {"name": "Neuf", "attributes": {"city": "Nice"}} == changed.fields
    assert changed.fields["revision"] == made.fields["revision"] + 1
    assert listed(api, "/organizations") == ["o1", "o2", "o9"]
    gone = api.delete("/organizations/o9")
    assert (gone.status, gone.body) == (204, b"")
    assert api.get("/organizations/o9").code == "not_found"
    assert api.post("/organizations", {"id": "o9", "name": "Nine"}).code == "already_exists"


def test_an_organization_has_exactly_its_fields(api: Management) -> None:
    made = api.make("/organizations", {"name": "Nine"})
    assert made == {
        "id": made["id"],
        "name": "Nine",
        "status": "active",
        "attributes": {},
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "revision": made["revision"],
    }
    assert len(made["id"]) == 32


def test_null_makes_a_field_what_it_is_by_default(api: Management) -> None:
    api.patch("/organizations/o1", {"status": "suspended", "attributes": {"a": "b"}})
    found = api.patch("/organizations/o1", {"status": None, "attributes": None}).fields
    assert (found["status"], found["attributes"]) == ("active", {})


def test_what_changes_keeps_when_it_was_made(office: Office) -> None:
    before = office.api.get("/organizations/o1").fields
    office.asked.process.clock.advance(60)
    after = office.api.patch("/organizations/o1", {"name": "One"}).fields
    assert after["created_at"] == before["created_at"] < after["updated_at"]


# --- clinics ------------------------------------------------------------------------------------------------


def test_a_clinic_lives(api: Management) -> None:
    made = api.post("/clinics", {"id": "c9", "organization_id": "o1", "parent_id": "g1", "name": "Nine"})
    assert made.status == 201
    assert made.header("location") == "/api/v1/clinics/c9"
    assert made.fields["parent_id"] == "g1"
    assert api.get("/clinics/c9").body == made.body
    assert api.patch("/clinics/c9", {"parent_id": None}).fields["parent_id"] == "o1"
    assert listed(api, "/clinics") == ["c1", "c2", "c3", "c9", "g1"]
    assert listed(api, "/clinics?organization_id=o2") == ["c3"]
    assert listed(api, "/clinics?organization_id=nowhere") == []
    assert api.delete("/clinics/c9").status == 204
    assert api.get("/clinics/c9").status == 404


def test_a_clinic_lies_below_its_organization_unless_it_is_said(api: Management) -> None:
    assert api.make("/clinics", {"organization_id": "o1", "name": "x"})["parent_id"] == "o1"
    assert api.make("/clinics", {"organization_id": "o1", "parent_id": None, "name": "x"})["parent_id"] == "o1"


def test_a_clinic_stays_with_its_organization(api: Management) -> None:
    refused = api.patch("/clinics/c1", {"organization_id": "o2"})
    assert (refused.code, refused.fields["errors"][0]["pointer"]) == ("invalid_request", "/organization_id")
    assert api.patch("/clinics/c1", {"organization_id": "o1"}).status == 200


def test_a_group_never_comes_to_lie_below_itself(api: Management) -> None:
    assert api.patch("/clinics/g1", {"parent_id": "c2"}).code == "cycle"


# --- providers ----------------------------------------------------------------------------------------------


def test_a_provider_works_at_a_clinic(api: Management) -> None:
    made = api.post("/clinics/c1/providers", {"provider_id": "dr.lee", "roles": ["dentist"], "ends_at": TIME})
    assert made.header("location") == "/api/v1/clinics/c1/providers/dr.lee"
    assert made.fields == {
        "provider_id": "dr.lee",
        "clinic_id": "c1",
        "roles": [{"domain": "o1", "id": "dentist"}],
        "starts_at": None,
        "ends_at": TIME,
        "verification": "not_checked",
        "revision": made.fields["revision"],
    }
    assert api.get("/clinics/c1/providers/dr.lee").body == made.body
    assert api.patch("/clinics/c1/providers/dr.lee", {"ends_at": None}).fields["ends_at"] is None
    api.make("/clinics/c2/providers", {"provider_id": "dr.lee", "roles": [{"domain": "o1", "id": "dentist"}]})
    assert listed(api, "/clinics/c1/providers", "provider_id") == ["dr.lee"]
    assert listed(api, "/providers/dr.lee/clinics", "clinic_id") == ["c1", "c2"]
    assert [each["source"] for each in api.walk("/domains/c1/assignments")] == ["provider"]
    assert api.delete("/clinics/c1/providers/dr.lee").status == 204
    assert listed(api, "/domains/c1/assignments") == []


def test_what_follows_from_a_provider_changes_with_the_provider_only(api: Management) -> None:
    api.make("/clinics/c1/providers", {"provider_id": "dr.lee", "roles": ["dentist"]})
    (assignment,) = listed(api, "/domains/c1/assignments")
    assert api.delete(f"/domains/c1/assignments/{assignment}").code == "conflict"
    assert api.patch(f"/domains/c1/assignments/{assignment}", {"ends_at": TIME}).code == "conflict"


def test_a_provider_works_at_clinics_only(api: Management) -> None:
    assert api.post("/clinics/o1/providers", {"provider_id": "dr.lee", "roles": ["dentist"]}).code == "not_found"
    assert api.get("/clinics/o1/providers").code == "not_found"


# --- roles --------------------------------------------------------------------------------------------------


def test_a_role_lives(api: Management) -> None:
    permissions = [{"resource": "/charts/:id", "action": "write"}, {"resource": "*", "action": "*", "effect": "deny"}]
    made = api.post("/domains/o1/roles", {"id": "r", "inherits": ["dentist"], "permissions": permissions})
    assert made.header("location") == "/api/v1/domains/o1/roles/r"
    assert made.fields == {
        "id": "r",
        "domain": "o1",
        "description": None,
        "extends": None,
        "inherits": [{"domain": "o1", "id": "dentist"}],
        "permissions": [{**permissions[0], "effect": "allow"}, permissions[1]],
        "built_in": False,
        "managed_by": None,
        "revision": made.fields["revision"],
    }
    assert api.get("/domains/o1/roles/r").body == made.body
    changed = api.patch("/domains/o1/roles/r", {"description": "for a day", "inherits": None, "permissions": []})
    assert [changed.fields[name] for name in ("description", "inherits", "permissions")] == ["for a day", [], []]
    assert listed(api, "/domains/o1/roles") == ["dentist", "r"]
    assert api.delete("/domains/o1/roles/r").status == 204


def test_roles_made_above_are_visible_to_who_asks_for_them(api: Management) -> None:
    api.make("/domains/c1/roles", {"id": "dentist", "extends": "o1", "permissions": []})
    assert [(each["domain"], each["extends"]) for each in api.walk("/domains/c1/roles")] == [("c1", "o1")]
    visible = [(each["id"], each["domain"]) for each in api.walk("/domains/c1/roles?visible=true", limit=2)]
    assert visible == sorted(visible)
    assert {("dentist", "c1"), ("dentist", "o1"), ("auditor", "platform")} <= set(visible)


def test_a_role_in_use_stays(api: Management) -> None:
    api.make("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"})
    refused = api.delete("/domains/o1/roles/dentist")
    assert refused.code == "in_use"


def test_built_in_roles_stay_as_they_are(api: Management) -> None:
    assert api.patch("/domains/platform/roles/auditor", {"description": "x"}).code == "reserved"
    assert api.delete("/domains/platform/roles/auditor").code == "reserved"
    assert api.post("/domains/o1/roles", {"id": "auditor"}).code == "reserved"


# --- assignments --------------------------------------------------------------------------------------------


def test_an_assignment_lives(office: Office) -> None:
    api = office.api
    made = api.post("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist", "reason": "leave"})
    path = f"/domains/c1/assignments/{made.fields['id']}"
    assert made.header("location") == f"/api/v1{path}"
    assert made.fields == {
        "id": made.fields["id"],
        "domain": "c1",
        "subject": "dr.lee",
        "role": {"domain": "o1", "id": "dentist"},
        "starts_at": None,
        "ends_at": None,
        "reason": "leave",
        "source": "direct",
        "created_by": "bootstrap",
        "created_at": made.fields["created_at"],
        "revision": made.fields["revision"],
    }
    assert api.get(path).body == made.body
    assert api.patch(path, {"ends_at": "2999-01-01T00:00:00Z", "reason": None}).fields["reason"] is None
    assert listed(api, "/domains/c1/assignments?subject=dr.lee&role=dentist") == [made.fields["id"]]
    assert listed(api, "/domains/c1/assignments?role=other") == []
    assert api.delete(path).status == 204
    assert api.get(path).status == 404


def test_what_a_subject_holds_is_found_everywhere(api: Management) -> None:
    made = [
        api.make(f"/domains/{domain}/assignments", {"subject": "dr.lee", "role": "dentist"}) for domain in ("o1", "c2")
    ]
    assert listed(api, "/assignments?subject=dr.lee") == sorted(each["id"] for each in made)
    assert listed(api, "/assignments?subject=nobody") == []


def test_an_assignment_decides_at_once(office: Office) -> None:
    question = {"sub": "dr.lee", "dom": "c1", "obj": "/charts/1", "act": "read"}
    made = office.api.make("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"})
    assert office.way.ask({**question, "at_least": made["revision"]}).fields["allowed"] is True
    office.api.patch("/organizations/o1", {"status": "suspended"})
    assert office.way.ask(question).fields["allowed"] is False


def test_the_same_twice_is_refused(api: Management) -> None:
    api.make("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"})
    assert api.post("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"}).code == "already_exists"


# --- API keys -----------------------------------------------------------------------------------------------


def test_a_key_lives(office: Office) -> None:
    api = office.api
    made = api.post(
        "/api-keys", {"name": "k", "domain": "o1", "scopes": ["decide", "query"], "expires_at": "2999-01-01T00:00:00Z"}
    )
    key, key_id = made.fields["key"], made.fields["id"]
    assert key.startswith(f"esk_{key_id}_")
    shown = {name: value for name, value in made.fields.items() if name != "key"}
    assert shown == {
        "id": key_id,
        "name": "k",
        "domain": "o1",
        "scopes": ["decide", "query"],
        "expires_at": "2999-01-01T00:00:00Z",
        "created_by": "bootstrap",
        "last_used_at": None,
        "revision": shown["revision"],
    }
    assert made.header("location") == f"/api/v1/api-keys/{key_id}"
    assert api.get(f"/api-keys/{key_id}").fields == shown
    assert api.patch(f"/api-keys/{key_id}", {"name": "other"}).fields["name"] == "other"
    assert api.with_key(key).get("/organizations").status == 200
    assert api.get(f"/api-keys/{key_id}").fields["last_used_at"] is not None
    assert listed(api, "/api-keys") == [key_id]
    assert api.delete(f"/api-keys/{key_id}").status == 204
    assert api.with_key(key).get("/organizations").code == "unauthenticated"


def test_a_key_is_shown_nowhere_but_in_the_answer_that_made_it(api: Management) -> None:
    key = api.make_key("o1", "decide")
    secret = key.rpartition("_")[2].encode()
    for path in ("/api-keys", "/changes", "/changes/3", f"/api-keys/{key[4:24]}"):
        body = api.get(path).body
        assert secret not in body
        assert b'"hash"' not in body


def test_keys_that_a_key_made_go_with_it(api: Management) -> None:
    key = api.make_key("o1", "manage", "decide")
    child = api.with_key(key).make_key("c1", "decide")
    assert api.delete(f"/api-keys/{key[4:24]}").status == 204
    assert api.with_key(child).get("/organizations").status == 401
    assert listed(api, "/api-keys") == []


# --- catalogue ----------------------------------------------------------------------------------------------


def test_the_catalogue_is_read_with_any_credential(office: Office) -> None:
    assert office.key("c1", "decide").get("/catalogue").fields == {"resources": []}
    assert office.api.with_key(None).get("/catalogue").status == 401
