"""The four queries over HTTP: whole, at one revision and moment, for who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from enterprise_service.follow import past
from tests.support.agreeing import Agreeing
from tests.support.gates import MAX_STALENESS, Asked
from tests.support.logs import away
from tests.support.management import Management, Office
from tests.support.ways import InProcess

CHART = {"obj": "/charts/1", "act": "read"}
WHO = {"dom": "c1", **CHART}


@pytest.fixture
def office() -> Office:
    office = Office()
    edits = [
        {"op": "create", "kind": "assignment", "domain": "c1", "fields": {"subject": f"s{number}", "role": "dentist"}}
        for number in range(7)
    ]
    office.api.make("/changes", {"edits": edits})
    return office


def pages(api: Management, query: str, fields: dict[str, Any]) -> Iterator[list[Any]]:
    cursor: dict[str, Any] = {}
    while True:
        reply = api.post(f"/queries/{query}", {**fields, **cursor})
        assert reply.status == 200, reply
        yield reply.fields["items"]
        if reply.fields["next_cursor"] is None:
            return
        cursor = {"cursor": reply.fields["next_cursor"]}


def walked(api: Management, query: str, fields: dict[str, Any]) -> list[Any]:
    return [item for page in pages(api, query, fields) for item in page]


def test_each_query_has_its_answer(office: Office) -> None:
    asked = {
        "permitted-actions": {"sub": "s1", "dom": "c1", "obj": "/charts/1"},
        "permissions": {"sub": "s1", "dom": "c1"},
        "subjects": WHO,
        "domains": {"sub": "s1", **CHART},
    }
    found = {query: walked(office.api, query, fields) for query, fields in asked.items()}
    assert found["permitted-actions"] == [{"action": "read"}]
    assert found["subjects"] == [{"subject": f"s{number}"} for number in range(7)]
    assert found["domains"] == [{"domain": "c1"}]
    (held,) = found["permissions"]
    role = {"domain": "o1", "id": "dentist"}
    assert held == {
        "effect": "allow",
        "resource": "/charts/:id",
        "action": "read",
        "role": role,
        "permission_domain": "o1",
        "assigned_in": "c1",
        "assignment": held["assignment"],
        "via": [role],
        "starts_at": None,
        "ends_at": None,
    }


def test_an_answer_tells_its_revision_and_age(office: Office) -> None:
    office.asked.process.clock.advance(3)
    reply = office.api.post("/queries/subjects", WHO)
    assert (reply.fields["revision"], reply.header("x-policy-revision")) == (3, "3")
    assert reply.header("x-policy-staleness-ms") == "3000"


# --- pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 500])
def test_pages_make_up_the_whole(office: Office, limit: int) -> None:
    found = list(pages(office.api, "subjects", {**WHO, "limit": limit}))
    assert [len(page) for page in found] == [limit] * (7 // limit) + [7 % limit] * (7 % limit > 0)
    assert [item["subject"] for page in found for item in page] == [f"s{number}" for number in range(7)]


def test_all_pages_are_of_one_revision_at_any_worker(office: Office) -> None:
    first = office.api.post("/queries/subjects", {**WHO, "limit": 2}).fields
    for item in office.api.walk("/domains/c1/assignments"):
        office.api.delete(f"/domains/c1/assignments/{item['id']}")
    for worker in (office.api, office.beside()):
        rest = worker.post("/queries/subjects", {**WHO, "cursor": first["next_cursor"]})
        assert [item["subject"] for item in rest.fields["items"]] == [f"s{number}" for number in range(2, 7)]
        assert (rest.fields["revision"], rest.header("x-policy-revision")) == (3, "3")
    assert walked(office.api, "subjects", WHO) == []


def test_all_pages_are_of_one_moment(office: Office) -> None:
    office.api.make("/domains/c1/assignments", {"subject": "t", "role": "dentist", "ends_at": "2999-01-01T00:00:00Z"})
    first = office.api.post("/queries/subjects", {**WHO, "limit": 1}).fields
    office.asked.process.clock.advance(40_000_000_000)
    office.asked.process.follower.catch_up()
    assert "t" not in [item["subject"] for item in walked(office.api, "subjects", WHO)]
    rest = office.api.post("/queries/subjects", {**WHO, "cursor": first["next_cursor"]}).fields
    assert rest["items"][-1] == {"subject": "t"}


def test_a_revision_that_is_kept_no_more_is_made_again(office: Office) -> None:
    first = office.api.post("/queries/subjects", {**WHO, "limit": 6}).fields
    for number in range(past.KEPT + 1):
        office.api.patch("/clinics/c1", {"name": f"n{number}"})
        office.api.post("/queries/subjects", {**WHO, "limit": 1})
    rest = office.api.post("/queries/subjects", {**WHO, "cursor": first["next_cursor"]}).fields
    assert (rest["items"], rest["revision"]) == ([{"subject": "s6"}], 3)


def test_a_revision_is_gone_back_to_for_a_quarter_of_an_hour(office: Office) -> None:
    first = office.api.post("/queries/subjects", {**WHO, "limit": 6}).fields
    office.api.patch("/clinics/c1", {"name": "New"})
    office.asked.process.clock.advance(899)
    office.asked.process.follower.catch_up()
    assert office.api.post("/queries/subjects", {**WHO, "cursor": first["next_cursor"]}).status == 200
    office.asked.process.clock.advance(2)
    office.asked.process.follower.catch_up()
    refused = office.api.post("/queries/subjects", {**WHO, "cursor": first["next_cursor"]})
    assert (refused.code, refused.fields["errors"][0]["pointer"]) == ("invalid_request", "/cursor")


def test_a_cursor_is_bound_to_its_query_and_caller(office: Office) -> None:
    cursor = office.api.post("/queries/subjects", {**WHO, "limit": 2}).fields["next_cursor"]
    other = office.key("o1", "query")
    refused = (
        office.api.post("/queries/subjects", {**WHO, "obj": "/charts/2", "cursor": cursor}),
        office.api.post("/queries/subjects", {**WHO, "at_least": 1, "cursor": cursor}),
        office.api.post("/queries/domains", {"sub": "s1", **CHART, "cursor": cursor}),
        other.post("/queries/subjects", {**WHO, "cursor": cursor}),
        office.api.post("/queries/subjects", {**WHO, "cursor": f"{cursor}A"}),
    )
    for reply in refused:
        assert (reply.code, reply.fields["errors"][0]["pointer"]) == ("invalid_request", "/cursor")


# --- authority --------------------------------------------------------------------------------------------------


def test_who_may_not_query_is_refused_alike_whether_there_is_such_a_domain(office: Office) -> None:
    for caller in (office.key("o1", "decide"), office.key("o2", "query"), office.key("c2", "query")):
        for domain in ("c1", "nowhere"):
            assert caller.post("/queries/subjects", {**WHO, "dom": domain}).code == "forbidden"


def test_who_may_query_does(office: Office) -> None:
    for caller in (office.key("o1", "query"), office.key("c1", "audit"), office.key("c1", "manage")):
        assert len(walked(caller, "subjects", WHO)) == 7


def test_an_unknown_domain_is_empty_for_who_may_query_anywhere(office: Office) -> None:
    for query in ("subjects", "permitted-actions", "permissions"):
        fields = {"dom": "nowhere", "sub": "s1", **CHART}
        asked = {
            "subjects": ("dom", "obj", "act"),
            "permitted-actions": ("dom", "sub", "obj"),
            "permissions": ("dom", "sub"),
        }
        assert walked(office.api, query, {name: fields[name] for name in asked[query]}) == []


def test_domains_are_those_about_which_the_caller_may_ask(office: Office) -> None:
    office.api.make("/domains/o1/assignments", {"subject": "ann", "role": "dentist"})
    fields = {"sub": "ann", **CHART}
    assert [item["domain"] for item in walked(office.api, "domains", fields)] == ["c1", "c2", "g1", "o1"]
    assert [item["domain"] for item in walked(office.key("g1", "query"), "domains", {**fields, "limit": 1})] == [
        "c2",
        "g1",
    ]
    assert walked(office.key("o2", "query"), "domains", fields) == []
    assert walked(office.key("o1", "decide"), "domains", fields) == []


def test_a_person_asks_about_himself_anywhere(office: Office) -> None:
    asked = Asked(empty=True, process=office.asked.process, tokens={"a-token": "s1"})
    person = Management(Agreeing(InProcess(asked.web.flask)), "a-token")
    assert walked(person, "domains", {"sub": "s1", **CHART}) == [{"domain": "c1"}]
    assert walked(person, "permitted-actions", {"sub": "s1", "dom": "c1", "obj": "/charts/1"}) == [{"action": "read"}]
    assert walked(person, "permissions", {"sub": "s1", "dom": "nowhere"}) == []
    assert walked(person, "domains", {"sub": "s2", **CHART}) == []
    assert person.post("/queries/permissions", {"sub": "s2", "dom": "c1"}).code == "forbidden"
    assert person.post("/queries/subjects", WHO).code == "forbidden"


def test_who_was_deprived_of_it_gets_no_further_page(office: Office) -> None:
    key = office.api.make_key("o1", "query")
    caller = office.api.with_key(key)
    cursor = caller.post("/queries/subjects", {**WHO, "limit": 2}).fields["next_cursor"]
    office.api.delete(f"/api-keys/{key[4:24]}")
    assert caller.post("/queries/subjects", {**WHO, "cursor": cursor}).code == "unauthenticated"


# --- input, revisions, trouble ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "fields", "at"),
    [
        ("subjects", {}, ["/act", "/dom", "/obj"]),
        ("subjects", {**WHO, "sub": "x"}, ["/sub"]),
        ("subjects", {**WHO, "dom": "a b", "obj": "/a//b", "act": ""}, ["/act", "/dom", "/obj"]),
        ("subjects", {**WHO, "limit": 0}, ["/limit"]),
        ("subjects", {**WHO, "limit": True}, ["/limit"]),
        ("subjects", {**WHO, "at_least": "3"}, ["/at_least"]),
        ("subjects", {**WHO, "cursor": 5}, ["/cursor"]),
        ("subjects", {**WHO, "cursor": None}, ["/cursor"]),
        ("domains", {"sub": "key:1", **CHART}, ["/sub"]),
        ("permissions", {"sub": "x", "dom": "c1", "as_of": 1}, ["/as_of"]),
    ],
)
def test_a_bad_query_is_refused_with_its_places(office: Office, query: str, fields: object, at: list[str]) -> None:
    reply = office.api.post(f"/queries/{query}", fields)
    assert (reply.code, sorted(fault["pointer"] for fault in reply.fields["errors"])) == ("invalid_request", at)


def test_a_query_takes_no_parameters_and_is_json(office: Office) -> None:
    assert office.api.post("/queries/subjects?limit=5", WHO).code == "invalid_request"
    assert office.api.post("/queries/subjects", WHO, content_type="text/plain").code == "unsupported_media_type"
    assert office.api.get("/queries/subjects").code == "method_not_allowed"


def test_a_later_revision_is_waited_for_and_one_that_is_not_there_is_refused(office: Office) -> None:
    made = office.beside().make("/domains/c1/assignments", {"subject": "t", "role": "dentist"})
    assert {"subject": "t"} in walked(office.api, "subjects", {**WHO, "at_least": made["revision"]})
    assert office.api.post("/queries/subjects", {**WHO, "at_least": 99}).code == "revision_not_reached"
    assert office.key("o2", "query").post("/queries/subjects", {**WHO, "at_least": 99}).code == "forbidden"


def test_queries_go_on_from_the_last_policy_while_it_is_fresh(office: Office) -> None:
    office.asked.process.log.before = away()
    office.asked.process.clock.advance(10)
    reply = office.api.post("/queries/subjects", WHO)
    assert (len(reply.fields["items"]), reply.header("x-policy-staleness-ms")) == (7, "10000")
    office.asked.process.clock.advance(MAX_STALENESS)
    assert office.api.post("/queries/subjects", WHO).code == "policy_unavailable"
