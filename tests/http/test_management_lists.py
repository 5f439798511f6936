"""Lists: pages by cursor, bound to who asked for what, and whole whatever is written meanwhile."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from tests.support.management import Management, Office
from tests.support.raw_http import Reply


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def api(office: Office) -> Management:
    return office.api


def ids(reply: Reply) -> list[str]:
    return [item["id"] for item in reply.fields["items"]]


def next_of(reply: Reply) -> str:
    return str(reply.fields["next_cursor"])


def test_a_page_is_as_long_as_it_is_asked_to_be(api: Management) -> None:
    for number in range(60):
        api.make("/clinics", {"id": f"x{number:02}", "organization_id": "o1", "name": "x"})
    assert len(ids(api.get("/clinics"))) == 50
    assert len(ids(api.get("/clinics?limit=1"))) == 1
    whole = api.get("/clinics?limit=500")
    assert (len(ids(whole)), whole.fields["next_cursor"]) == (64, None)


def test_pages_follow_each_other_by_id(api: Management) -> None:
    seen = [item["id"] for item in api.walk("/clinics", limit=1)]
    assert seen == ["c1", "c2", "c3", "g1"]


def test_the_last_page_says_so(api: Management) -> None:
    assert api.get("/clinics?limit=4").fields["next_cursor"] is None
    assert api.get("/clinics?limit=3").fields["next_cursor"] is not None


def test_a_walk_has_what_was_there_throughout_once_while_others_write(api: Management) -> None:
    for name in ("b", "d", "f", "h"):
        api.make("/organizations", {"id": name, "name": name})
    first = api.get("/organizations?limit=2")
    assert ids(first) == ["b", "d"]
    for name in ("a", "c", "e"):
        api.make("/organizations", {"id": name, "name": name})
    api.delete("/organizations/d")
    api.delete("/organizations/h")
    second = api.get(f"/organizations?limit=100&cursor={next_of(first)}")
    assert ids(second) == ["e", "f", "o1", "o2"]


def test_the_limit_may_change_on_the_way(api: Management) -> None:
    first = api.get("/clinics?limit=1")
    assert ids(api.get(f"/clinics?limit=2&cursor={next_of(first)}")) == ["c2", "c3"]


def test_a_cursor_is_good_at_any_worker(office: Office) -> None:
    first = office.api.get("/clinics?limit=1")
    assert ids(office.beside().get(f"/clinics?cursor={next_of(first)}")) == ["c2", "c3", "g1"]


def test_a_cursor_is_bound_to_its_list_filter_and_caller(office: Office) -> None:
    api = office.api
    cursor = next_of(api.get("/clinics?limit=1&organization_id=o1"))
    others = (
        (api, f"/clinics?cursor={cursor}"),
        (api, f"/clinics?organization_id=o2&cursor={cursor}"),
        (api, f"/organizations?cursor={cursor}"),
        (api, f"/domains/c1/assignments?cursor={cursor}"),
        (office.key("o1", "audit"), f"/clinics?organization_id=o1&cursor={cursor}"),
    )
    for caller, target in others:
        reply = caller.get(target)
        assert (reply.code, reply.fields["errors"][0]["pointer"]) == ("invalid_request", "/cursor")
    assert api.get(f"/clinics?organization_id=o1&cursor={cursor}").status == 200


def test_no_other_cursor_is_taken_for_one(api: Management) -> None:
    cursor = next_of(api.get("/clinics?limit=1"))
    sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    made_up = (
        urlsafe_b64encode(sealed[:32] + b'["zz"]').decode(),
        urlsafe_b64encode(sealed[:32]).decode(),
        f"{cursor}A",
        f"{cursor}%3D",
        f"{cursor[:-1]}%20",
        cursor[:-2],
        "A" * 9000,
    )
    for text in made_up:
        assert api.get(f"/clinics?cursor={text.rstrip('=')}").code == "invalid_request"


def test_a_cursor_tells_nothing_that_the_page_did_not(office: Office) -> None:
    """The key of the last item, under a mac."""
    clinic = office.key("c1", "audit")
    reply = clinic.get("/domains/c1/roles?visible=true&limit=1")
    cursor = next_of(reply)
    place = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[32:]
    assert place == b'["auditor","platform"]'
    assert ids(reply) == ["auditor"]


def test_changes_are_walked_newest_first_while_others_come(api: Management) -> None:
    for number in range(5):
        api.patch("/clinics/c1", {"name": f"n{number}"})
    first = api.get("/changes?limit=3")
    api.patch("/clinics/c1", {"name": "later"})
    rest = api.get(f"/changes?cursor={next_of(first)}")
    assert [item["revision"] for item in (*first.fields["items"], *rest.fields["items"])] == [7, 6, 5, 4, 3, 2, 1]


def test_a_list_shows_what_may_be_read_and_no_more(office: Office) -> None:
    auditor = office.key("g1", "audit")
    assert [item["id"] for item in auditor.walk("/clinics", limit=1)] == ["c2", "g1"]
    assert list(auditor.walk("/organizations")) == []
    assert list(auditor.walk("/clinics?organization_id=o2")) == []
    assert [item["domain"] for item in auditor.walk("/api-keys")] == ["g1"]
    assert auditor.get("/clinics?limit=2").fields["next_cursor"] is None
