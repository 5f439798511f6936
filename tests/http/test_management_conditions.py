"""What goes with a call: tags, `Idempotency-Key`, dry runs and reasons."""

from __future__ import annotations

import pytest

from tests.support.management import Management, Office
from tests.support.threads import at_once


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def api(office: Office) -> Management:
    return office.api


# --- reads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", ['"{}"', 'W/"{}"', '"1", "{}"', '"x" , W/"{}",', "*"])
def test_who_has_a_record_as_it_is_gets_no_copy(api: Management, tags: str) -> None:
    tag = api.get("/clinics/c1").fields["revision"]
    reply = api.get("/clinics/c1", if_none_match=tags.format(tag))
    assert (reply.status, reply.body) == (304, b"")
    assert reply.header("etag") == f'"{tag}"'
    assert reply.header("x-policy-revision") == "2"


@pytest.mark.parametrize("tags", ['"1"', '"02"', '"22"', "2", '"', 'w/"2"x', ""])
def test_who_has_another_gets_a_copy(api: Management, tags: str) -> None:
    assert api.get("/clinics/c1", if_none_match=tags).status == 200


def test_a_list_has_no_tag_and_a_read_tells_its_revision(api: Management) -> None:
    reply = api.get("/clinics")
    assert reply.header("etag") is None
    assert reply.header("x-policy-revision") == "2"


# --- If-Match -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", ['"{}"', '"1","{}"', "*", ' "{}" '])
def test_a_write_that_expects_what_is_there_is_made(api: Management, tags: str) -> None:
    tag = api.get("/clinics/c1").fields["revision"]
    assert api.patch("/clinics/c1", {"name": "x"}, if_match=tags.format(tag)).status == 200


@pytest.mark.parametrize("tags", ['"1"', 'W/"2"', '"02"', '""', '"x"', '"99999999999999999999"'])
def test_a_write_that_expects_something_else_is_not(api: Management, tags: str) -> None:
    assert api.patch("/clinics/c1", {"name": "x"}, if_match=tags).code == "revision_mismatch"
    assert api.delete("/clinics/c1", if_match=tags).code == "revision_mismatch"
    assert api.get("/clinics/c1").fields["name"] == "c1"


@pytest.mark.parametrize("tags", ["2", '"2', '2"', '"2" "3"', "*, *", "**", '"2";', ""])
def test_what_is_no_list_of_tags_is_refused(api: Management, tags: str) -> None:
    reply = api.patch("/clinics/c1", {"name": "x"}, if_match=tags)
    assert reply.code == "invalid_request"
    assert "if-match" in reply.fields["detail"]


def test_of_two_who_expect_the_same_one_writes(office: Office) -> None:
    beside = office.beside()
    tag = office.api.get("/clinics/c1").header("etag") or ""
    assert office.api.patch("/clinics/c1", {"name": "x"}, if_match=tag).status == 200
    assert beside.patch("/clinics/c1", {"name": "y"}, if_match=tag).code == "revision_mismatch"


# --- patches ------------------------------------------------------------------------------------------------


def test_a_patch_without_effect_makes_no_change(api: Management) -> None:
    before = api.get("/clinics/c1")
    reply = api.patch("/clinics/c1", {"name": "c1", "status": "active", "attributes": {"gone": None}})
    assert (reply.status, reply.body) == (200, before.body)
    assert reply.header("etag") == before.header("etag")
    assert reply.header("x-policy-revision") == before.header("x-policy-revision")
    assert api.patch("/clinics/c1", {}).status == 200


@pytest.mark.parametrize(
    "media_type", ["application/merge-patch+json", "application/json", "application/json; charset=UTF-8"]
)
def test_a_patch_is_a_merge_patch_whatever_it_is_called(api: Management, media_type: str) -> None:
    api.patch("/clinics/c1", {"attributes": {"a": "1", "b": "2"}})
    reply = api.patch("/clinics/c1", {"attributes": {"a": None, "c": "3"}}, content_type=media_type)
    assert reply.fields["attributes"] == {"b": "2", "c": "3"}


# --- Idempotency-Key ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/organizations", {"name": "x"}),
        ("/clinics", {"name": "x", "organization_id": "o1"}),
        ("/clinics/c1/providers", {"provider_id": "dr.lee", "roles": ["dentist"]}),
        ("/domains/o1/roles", {"id": "r"}),
        ("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"}),
        ("/changes", {"edits": [{"op": "update", "kind": "clinic", "id": "c1", "fields": {"name": "x"}}]}),
        ("/changes/2/revert", {}),
    ],
)
def test_the_same_call_again_gives_the_first_answer_on_any_worker(office: Office, path: str, fields: object) -> None:
    first = office.api.post(path, fields, idempotency_key="a key")
    assert first.status == 201
    assert first.header("idempotency-replayed") is None
    office.api.patch("/organizations/o2", {"name": "meanwhile"})
    for worker in (office.api, office.beside()):
        again = worker.post(path, fields, idempotency_key="a key")
        assert again.header("idempotency-replayed") == "true"
        own = {"x-request-id", "idempotency-replayed"}
        assert [h for h in again.headers if h[0] not in own] == [h for h in first.headers if h[0] not in own]
        assert (again.status, again.body) == (first.status, first.body)


def test_a_key_is_shown_once_also_to_who_asks_again(api: Management) -> None:
    fields = {"name": "k", "domain": "o1", "scopes": ["decide"]}
    first = api.post("/api-keys", fields, idempotency_key="x").fields
    again = api.post("/api-keys", fields, idempotency_key="x").fields
    assert again == {**{name: first[name] for name in first if name != "key"}, "key_shown": True}
    assert len(api.get("/api-keys").fields["items"]) == 1


def test_the_key_of_another_request_is_refused(office: Office) -> None:
    api = office.api
    api.make("/organizations", {"id": "o8", "name": "x"}, idempotency_key="k")
    others = (
        ("/organizations", {"id": "o8", "name": "y"}),
        ("/organizations?dry_run=true", {"id": "o8", "name": "x"}),
        ("/clinics", {"name": "x", "organization_id": "o1"}),
    )
    for path, fields in others:
        assert api.post(path, fields, idempotency_key="k").code == "idempotency_mismatch"


def test_a_key_is_its_actors_own(office: Office) -> None:
    fields = {"name": "x", "organization_id": "o1"}
    one = office.key("o1", "manage").make("/clinics", fields, idempotency_key="k")
    other = office.key("o1", "manage").make("/clinics", fields, idempotency_key="k")
    assert one["id"] != other["id"]


def test_what_was_refused_may_be_tried_again(api: Management) -> None:
    fields = {"subject": "dr.lee", "role": "r"}
    assert api.post("/domains/c1/assignments", fields, idempotency_key="k").code == "unknown_reference"
    api.make("/domains/o1/roles", {"id": "r"})
    assert api.post("/domains/c1/assignments", fields, idempotency_key="k").status == 201


def test_many_who_send_the_same_at_once_make_one_change(api: Management) -> None:
    replies = at_once(8, lambda _: api.post("/organizations", {"name": "x"}, idempotency_key="k"))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert len(list(api.walk("/organizations"))) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f", "\xe9", "a\tb"])
def test_a_bad_idempotency_key_is_refused(api: Management, key: str) -> None:
    reply = api.post("/organizations", {"name": "x"}, idempotency_key=key)
    assert reply.code == "invalid_request"
    assert "idempotency-key" in reply.fields["detail"]


# --- dry runs -------------------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_does_nothing(api: Management) -> None:
    reply = api.post("/organizations?dry_run=true", {"id": "o9", "name": "Nine"})
    after = {"id": "o9", "name": "Nine", "status": "active"}
    edit = {"op": "create", "kind": "organization", "domain": "platform", "id": "o9", "before": None, "after": after}
    assert (reply.status, reply.fields) == (200, {"edits": [edit], "impact": None})
    assert reply.header("x-policy-revision") == "2"
    assert api.get("/organizations/o9").status == 404


def test_every_write_can_be_tried(api: Management) -> None:
    made = api.make("/domains/c1/assignments", {"subject": "dr.lee", "role": "dentist"})["id"]
    tried = (
        api.patch("/clinics/c1?dry_run=true", {"name": "x"}),
        api.delete("/clinics/c3?dry_run=true"),
        api.delete(f"/domains/c1/assignments/{made}?dry_run=true"),
        api.post("/api-keys?dry_run=true", {"name": "k", "domain": "o1", "scopes": ["decide"]}),
        api.post("/changes/3/revert?dry_run=true", {}),
    )
    assert [(reply.status, len(reply.fields["edits"])) for reply in tried] == [(200, 1)] * 5
    assert b"hash" not in tried[3].body
    assert api.get("/changes?limit=1").fields["items"][0]["revision"] == 3


def test_a_dry_run_makes_all_the_checks(api: Management) -> None:
    assert api.post("/organizations?dry_run=true", {"id": "o1", "name": "x"}).code == "already_exists"
    assert api.patch("/clinics/c1?dry_run=true", {"name": "x"}, if_match='"1"').code == "revision_mismatch"


def test_a_dry_run_that_is_none_is_a_write(api: Management) -> None:
    assert api.post("/organizations?dry_run=false", {"name": "x"}).status == 201


# --- reasons --------------------------------------------------------------------------------------------------


def test_a_reason_is_kept_with_the_change(api: Management) -> None:
    replies = (
        api.post("/organizations", {"id": "o9", "name": "x"}, x_change_reason="d%C3%A9j%C3%A0%20%F0%9F%A6%B7"),
        api.patch("/organizations/o9", {"name": "y"}, x_change_reason="a plain one"),
        api.delete("/organizations/o9", x_change_reason="x" * 500),
    )
    reasons = [api.get(f"/changes/{reply.header('x-policy-revision')}").fields["reason"] for reply in replies]
    assert reasons == ["déjà 🦷", "a plain one", "x" * 500]


@pytest.mark.parametrize("reason", ["", "x" * 501, "%", "%zz", "%C3", "%FF", "d\xe9j\xe0", "a%0Ab", "%ED%A0%80"])
def test_a_bad_reason_is_refused(api: Management, reason: str) -> None:
    reply = api.patch("/clinics/c1", {"name": "x"}, x_change_reason=reason)
    assert reply.code == "invalid_request"
    assert "x-change-reason" in reply.fields["detail"]
