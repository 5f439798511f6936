"""The gate as a function: what can be had without a server."""

from __future__ import annotations

import logging
import resource
from dataclasses import replace

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.state.edits import create
from enterprise_service.http.edge.credentials import OneForAll
from enterprise_service.http.edge.decisions import MustWaitError
from enterprise_service.http.edge.framing import read_head
from tests.support.gates import MAX_STALENESS, Gated, Only, reply_of
from tests.support.logs import away
from tests.support.policies import assignment, organization, role, state_of
from tests.support.sample_policy import ALLOWED, DENIED, REASONS, body


@pytest.fixture
def asked() -> Gated:
    return Gated()


BATCH = {"checks": [ALLOWED]}
TARGETS = pytest.mark.parametrize(
    ("target", "fields"), [("/authorize", ALLOWED), ("/authorize/batch", BATCH)], ids=["one", "batch"]
)

# --- a policy that is fresh enough ----------------------------------------------------------------------


@TARGETS
def test_before_the_first_snapshot_nothing_is_decided(target: str, fields: object) -> None:
    reply = Gated(empty=True).ask(fields, target)
    assert (reply.status, reply.code) == (503, "policy_unavailable")


@TARGETS
def test_at_the_limit_of_staleness_it_decides_and_past_it_no_more(asked: Gated, target: str, fields: object) -> None:
    asked.process.clock.advance(MAX_STALENESS)
    reply = asked.ask(fields, target)
    assert (reply.status, reply.header("x-policy-staleness-ms")) == (200, str(int(MAX_STALENESS * 1000)))
    asked.process.clock.advance(0.001)
    reply = asked.ask(fields, target)
    assert (reply.status, reply.code) == (503, "policy_unavailable")
    asked.process.follower.catch_up()
    assert asked.ask(fields, target).status == 200


@TARGETS
def test_a_step_of_the_wall_clock_makes_nothing_stale(asked: Gated, target: str, fields: object) -> None:
    asked.process.clock.set(asked.process.clock.now() + 10**15)
    assert asked.ask(fields, target).header("x-policy-staleness-ms") == "0"


@TARGETS
def test_a_revision_that_cant_be_looked_for_is_no_answer(asked: Gated, target: str, fields: dict[str, object]) -> None:
    asked.process.log.before = away()
    reply = asked.ask({**fields, "at_least": 100}, target)
    assert (reply.status, reply.code) == (503, "store_unavailable")
    assert asked.ask({**fields, "at_least": 1}, target).status == 200


def test_staleness_is_judged_again_after_the_wait(asked: Gated) -> None:
    asked.process.beside().make(create(organization("later")))
    asked.process.log.after = lambda _name: asked.process.clock.advance(MAX_STALENESS + 1)
    reply = asked.ask({**ALLOWED, "at_least": asked.process.log.inner.head().revision})
    assert reply.code == "policy_unavailable"


# --- what takes time ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        ("/authorize", {**ALLOWED, "explain": True}),
        ("/authorize", {**ALLOWED, "at_least": 100}),
        ("/authorize/batch", {"checks": [ALLOWED] * 101}),
        ("/authorize/batch", {"checks": [{**ALLOWED, "explain": True}]}),
        ("/authorize/batch", {"checks": [ALLOWED], "at_least": 100}),
    ],
)
def test_what_takes_time_is_left_to_a_thread(asked: Gated, target: str, fields: object) -> None:
    with pytest.raises(MustWaitError):
        asked.ask(fields, target, may_wait=False)
    assert asked.ask(fields, target).status in {200, 409}


@TARGETS
def test_a_long_body_is_left_to_a_thread(asked: Gated, target: str, fields: object) -> None:
    with pytest.raises(MustWaitError):
        asked.send(body(fields).ljust(16 * 1024 + 1), target, may_wait=False)
    assert asked.send(body(fields).ljust(16 * 1024), target, may_wait=False).status == 200


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        ("/authorize", ALLOWED),
        ("/authorize", {**ALLOWED, "at_least": 1}),
        ("/authorize", {}),
        ("/authorize/batch", {"checks": [ALLOWED] * 100, "at_least": 1}),
    ],
)
def test_everything_else_is_answered_at_once(asked: Gated, target: str, fields: object) -> None:
    assert asked.ask(fields, target, may_wait=False).status in {200, 400}


def test_nothing_takes_time_without_a_credential(asked: Gated) -> None:
    content = b" " * 100_000
    head = read_head([(b"content-length", b"100000"), (b"content-type", b"application/json")])
    assert reply_of(asked.gate.authorize(head, content)).code == "unauthenticated"


# --- authority ------------------------------------------------------------------------------------------


def test_a_domain_that_the_caller_may_not_ask_about_is_forbidden() -> None:
    asked = Gated(credentials=OneForAll(Only(asks="c1")))
    assert asked.ask(ALLOWED).status == 200
    reply = asked.ask({**ALLOWED, "dom": "c2"})
    assert (reply.status, reply.code) == (403, "forbidden")
    nowhere = asked.ask({**ALLOWED, "dom": "nowhere"})
    assert {**nowhere.fields, "request_id": ""} == {**reply.fields, "request_id": ""}


def test_one_such_domain_forbids_the_batch_with_its_place() -> None:
    asked = Gated(credentials=OneForAll(Only(asks="c1")))
    reply = asked.ask({"checks": [ALLOWED, {**ALLOWED, "dom": "c2"}, ALLOWED]}, "/authorize/batch")
    assert (reply.status, reply.code) == (403, "forbidden")
    assert [fault["pointer"] for fault in reply.fields["errors"]] == ["/checks/1/dom"]


@TARGETS
def test_forbidden_comes_before_the_revision(target: str, fields: dict[str, object]) -> None:
    asked = Gated(credentials=OneForAll(Only()))
    assert asked.ask({**fields, "at_least": 100}, target).code == "forbidden"


def test_fields_are_judged_before_authority() -> None:
    assert Gated(credentials=OneForAll(Only())).ask({}).code == "invalid_request"


def test_who_may_not_explain_is_told_the_code() -> None:
    asked = Gated(credentials=OneForAll(Only(asks="c1 c2", explains="c2")))
    assert asked.ask({**ALLOWED, "explain": True}).fields["reason"] == {"code": "allowed_by_permission"}


def test_elsewhere_names_only_domains_in_sight_and_at_most_ten() -> None:
    names = [f"x{number:02}" for number in range(30)]
    asked = Gated(credentials=OneForAll(Only(asks="c2", explains="c2", sees=" ".join(names[5:]))))
    asked.process.make(create(role("guest@platform")), *(create(organization(name)) for name in names))
    asked.process.make(*(create(assignment("dr.far", "guest@platform", name)) for name in names))
    reply = asked.ask({**ALLOWED, "sub": "dr.far", "dom": "c2", "explain": True})
    assert reply.fields["reason"] == {"code": "no_assignment", "elsewhere": names[5:15]}


def test_roles_are_at_most_twenty(asked: Gated) -> None:
    asked.process.make(*(create(role(f"r{number:02}@o1")) for number in range(30)))
    asked.process.make(*(create(assignment("dr.many", f"r{number:02}@o1", "c1")) for number in range(30)))
    reply = asked.ask({**ALLOWED, "sub": "dr.many", "explain": True})
    assert [r["id"] for r in reply.fields["reason"]["roles"]] == [f"r{number:02}" for number in range(20)]


# --- what should not happen -----------------------------------------------------------------------------


def test_a_failure_of_ours_is_logged_and_answered_without_a_word_of_it(
    asked: Gated, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> float:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(asked.process.follower, "staleness", fail)
    reply = asked.ask()
    assert (reply.status, reply.code) == (500, "internal_error")
    assert b"secret" not in reply.body
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.__dict__["request_id"] == reply.header("x-request-id")


def test_a_reason_that_contradicts_the_decision_is_no_answer(asked: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = asked.process.follower.current
    assert snapshot is not None
    torn = replace(build(snapshot.state), state=state_of(organization("o1")))
    monkeypatch.setattr(type(asked.process.follower), "current", property(lambda _self: torn))
    assert asked.ask().fields["allowed"] is True
    assert asked.ask({**ALLOWED, "explain": True}).code == "internal_error"


# --- memory ---------------------------------------------------------------------------------------------


def test_asking_about_strangers_grows_nothing(asked: Gated) -> None:
    def ask(number: int) -> None:
        fields = {"sub": f"s{number}", "dom": f"d{number}", "obj": f"/r/{number}", "act": f"a{number}"}
        asked.ask(fields, may_wait=False)

    for number in range(20_000):
        ask(number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(20_000, 200_000):
        ask(number)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000


def test_every_reason_has_its_question_in_the_sample() -> None:
    assert len(REASONS) == 7
    assert DENIED not in [question for question, _ in list(REASONS.values())[:5]]
