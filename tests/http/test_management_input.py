"""What bad input gets: each fault at its place, in the contract's order of checks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.management import Management, Office

LEE = {"subject": "dr.lee", "role": "dentist"}
CLINIC = {"organization_id": "o1", "name": "x"}
KEY = {"name": "k", "domain": "o1", "scopes": ["decide"]}


@pytest.fixture(scope="module")
def office() -> Office:
    """None of these tests changes anything."""
    return Office()


@pytest.fixture(scope="module")
def api(office: Office) -> Management:
    return office.api


def pointers(fields: dict[str, Any]) -> list[str]:
    return sorted(fault["pointer"] for fault in fields["errors"])


BODIES: list[tuple[str, object, list[str]]] = [
    ("/organizations", {}, ["/name"]),
    ("/organizations", [], [""]),
    ("/organizations", None, [""]),
    ("/organizations", "x", [""]),
    ("/organizations", {"name": 5}, ["/name"]),
    ("/organizations", {"name": None}, ["/name"]),
    ("/organizations", {"name": ""}, ["/name"]),
    ("/organizations", {"name": "x" * 257}, ["/name"]),
    ("/organizations", {"name": "a\nb"}, ["/name"]),
    ("/organizations", {"name": "\ud800"}, ["/name"]),
    ("/organizations", {"name": "x", "id": "a b"}, ["/id"]),
    ("/organizations", {"name": "x", "id": "-a"}, ["/id"]),
    ("/organizations", {"name": "x", "id": 7}, ["/id"]),
    ("/organizations", {"name": "x", "status": "Active"}, ["/status"]),
    ("/organizations", {"name": "x", "status": True}, ["/status"]),
    ("/organizations", {"name": "x", "attributes": []}, ["/attributes"]),
    ("/organizations", {"name": "x", "attributes": {"a": 1, "b/c": None, "~": "\0"}},
        ["/attributes/a", "/attributes/b~1c", "/attributes/~0"]),
    ("/organizations", {"name": "x", "created_at": "2026-01-01T00:00:00Z", "revision": 1},
        ["/created_at", "/revision"]),
    ("/organizations", {"name": "x", "parent/id": 1, "": 2}, ["/", "/parent~1id"]),
    ("/clinics", {"name": "x"}, ["/organization_id"]),
    ("/clinics", {**CLINIC, "parent_id": {}}, ["/parent_id"]),
    ("/clinics/c1/providers", {"roles": ["dentist"]}, ["/provider_id"]),
    ("/clinics/c1/providers", {"provider_id": "key:1", "roles": ["dentist"]}, ["/provider_id"]),
    ("/clinics/c1/providers", {"provider_id": "bootstrap", "roles": ["dentist"]}, ["/provider_id"]),
    ("/clinics/c1/providers", {"provider_id": "x", "roles": []}, ["/roles"]),
    ("/clinics/c1/providers", {"provider_id": "x", "roles": "dentist"}, ["/roles"]),
    ("/clinics/c1/providers", {"provider_id": "x", "roles": ["dentist", 5, {"id": "x"}]}, ["/roles/1", "/roles/2"]),
    ("/clinics/c1/providers", {"provider_id": "x", "roles": ["r"], "verification": "verified"}, ["/verification"]),
    ("/domains/o1/roles", {}, ["/id"]),
    ("/domains/o1/roles", {"id": "r", "built_in": True, "managed_by": "x"}, ["/built_in", "/managed_by"]),
    ("/domains/o1/roles", {"id": "r", "permissions": [{"resource": "/a"}]}, ["/permissions/0/action"]),
    ("/domains/o1/roles", {"id": "r", "permissions": ["x", {"resource": "/a//b", "action": "", "effect": "Deny"}]},
        ["/permissions/0", "/permissions/1/action", "/permissions/1/effect", "/permissions/1/resource"]),
    ("/domains/o1/roles", {"id": "r", "permissions": [{"resource": "/a", "action": "x", "when": 1}]},
        ["/permissions/0/when"]),
    ("/domains/o1/roles", {"id": "r", "inherits": [{"domain": "o1", "id": "a b"}]}, ["/inherits/0"]),
    ("/domains/c1/assignments", {}, ["/role", "/subject"]),
    ("/domains/c1/assignments", {**LEE, "subject": "role:x"}, ["/subject"]),
    ("/domains/c1/assignments", {**LEE, "subject": "x" * 257}, ["/subject"]),
    ("/domains/c1/assignments", {**LEE, "role": {"domain": "o1"}}, ["/role"]),
    ("/domains/c1/assignments", {**LEE, "role": None}, ["/role"]),
    ("/domains/c1/assignments", {**LEE, "starts_at": "2026-01-31T08:00:00+01:00"}, ["/starts_at"]),
    ("/domains/c1/assignments", {**LEE, "starts_at": "2026-01-31T08:00:00"}, ["/starts_at"]),
    ("/domains/c1/assignments", {**LEE, "starts_at": 1769846400}, ["/starts_at"]),
    ("/domains/c1/assignments", {**LEE, "ends_at": "2026-02-30T08:00:00Z"}, ["/ends_at"]),
    ("/domains/c1/assignments", {**LEE, "starts_at": "2026-01-31T08:00:00Z", "ends_at": "2026-01-31T08:00:00Z"},
        ["/ends_at"]),
    ("/domains/c1/assignments", {**LEE, "id": "x", "source": "direct", "created_by": "me"},
        ["/created_by", "/id", "/source"]),
    ("/domains/c1/assignments", {**LEE, "reason": "x" * 501}, ["/reason"]),
    ("/api-keys", {"domain": "o1", "scopes": ["decide"]}, ["/name"]),
    ("/api-keys", {**KEY, "scopes": []}, ["/scopes"]),
    ("/api-keys", {**KEY, "scopes": ["decide", "decide"]}, ["/scopes"]),
    ("/api-keys", {**KEY, "scopes": ["everything"]}, ["/scopes/0"]),
    ("/api-keys", {**KEY, "id": "x", "key": "y", "last_used_at": None, "hash": "z"},
        ["/hash", "/id", "/key", "/last_used_at"]),
    ("/changes", {}, ["/edits"]),
    ("/changes", {"edits": []}, ["/edits"]),
    ("/changes", {"edits": [{}] * 1001}, ["/edits"]),
    ("/changes", {"edits": [{"op": "make", "kind": "clinic"}]}, ["/edits/0/op"]),
    ("/changes", {"edits": [{"op": "create", "kind": "catalogue", "fields": {}}]}, ["/edits/0/kind"]),
    ("/changes", {"edits": [{"op": "create", "kind": "api_key", "domain": "o1", "fields": KEY}]}, ["/edits/0/kind"]),
    ("/changes", {"edits": [{"op": "create", "kind": "clinic", "fields": {"id": "c9", "name": "x"}}]},
        ["/edits/0/fields/id", "/edits/0/fields/organization_id"]),
    ("/changes", {"edits": [{"op": "create", "kind": "role", "fields": {"permissions": [{"resource": "/a"}]}}]},
        ["/edits/0/domain", "/edits/0/fields/permissions/0/action", "/edits/0/id"]),
    ("/changes", {"edits": [{"op": "create", "kind": "assignment", "domain": "c1", "id": "x", "fields": LEE}]},
        ["/edits/0/id"]),
    ("/changes", {"edits": [{"op": "update", "kind": "clinic", "fields": {"status": "x"}}]},
        ["/edits/0/fields/status", "/edits/0/id"]),
    ("/changes", {"edits": [{"op": "delete", "kind": "clinic", "id": "c1", "fields": {"a": 1}}]}, ["/edits/0/fields"]),
    ("/changes", {"edits": [{"op": "update", "kind": "clinic", "id": "c1", "fields": "x"}]}, ["/edits/0/fields"]),
    ("/changes/2/revert", {"why": "x"}, ["/why"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "fields", "at"), BODIES, ids=[f"{row[0]} {number}" for number, row in enumerate(BODIES)]
)
def test_each_fault_is_named_at_its_place(api: Management, path: str, fields: object, at: list[str]) -> None:
    body = b"null" if fields is None else fields
    reply = api.send("POST", path, body, {"content_type": "application/json"})
    assert (reply.code, pointers(reply.fields)) == ("invalid_request", at)


@pytest.mark.parametrize(
    ("path", "fields", "at"),
    [
        ("/organizations/o1", {"id": "o1"}, ["/id"]),
        ("/organizations/o1", {"name": None}, ["/name"]),
        ("/clinics/c1", {"organization_id": None}, ["/organization_id"]),
        ("/clinics/c1/providers/x", {"provider_id": "x"}, ["/provider_id"]),
        ("/clinics/c1/providers/x", {"roles": None}, ["/roles"]),
        ("/domains/o1/roles/dentist", {"id": "x", "domain": "o1"}, ["/domain", "/id"]),
        ("/domains/c1/assignments/x", {"subject": "x", "role": "x", "domain": "c1"}, ["/domain", "/role", "/subject"]),
        (
            "/api-keys/x",
            {"scopes": ["decide"], "domain": "o1", "expires_at": None},
            ["/domain", "/expires_at", "/scopes"],
        ),
        ("/organizations/o1", {"attributes": {"a": 1}}, ["/attributes/a"]),
    ],
)
def test_what_a_patch_may_not_touch_is_named(api: Management, path: str, fields: object, at: list[str]) -> None:
    reply = api.patch(path, fields)
    assert (reply.code, pointers(reply.fields)) == ("invalid_request", at)


def test_read_only_is_said_of_what_is_read_only_and_no_field_of_what_is_none(api: Management) -> None:
    reply = api.post("/organizations", {"name": "x", "revision": 1, "colour": "red"})
    told = {fault["pointer"]: fault["detail"] for fault in reply.fields["errors"]}
    assert told == {"/revision": "is read-only", "/colour": "is no field of this request"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'\xef\xbb\xbf{"name": "x"}', "invalid_json"),
        (b'{"name": "\xff"}', "invalid_json"),
        (b'{"name": "x", "name": "y"}', "invalid_request"),
        (b'{"name": NaN}', "invalid_request"),
        (b'{"name": "x", "attributes": ' + b"[" * 40 + b"]" * 40 + b"}", "invalid_request"),
    ],
)
def test_what_is_no_strict_json_is_refused(api: Management, body: bytes, code: str) -> None:
    assert api.send("POST", "/organizations", body, {"content_type": "application/json"}).code == code


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/merge-patch+json", "application/json; charset=latin-1", ""]
)
def test_a_post_is_json(api: Management, media_type: str) -> None:
    reply = api.send("POST", "/organizations", {"name": "x"}, {"content_type": media_type})
    assert reply.code == "unsupported_media_type"


def test_a_patch_is_a_patch(api: Management) -> None:
    assert (
        api.patch("/organizations/o1", {}, content_type="application/json-patch+json").code == "unsupported_media_type"
    )
    assert api.patch("/organizations/o1", {}, content_encoding="gzip").code == "unsupported_media_type"


# --- parameters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "at"),
    [
        ("/clinics?limit=0", "/limit"),
        ("/clinics?limit=501", "/limit"),
        ("/clinics?limit=-1", "/limit"),
        ("/clinics?limit=1.0", "/limit"),
        ("/clinics?limit=%D9%A1", "/limit"),
        ("/clinics?limit=", "/limit"),
        ("/clinics?limit=1&limit=1", "/limit"),
        ("/clinics?cursor=", "/cursor"),
        ("/clinics?cursor=abc", "/cursor"),
        ("/clinics?cursor=%00", "/cursor"),
        ("/clinics?organization_id=a%20b", "/organization_id"),
        ("/clinics?stale=yes", "/stale"),
        ("/clinics?page=2", "/page"),
        ("/clinics?a%2Fb=2", "/a~1b"),
        ("/organizations/o1?limit=5", "/limit"),
        ("/domains/o1/roles?visible=1", "/visible"),
        ("/assignments", "/subject"),
        ("/assignments?subject=key%3A1", "/subject"),
        ("/changes?since=-1", "/since"),
        ("/changes?since=9007199254740992", "/since"),
        ("/changes?actor=", "/actor"),
    ],
)
def test_a_bad_parameter_is_named(api: Management, target: str, at: str) -> None:
    reply = api.get(target)
    assert (reply.code, pointers(reply.fields)) == ("invalid_request", [at])


@pytest.mark.parametrize("query", ["x", "=", "limit=%ff", "&&", "limit=5&"])
def test_what_is_no_list_of_parameters_is_refused(api: Management, query: str) -> None:
    assert api.get(f"/clinics?{query}").code == "invalid_request"


def test_writes_take_their_own_parameters_only(api: Management) -> None:
    assert api.post("/organizations?cascade=true", {"name": "x"}).code == "invalid_request"
    assert api.delete("/organizations/o1?cascade=1").code == "invalid_request"
    assert api.patch("/organizations/o1?dry_run=1", {}).code == "invalid_request"
    assert api.delete("/domains/o1/roles/dentist?cascade=true").code == "invalid_request"


# --- the order of checks ------------------------------------------------------------------------------------


def test_checks_are_made_in_order(office: Office) -> None:
    clinic = office.key("c1", "manage")
    bad_body = {"zz": 1}
    nobody = office.api.with_key(None)
    assert nobody.send("POST", "/nowhere", b"{", {}).status == 404
    assert nobody.send("PUT", "/organizations", b"{", {}).status == 405
    assert nobody.send("POST", "/organizations", b"{", {"content_length": "9999999"}).status == 413
    assert nobody.send("POST", "/organizations", b"{", {"content_type": "text/plain"}).status == 401
    assert clinic.send("POST", "/organizations", b"{", {"content_type": "text/plain"}).status == 415
    assert clinic.post("/domains/o2/roles", bad_body).status == 400
    assert clinic.post("/domains/o2/roles", {"id": "r"}, if_match="x").status == 400
    assert clinic.post("/domains/o2/roles", {"id": "r", "inherits": ["nowhere"]}).status == 404
    assert clinic.post("/domains/c1/roles", {"id": "r", "inherits": ["nowhere"]}).status == 403
    assert clinic.patch("/clinics/c1", {"parent_id": "o2"}, if_match='"1"').status == 403
    assert office.api.patch("/clinics/c1", {"organization_id": "o2"}, if_match='"1"').status == 412
    assert office.api.patch("/clinics/c1", {"organization_id": "o2"}).status == 400
