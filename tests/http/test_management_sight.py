"""Who sees what: nothing of others, and with the store away nothing but what is asked for."""

from __future__ import annotations

import pytest

from tests.support.agreeing import Agreeing
from tests.support.gates import MAX_STALENESS, Asked
from tests.support.logs import away
from tests.support.management import Management, Office
from tests.support.ways import InProcess

PATHS = (
    "/organizations/o2",
    "/clinics/c3",
    "/clinics/c3/providers",
    "/clinics/c3/providers/dr.lee",
    "/domains/o2/roles",
    "/domains/c3/roles/x",
    "/domains/o2/assignments",
    "/domains/c3/assignments/x",
    "/api-keys/00000000000000000000",
)


@pytest.fixture
def office() -> Office:
    return Office()


# --- sight --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
def test_what_may_not_be_seen_is_as_what_is_not_there(office: Office, path: str) -> None:
    manager = office.key("o1", "manage")
    hidden = manager.get(path, x_request_id="r")
    missing = manager.get(path.replace("o2", "o7").replace("c3", "c7"), x_request_id="r")
    assert hidden.code == "not_found"
    assert (hidden.status, hidden.body) == (missing.status, missing.body)


def test_a_domain_above_is_seen_by_nobody_below(office: Office) -> None:
    manager = office.key("c1", "manage")
    assert manager.get("/organizations/o1").code == "not_found"
    assert manager.patch("/organizations/o1", {"name": "x"}).code == "not_found"
    assert manager.post("/domains/o1/assignments", {"subject": "x", "role": "dentist"}).code == "not_found"
    assert (
        manager.post("/domains/c1/assignments", {"subject": "x", "role": {"domain": "o1", "id": "dentist"}}).status
        == 201
    )


def test_a_reference_out_of_sight_is_one_that_leads_nowhere(office: Office) -> None:
    manager = office.key("o1", "manage")
    for parent in ("c3", "c7"):
        refused = manager.post("/clinics", {"organization_id": "o1", "parent_id": parent, "name": "x"})
        assert (refused.code, refused.fields["errors"]) == (
            "unknown_reference",
            [{"pointer": "/parent_id", "detail": f"there is no domain `{parent}`"}],
        )


def test_what_is_seen_and_may_not_be_done_is_forbidden(office: Office) -> None:
    auditor, client = office.key("o1", "audit"), office.key("o1", "decide")
    assert auditor.patch("/clinics/c1", {"name": "x"}).code == "forbidden"
    assert auditor.post("/api-keys", {"name": "x", "domain": "c1", "scopes": ["decide"]}).code == "forbidden"
    assert client.get("/clinics/c1").code == "forbidden"
    assert client.get("/domains/c1/roles").code == "forbidden"
    assert client.get("/clinics").fields == {"items": [], "next_cursor": None}


def test_an_escalation_names_who_may_make_the_call(office: Office) -> None:
    office.api.make("/domains/o1/assignments", {"subject": "ann", "role": "organization-admin"})
    manager = office.key("c1", "manage")
    refused = manager.post("/domains/c1/assignments", {"subject": "eve", "role": "organization-admin"})
    assert (refused.code, refused.fields["may"]) == ("escalation", [])
    assert refused.fields["detail"].endswith("an administrator of the level above may do it, or `bootstrap`")
    child = office.key("o1", "manage").post("/api-keys", {"name": "x", "domain": "o1", "scopes": ["audit"]})
    assert (child.code, child.fields["may"]) == ("escalation", ["ann"])


def test_nobody_without_a_credential_is_told_anything(office: Office) -> None:
    nobody = office.api.with_key(None)
    for reply in (
        nobody.get("/clinics"),
        nobody.post("/clinics", {}),
        nobody.patch("/clinics/c1", {}),
        nobody.delete("/clinics/c1"),
    ):
        assert reply.code == "unauthenticated"


def test_who_may_ask_for_decisions_without_a_credential_may_not_manage() -> None:
    anonymous = Management(Agreeing(InProcess(Asked(anonymous=True).web.flask)), None)
    assert anonymous.get("/clinics").code == "unauthenticated"
    assert anonymous.post("/clinics", {"name": "x", "organization_id": "o1"}).code == "unauthenticated"
    assert anonymous.post("/queries/subjects", {"dom": "c1", "obj": "/a", "act": "b"}).code == "unauthenticated"


# --- reading what was written -----------------------------------------------------------------------------------


def test_a_read_sees_every_write_that_was_acknowledged_before_on_any_worker(office: Office) -> None:
    beside = office.beside()
    for number in range(5):
        revision = office.api.patch("/clinics/c1", {"name": f"n{number}"}).header("x-policy-revision")
        reply = beside.get("/clinics/c1")
        assert (reply.fields["name"], reply.header("x-policy-revision")) == (f"n{number}", revision)


def test_a_key_that_was_deleted_elsewhere_reads_nothing_more(office: Office) -> None:
    beside, key = office.beside(), office.api.make_key("o1", "audit")
    assert beside.with_key(key).get("/clinics").status == 200
    office.api.delete(f"/api-keys/{key[4:24]}")
    assert beside.with_key(key).get("/clinics").code == "unauthenticated"


# --- the store away ---------------------------------------------------------------------------------------------


def test_with_the_store_away_nothing_is_read_or_written(office: Office) -> None:
    office.api.get("/clinics")
    office.asked.process.log.before = away()
    for reply in (
        office.api.get("/clinics"),
        office.api.get("/clinics?stale=false"),
        office.api.patch("/clinics/c1", {"name": "x"}),
    ):
        assert reply.code == "store_unavailable"
        assert reply.header("retry-after")


def test_who_is_content_with_the_last_state_is_told_its_age(office: Office) -> None:
    office.api.get("/clinics")
    office.asked.process.log.before = away()
    office.asked.process.clock.advance(42)
    reply = office.api.get("/clinics?stale=true")
    assert [item["id"] for item in reply.fields["items"]] == ["c1", "c2", "c3", "g1"]
    assert reply.header("x-policy-staleness-ms") == "42000"
    assert office.api.get("/clinics/c1?stale=true", if_none_match='"2"').header("x-policy-staleness-ms") == "42000"


def test_what_is_past_the_limit_is_not_told(office: Office) -> None:
    office.api.get("/clinics")
    office.asked.process.log.before = away()
    office.asked.process.clock.advance(MAX_STALENESS + 1)
    assert office.api.get("/clinics?stale=true").code == "store_unavailable"


def test_who_would_take_an_old_state_gets_the_newest_while_there_is_one(office: Office) -> None:
    office.beside().patch("/clinics/c1", {"name": "new"})
    reply = office.api.get("/clinics/c1?stale=true")
    assert (reply.fields["name"], reply.header("x-policy-staleness-ms")) == ("new", "0")
    assert office.api.get("/clinics/c1").header("x-policy-staleness-ms") is None


# --- planes -------------------------------------------------------------------------------------------------------


def test_the_plane_that_decides_manages_nothing() -> None:
    deciding = Management(InProcess(Asked(manages=False).web.flask))
    assert deciding.get("/organizations").code == "not_found"
    assert deciding.post("/changes", {}).code == "not_found"
    assert deciding.post("/queries/domains", {"sub": "dr.lee", "obj": "/patients/1/chart", "act": "read"}).status == 200


def test_the_plane_that_manages_has_queries_too() -> None:
    managing = Management(InProcess(Asked(decides=False).web.flask))
    assert managing.get("/organizations").status == 200
    assert managing.post("/queries/domains", {"sub": "dr.lee", "obj": "/patients/1/chart", "act": "read"}).status == 200
