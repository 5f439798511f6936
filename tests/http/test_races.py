"""Many callers at once, on two workers: nothing is lost, nothing is done twice, and everybody sees what was written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.management import Management
from tests.support.raw_http import Reply
from tests.support.sample_policy import ALLOWED, EDITS, commit, settings_of
from tests.support.threads import at_once
from tests.support.ways import Served, our_server

CALLERS = 16
PROPAGATION_SECONDS = 1.0
"""Polls are at most a quarter of a second apart; the machine may be busy."""

numbers = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of these tests' own: they write to its store."""
    folder: Path = tmp_path_factory.mktemp("races")
    commit(folder, *EDITS)
    with our_server(settings_of(folder), workers=2) as served:
        yield served


@pytest.fixture
def api(server: Served) -> Management:
    return Management(server)


@pytest.fixture
def clinic(api: Management) -> str:
    """The path of a clinic that nobody else writes to."""
    name = f"race-{next(numbers)}"
    api.make("/clinics", {"id": name, "organization_id": "o1", "name": name})
    return f"/clinics/{name}"


def statuses(replies: list[Reply]) -> Counter[int]:
    return Counter(reply.status for reply in replies)


def revision(reply: Reply) -> int:
    """The one that a write has made."""
    return int(reply.header("x-policy-revision") or "")


def head(api: Management) -> int:
    return revision(api.get("/organizations/o1"))


def test_the_callers_reach_both_workers(api: Management) -> None:
    """The ids that a worker gives to requests begin alike."""
    replies = [reply for _ in range(4) for reply in at_once(CALLERS, lambda _: api.get("/organizations/o1"))]
    assert len({str(reply.header("x-request-id")).partition("-")[0] for reply in replies}) == 2


# --- writers on one record --------------------------------------------------------------------------------


def test_of_all_who_expect_the_same_revision_one_writes(api: Management, clinic: str) -> None:
    tag, before = api.get(clinic).header("etag") or "", head(api)
    replies = at_once(CALLERS, lambda number: api.patch(clinic, {"name": f"by {number}"}, if_match=tag))
    assert statuses(replies) == {200: 1, 412: CALLERS - 1}
    (winner,) = (number for number, reply in enumerate(replies) if reply.status == 200)
    assert api.get(clinic).fields["name"] == f"by {winner}"
    assert head(api) == before + 1


def test_of_all_who_expect_nothing_each_writes_and_none_is_lost(api: Management, clinic: str) -> None:
    before = head(api)
    replies = at_once(CALLERS, lambda number: api.patch(clinic, {"attributes": {f"k{number}": "x"}}))
    assert statuses(replies) == {200: CALLERS}
    assert sorted(map(revision, replies)) == list(range(before + 1, before + CALLERS + 1))
    assert api.get(clinic).fields["attributes"] == {f"k{number}": "x" for number in range(CALLERS)}
    assert head(api) == before + CALLERS


def test_each_answer_shows_the_record_at_its_own_revision(api: Management, clinic: str) -> None:
    replies = at_once(CALLERS, lambda number: api.patch(clinic, {"name": f"by {number}"}))
    for number, reply in enumerate(replies):
        assert reply.fields["name"] == f"by {number}"
        assert reply.header("etag") == f'"{revision(reply)}"'
        (edit,) = api.get(f"/changes/{revision(reply)}").fields["edits"]
        assert edit["after"]["name"] == f"by {number}"


def test_of_all_who_make_the_same_id_one_does(api: Management) -> None:
    before, made = head(api), {"id": f"race-{next(numbers)}", "organization_id": "o1", "name": "x"}
    replies = at_once(CALLERS, lambda _: api.post("/clinics", made))
    assert statuses(replies) == {201: 1, 409: CALLERS - 1}
    assert {reply.code for reply in replies if reply.status == 409} == {"already_exists"}
    assert head(api) == before + 1


@pytest.mark.parametrize("_time", range(4))
def test_a_role_is_not_ended_under_who_is_given_it(api: Management, _time: int) -> None:
    """Either it is given, and stays, or it has ended, and is given to nobody."""
    name = f"race-{next(numbers)}"
    api.make("/domains/o1/roles", {"id": name})
    assigned = {"subject": "ann", "role": {"domain": "o1", "id": name}}

    def work(number: int) -> Reply:
        return api.post("/domains/c1/assignments", assigned) if number else api.delete(f"/domains/o1/roles/{name}")

    ended, given = at_once(2, work)
    assert (ended.status, given.status, given.code or ended.code) in {
        (204, 422, "unknown_reference"),
        (409, 201, "in_use"),
    }


# --- the same request many times --------------------------------------------------------------------------


def test_a_key_of_idempotency_makes_one_change_and_equal_answers(api: Management) -> None:
    before, key = head(api), f"race {next(numbers)}"
    fields = {"subject": key, "role": {"domain": "o1", "id": "dentist"}}
    replies = at_once(CALLERS, lambda _: api.post("/domains/c2/assignments", fields, idempotency_key=key))
    assert statuses(replies) == {201: CALLERS}
    assert len({(reply.body, reply.header("location"), reply.header("etag")) for reply in replies}) == 1
    assert [reply.header("idempotency-replayed") for reply in replies].count("true") == CALLERS - 1
    assert head(api) == before + 1


def test_an_api_key_that_is_made_again_is_shown_once(api: Management) -> None:
    fields, key = {"name": "x", "domain": "o1", "scopes": ["decide"]}, f"race {next(numbers)}"
    replies = at_once(CALLERS, lambda _: api.post("/api-keys", fields, idempotency_key=key))
    assert statuses(replies) == {201: CALLERS}
    assert len({reply.fields["id"] for reply in replies}) == 1
    assert sum("key" in reply.fields for reply in replies) == 1
    assert sum(reply.fields.get("key_shown", False) for reply in replies) == CALLERS - 1


# --- reading what was written -----------------------------------------------------------------------------


def test_whoever_reads_after_a_write_sees_it_on_every_worker(api: Management, clinic: str) -> None:
    for number in range(8):
        made = revision(api.patch(clinic, {"name": f"name {number}"}))
        replies = at_once(8, lambda _: api.get(clinic))
        assert {reply.fields["name"] for reply in replies} == {f"name {number}"}
        assert all(revision(reply) >= made for reply in replies)


def test_a_write_can_be_demanded_of_a_decision_on_every_worker(server: Served, api: Management) -> None:
    name = f"race-{next(numbers)}"
    api.make("/domains/o1/roles", {"id": name, "permissions": [{"resource": f"/{name}", "action": "read"}]})
    given = api.post("/domains/c1/assignments", {"subject": name, "role": name})
    asked = {"sub": name, "dom": "c1", "obj": f"/{name}", "act": "read", "at_least": revision(given)}
    replies = at_once(CALLERS, lambda _: server.ask(asked))
    assert {(reply.status, reply.fields["allowed"]) for reply in replies} == {(200, True)}


def test_a_list_that_is_walked_while_others_write_has_all_that_stayed_once(api: Management, clinic: str) -> None:
    there = {each["id"] for each in api.walk("/clinics")}

    def work(number: int) -> list[str]:
        if number % 2:
            return [each["id"] for each in api.walk("/clinics", limit=2)]
        for _ in range(5):
            name = f"race-{next(numbers)}"
            api.make("/clinics", {"id": name, "organization_id": "o1", "name": name})
            assert api.delete(f"/clinics/{name}").status == 204
        return []

    for walked in at_once(6, work)[1::2]:
        assert len(walked) == len(set(walked))
        assert walked == sorted(walked)
        assert there <= set(walked)


# --- credentials ------------------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Served]:
    """A server that nobody has asked with credentials that nobody has: who does makes those after him wait."""
    commit(tmp_path, *EDITS)
    with our_server(settings_of(tmp_path), workers=2) as served:
        yield served


def with_key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_a_key_just_made_is_good_on_every_worker_at_once(fresh: Served) -> None:
    api = Management(fresh)
    for client in (api.with_key(api.make_key("o1", "manage")) for _ in range(4)):
        assert statuses(at_once(8, lambda _, client=client: client.get("/organizations/o1"))) == {200: 8}
    for headers in (with_key(api.make_key("c1", "decide")) for _ in range(4)):
        asked = at_once(8, lambda _, headers=headers: fresh.ask(ALLOWED, headers=headers))
        assert {(reply.status, reply.fields["allowed"]) for reply in asked} == {(200, True)}


def test_a_key_that_was_revoked_manages_nothing_from_then_on(fresh: Served) -> None:
    """A management call reads on before it is answered: nothing has to spread first."""
    api = Management(fresh)
    made = api.make("/api-keys", {"name": "x", "domain": "o1", "scopes": ["manage"]})
    client = api.with_key(made["key"])
    assert statuses(at_once(8, lambda _: client.get("/clinics/c1"))) == {200: 8}
    assert api.delete(f"/api-keys/{made['id']}").status == 204
    stolen = {"name": "stolen"}
    replies = at_once(8, lambda n: client.patch("/clinics/c1", stolen) if n % 2 else client.get("/clinics/c1"))
    assert statuses(replies) == {401: 8}
    assert api.get("/clinics/c1").fields["name"] == "c1"


def test_a_key_that_was_revoked_asks_nothing_on_any_worker_in_time(fresh: Served) -> None:
    api = Management(fresh)
    made = api.make("/api-keys", {"name": "x", "domain": "o1", "scopes": ["decide"]})
    headers = with_key(made["key"])
    assert statuses(at_once(8, lambda _: fresh.ask(ALLOWED, headers=headers))) == {200: 8}
    assert api.delete(f"/api-keys/{made['id']}").status == 204
    time.sleep(PROPAGATION_SECONDS)
    assert statuses(at_once(CALLERS, lambda _: fresh.ask(ALLOWED, headers=headers))) == {401: CALLERS}
