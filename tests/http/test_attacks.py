"""Attempts by holders of some credential to learn of other tenants, or to keep what was taken from them."""

from __future__ import annotations

import json

import pytest

from enterprise_policy.state.edits import create, delete
from tests.support.gates import Asked
from tests.support.management import Management, Office
from tests.support.policies import clinic
from tests.support.raw_http import Reply

TOKENS = {"token-ann": "ann", "token-gina": "gina", "token-oli": "oli", "token-pat": "pat"}


@pytest.fixture
def office() -> Office:
    """Ann manages `o1`, gina `g1` and oli `o2`, each as an organization's administrator would; pat holds nothing."""
    office = Office(asked=Asked(empty=True, tokens=TOKENS))
    for person, domain in (("ann", "o1"), ("gina", "g1"), ("oli", "o2")):
        office.api.make(f"/domains/{domain}/assignments", {"subject": person, "role": "organization-admin"})
    return office


def person(office: Office, name: str) -> Management:
    return office.api.with_key(f"token-{name}")


def edit(op: str, kind: str, name: str | None = None, domain: str | None = None, **fields: object) -> dict[str, object]:
    named = {"id": name, "domain": domain, "fields": fields}
    return {"op": op, "kind": kind, **{key: value for key, value in named.items() if value}}


def told(reply: Reply) -> object:
    """What an answer tells, but for the name of its request."""
    return reply.status, {key: value for key, value in reply.fields.items() if key != "request_id"}


# --- strangers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["provider_assignment", "role", "assignment", "clinic", "organization", "api_key"])
def test_in_a_change_a_stranger_s_record_is_as_one_that_is_not_there(office: Office, kind: str) -> None:
    there = {
        "provider_assignment": "dr.lee",
        "role": "dentist",
        "assignment": office.api.make("/domains/o1/assignments", {"subject": "eve", "role": "dentist"})["id"],
        "clinic": "c1",
        "organization": "o1",
        "api_key": office.api.make("/api-keys", {"name": "x", "domain": "o1", "scopes": ["decide"]})["id"],
    }
    office.api.make("/clinics/c1/providers", {"provider_id": "dr.lee", "roles": ["dentist"]})
    home = {"provider_assignment": "c1", "role": "o1", "assignment": "o1"}.get(kind)
    for op in ("update", "delete"):
        real = refused(office, edit(op, kind, there[kind], home))
        missing = refused(office, edit(op, kind, "nothing", home and "nowhere"))
        assert real.replace(there[kind], "nothing").replace(f"`{home}`", "`nowhere`") == missing


def refused(office: Office, wanted: dict[str, object]) -> str:
    """What oli is told when he wants that."""
    reply = person(office, "oli").post("/changes", {"edits": [wanted]})
    assert reply.code == "unknown_reference"
    return json.dumps(reply.fields["errors"])


def test_a_stranger_s_change_is_as_one_that_was_never_made(office: Office) -> None:
    oli = person(office, "oli")
    made = office.api.post("/domains/c1/assignments", {"subject": "eve", "role": "dentist"})
    revision = made.fields["revision"]
    assert told(oli.get(f"/changes/{revision}")) == told(oli.get("/changes/9999"))
    assert told(oli.post(f"/changes/{revision}/revert")) == told(oli.post("/changes/9999/revert"))


def test_what_else_was_in_a_change_is_not_felt_through_a_filter(office: Office) -> None:
    edits = [
        edit("create", "assignment", None, "c1", subject="eve", role="dentist"),
        edit("create", "assignment", None, "c3", subject="adam", role="auditor"),
    ]
    revision = office.api.make("/changes", {"edits": edits})["revision"]
    oli = person(office, "oli")
    assert [each["domain"] for each in oli.get(f"/changes/{revision}").fields["edits"]] == ["c3"]
    assert [each["revision"] for each in oli.walk("/changes?subject=adam")] == [revision]
    for asked in ("subject=eve", "domain=c1", "domain=o1", "domain=c7", "subject=nobody"):
        assert list(oli.walk(f"/changes?{asked}")) == []
    assert oli.post(f"/changes/{revision}/revert").code == "forbidden"


def test_a_domain_that_is_gone_stays_its_tenants_own(office: Office) -> None:
    ann, oli = person(office, "ann"), person(office, "oli")
    assert ann.delete("/clinics/g1?cascade=true").status == 204
    assert [each for each in ann.walk("/changes?domain=c2") if each["edits"]] != []
    assert list(oli.walk("/changes?domain=c2")) == list(oli.walk("/changes?domain=c7")) == []
    assert list(person(office, "gina").walk("/changes")) == []
    assert told(oli.get("/clinics/c2")) == told(oli.get("/clinics/c7"))


def test_where_a_stranger_s_subject_may_do_something_is_not_told(office: Office) -> None:
    office.api.make("/domains/o1/assignments", {"subject": "eve", "role": "dentist"})
    asked = {"obj": "/charts/1", "act": "read"}
    key = office.key("o2", "query")
    for subject in ("eve", "nobody"):
        reply = key.post("/queries/domains", {"sub": subject, **asked})
        assert (reply.fields["items"], reply.fields["next_cursor"]) == ([], None)
        assert key.post("/queries/permissions", {"sub": subject, "dom": "o1"}).code == "forbidden"
        assert key.post("/queries/permissions", {"sub": subject, "dom": "o2"}).fields["items"] == []


def test_who_may_decide_without_a_credential_is_told_nothing_by_queries() -> None:
    office = Office(asked=Asked(empty=True, anonymous=True))
    office.api.make("/domains/o1/assignments", {"subject": "ann", "role": "dentist"})
    nobody = office.api.with_key(None)
    for subject in ("ann", "nobody"):
        for body in ({"sub": subject, "obj": "/charts/1", "act": "read"}, {"bad": subject}):
            assert nobody.post("/queries/domains", body).code == "unauthenticated"


# --- what was taken stays taken ------------------------------------------------------------------------------


def test_nobody_undoes_what_was_taken_from_him(office: Office) -> None:
    office.api.make("/domains/o1/assignments", {"subject": "bo", "role": "organization-admin"})
    held = office.api.make("/domains/o1/assignments", {"subject": "ann", "role": "dentist"})
    taken = office.api.delete(f"/domains/o1/assignments/{held['id']}").header("x-policy-revision")
    ann = person(office, "ann")
    assert ann.post(f"/changes/{taken}/revert").code == "escalation"
    key = ann.make_key("o1", "manage")
    assert ann.with_key(key).post(f"/changes/{taken}/revert").code == "escalation"


def test_who_is_removed_has_no_key_that_manages(office: Office) -> None:
    ann = person(office, "ann")
    key = ann.with_key(ann.make_key("o1", "manage", "audit"))
    child = key.with_key(key.make_key("c1", "manage"))
    (held,) = office.api.get("/domains/o1/assignments?subject=ann").fields["items"]
    office.api.delete(f"/domains/o1/assignments/{held['id']}")
    for caller in (ann, key, child):
        assert caller.get("/clinics/c1").code == "not_found"
        assert caller.post("/domains/c1/assignments", {"subject": "ann", "role": "auditor"}).code == "not_found"
        assert list(caller.walk("/clinics")) == list(caller.walk("/changes")) == list(caller.walk("/api-keys")) == []


def test_no_way_back_leads_through_a_change_that_deleted_a_key(office: Office) -> None:
    ann = person(office, "ann")
    made = ann.make("/api-keys", {"name": "x", "domain": "g1", "scopes": ["manage"]})
    deleted = ann.delete("/clinics/g1?cascade=true").header("x-policy-revision")
    undone = ann.post(f"/changes/{deleted}/revert")
    assert undone.fields["skipped"] == [{"kind": "api_key", "domain": "g1", "id": made["id"]}]
    again = ann.post(f"/changes/{undone.fields['revision']}/revert")
    assert again.status == 201
    assert ann.post(f"/changes/{again.fields['revision']}/revert").status == 201
    assert ann.with_key(made["key"]).get("/clinics/g1").code == "unauthenticated"


def test_the_answer_to_a_call_is_given_again_to_its_author_only(office: Office) -> None:
    ann, fields = person(office, "ann"), {"name": "x", "domain": "o1", "scopes": ["decide"]}
    first = ann.post("/api-keys", fields, idempotency_key="one")
    assert "key" in first.fields
    replayed = ann.post("/api-keys", fields, idempotency_key="one")
    assert (replayed.fields["id"], "key" in replayed.fields) == (first.fields["id"], False)
    assert person(office, "gina").post("/api-keys", fields, idempotency_key="one").code == "escalation"
    assert person(office, "oli").post("/api-keys", fields, idempotency_key="one").code == "unknown_reference"


# --- what a page may cost ------------------------------------------------------------------------------------


def test_what_one_tenant_gave_up_is_not_read_again_for_each_page_of_another(office: Office) -> None:
    process = office.asked.process
    for number in range(1100):
        process.make(create(clinic(f"x{number}")))
        process.make(delete(clinic(f"x{number}")))
    oli = person(office, "oli")
    assert list(oli.walk("/changes")) != []
    process.make(create(clinic("new")))
    process.log.calls.clear()
    assert list(oli.walk("/changes")) != []
    assert len(process.log.calls) < 10


def test_who_made_a_key_ends_it_wherever_the_keys_that_it_made_have_come(office: Office) -> None:
    gina = person(office, "gina")
    key = gina.make("/api-keys", {"name": "x", "domain": "g1", "scopes": ["manage", "decide"]})
    child = gina.with_key(key["key"]).make("/api-keys", {"name": "x", "domain": "c2", "scopes": ["decide"]})
    assert office.api.patch("/clinics/c2", {"parent_id": "o1"}).status == 200
    assert gina.delete(f"/api-keys/{child['id']}").code == "not_found"
    assert gina.delete(f"/api-keys/{key['id']}").status == 204
    for made in (key, child):
        assert office.api.with_key(made["key"]).get("/clinics").code == "unauthenticated"
