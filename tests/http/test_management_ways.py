"""The management API by each way in, with several workers: answers without bodies, and clients that send it twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.settings import read_settings
from tests.support.agreeing import Agreeing
from tests.support.management import Management
from tests.support.sample_policy import AUTHORIZED, EDITS, commit, settings_of
from tests.support.threads import at_once
from tests.support.ways import InProcess, Served, our_server, wsgi_server


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of these tests' own: they write to it."""
    folder = tmp_path_factory.mktemp("management")
    commit(folder, *EDITS)
    return folder


@pytest.fixture(scope="module", params=["our server", "gunicorn", "in process"])
def api(request: pytest.FixtureRequest, written: Path) -> Iterator[Management]:
    settings = settings_of(written)
    if request.param == "in process":
        with build_service(read_settings({name: str(value) for name, value in settings.items()})) as service:
            yield Management(Agreeing(InProcess(create_app(service))))
    else:
        with {"our server": our_server, "gunicorn": wsgi_server}[request.param](settings) as server:
            yield Management(Agreeing(server))


def test_a_record_lives_by_each_way(api: Management) -> None:
    made = api.make("/clinics", {"organization_id": "o1", "name": "x", "attributes": {"a": 'æ"\u202e'}})
    path = f"/clinics/{made['id']}"
    for _ in range(6):  # each on a connection of its own, to any worker
        assert api.get(path).fields == made
    tag = api.get(path).header("etag") or ""
    unchanged = api.get(path, if_none_match=tag)
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert api.patch(path, {"name": "y"}, if_match=tag).status == 200
    assert api.patch(path, {"name": "z"}, if_match=tag).code == "revision_mismatch"
    gone = api.delete(path, x_change_reason="no%20more")
    assert (gone.status, gone.body) == (204, b"")
    assert api.get(path).status == 404


def test_head_is_get_without_a_body(api: Management) -> None:
    reply = api.send("HEAD", "/clinics/c1", None, {})
    assert (reply.status, reply.body) == (200, b"")
    assert reply.header("etag") == api.get("/clinics/c1").header("etag")


def test_the_same_call_from_many_at_once_makes_one_change(api: Management) -> None:
    fields = {"subject": f"s{id(api)}", "role": "dentist"}
    replies = at_once(16, lambda _: api.post("/domains/c2/assignments", fields, idempotency_key=f"k{id(api)}"))
    assert {(reply.status, reply.body) for reply in replies} == {(201, replies[0].body)}
    assert [reply.header("idempotency-replayed") for reply in replies].count(None) == 1


def test_pages_of_a_query_come_from_any_worker(api: Management) -> None:
    fields = {"sub": "dr.lee", "dom": "c1", "limit": 1}
    cursor = api.post("/queries/permissions", fields).fields["next_cursor"]
    rest = [api.post("/queries/permissions", {**fields, "cursor": cursor}) for _ in range(6)]
    assert len({reply.body for reply in rest}) == 1
    assert rest[0].fields["items"][0]["effect"] == "deny"


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Change-Reason"])
def test_what_two_could_read_otherwise_is_given_once(served: Served, name: str) -> None:
    headers = [("Content-Type", "application/json"), *AUTHORIZED.items(), (name, "a"), (name, "b")]
    reply = served.send("POST", "/api/v1/organizations?dry_run=true", headers, b'{"name": "x"}')
    assert reply.code == "invalid_request"
    assert name.lower() in reply.fields["detail"]
