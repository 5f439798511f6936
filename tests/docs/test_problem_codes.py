"""The OpenAPI document lists, for each route, just the problem codes that the route answers with.

That no answer of any test has a code that isn't listed is seen to by `tests/support/agreeing.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import pytest

from enterprise_service.administer import commit
from enterprise_service.follow.follower import Follower
from tests.docs.problem_table import refused, valid
from tests.docs.problem_world import Route, World, make_world
from tests.support.gates import MAX_STALENESS
from tests.support.logs import Process, away
from tests.support.management import API

QUESTION: Final = {"sub": "ann", "dom": "o1", "obj": "/charts/1", "act": "read"}
QUESTIONS: Final = (
    ("POST", "/authorize", QUESTION),
    ("POST", "/authorize/batch", {"checks": [QUESTION]}),
)

Calls = list[tuple[str, str, Any]]
CALLS: Final[Calls] = [*QUESTIONS, *((method, API + path, body) for method, path, body in valid())]
ASKING: Final = [call for call in CALLS if call[1].startswith("/authorize") or "/queries/" in call[1]]
WRITING: Final = [call for call in CALLS if call[0] != "GET" and call not in ASKING]


class Seen:
    """The codes that routes were seen to answer with."""

    def __init__(self, world: World) -> None:
        self.codes: dict[Route, set[str]] = defaultdict(set)
        self.world = world

    def call(self, method: str, path: str, body: object, **headers: str) -> str:
        reply = self.world.send(method, path, body, **headers)
        code = str(reply.code)
        self.codes[self.world.route(method, path)].add(code)
        return code

    def expect(self, code: str, calls: Calls, **headers: str) -> None:
        wrong = {(m, path): seen for m, path, body in calls if (seen := self.call(m, path, body, **headers)) != code}
        assert wrong == {}, code


@pytest.fixture
def world() -> World:
    return make_world()


def tried(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}dry_run=true"


def with_parameter(calls: Calls) -> Calls:
    return [(m, f"{path}{'&' if '?' in path else '?'}nonsense=1", body) for m, path, body in calls]


def see_what_any_call_meets(seen: Seen) -> None:
    """Framing, credential, media type, body and parameters."""
    bodies = [call for call in CALLS if call[2] is not None]
    seen.expect("length_required", CALLS, transfer_encoding="chunked")
    seen.expect("too_large", CALLS, content_length=str(10**8))
    seen.expect("unauthenticated", CALLS, caller="nobody")
    seen.expect("invalid_json", [(m, path, b"{}") for m, path, _ in CALLS], content_length="9")
    seen.expect("unsupported_media_type", bodies, content_type="text/plain")
    seen.expect("invalid_request", with_parameter(CALLS))


def see_what_any_write_meets(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag of another revision, a key that was used for something else, and others who are always faster."""
    documented = seen.world.documented
    tagged = [call for call in WRITING if "revision_mismatch" in documented[seen.world.route(*call[:2])]]
    seen.expect("revision_mismatch", [(m, tried(path), body) for m, path, body in tagged], if_match='"999999"')
    with monkeypatch.context() as patched:
        patched.setattr(commit, "ATTEMPTS", 0)
        seen.expect("conflict", WRITING)
    for number, (method, path, body) in zip(count(), (call for call in WRITING if call[0] == "POST"), strict=False):
        first = seen.world.send(method, path, body, idempotency_key=f"key {number}")
        assert first.status == 201, first
        seen.expect("idempotency_mismatch", [(method, tried(path), body)], idempotency_key=f"key {number}")


def while_somebody_reads(process: Process, work: Callable[[], object]) -> None:
    """Do ``work`` while the log is being read, so that whoever wants to read it has to wait."""

    def before(_name: str) -> None:
        process.log.before = lambda _name: None
        work()

    process.log.before = before
    process.follower.catch_up()


def see_what_trouble_brings(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is away, or takes too long, and a policy that is too old."""
    process = seen.world.office.asked.process
    managing = [call for call in CALLS if call not in ASKING]
    later = [(method, path, {**body, "at_least": 10**6}) for method, path, body in ASKING]
    seen.expect("revision_not_reached", later)
    process.log.before = away()
    seen.expect("store_unavailable", [*managing, *later])
    process.log.before = lambda _name: None
    with monkeypatch.context() as patched:
        patched.setattr(Follower.catch_up, "__defaults__", (None, 0.0))
        while_somebody_reads(process, lambda: seen.expect("policy_unavailable", managing))
    process.clock.advance(MAX_STALENESS + 1)
    seen.expect("policy_unavailable", ASKING)


def see_what_is_refused(seen: Seen) -> None:
    """The calls of the table, each only tried, and questions about where the caller may not ask."""
    elsewhere = {**QUESTION, "dom": "o2"}
    asked = [("POST", "/authorize", elsewhere), ("POST", "/authorize/batch", {"checks": [elsewhere]})]
    seen.expect("forbidden", asked, caller="key")
    wrong = []
    for each in refused():
        path = API + each.path if each.method == "GET" or "/queries/" in each.path else tried(API + each.path)
        code = seen.call(each.method, path, each.body, caller=each.caller)
        wrong += [] if code == each.code else [(each, code)]
    assert wrong == []


def test_each_route_answers_with_just_the_codes_that_are_documented(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(world)
    see_what_is_refused(seen)
    see_what_any_call_meets(seen)
    see_what_any_write_meets(seen, monkeypatch)
    see_what_trouble_brings(seen, monkeypatch)
    listed = {(route, code) for route, codes in world.documented.items() for code in codes}
    met = {(route, code) for route, codes in seen.codes.items() for code in codes}
    assert (met - listed, listed - met) == (set(), set())


def test_every_route_has_a_call_in_the_table(world: World) -> None:
    assert {world.route(method, path) for method, path, _ in CALLS} == world.documented.keys()
