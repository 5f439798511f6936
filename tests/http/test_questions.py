"""Questions and their answers."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from enterprise_policy.state.edits import create
from tests.support.policies import organization
from tests.support.raw_http import Reply
from tests.support.sample_policy import ALLOWED, AUTHORIZED, DENIED, REASONS, commit
from tests.support.ways import Way


def test_an_allowed_question_is_allowed(way: Way) -> None:
    reply = way.ask(ALLOWED)
    assert reply.status == 200
    assert reply.header("content-type") == "application/json"
    assert reply.fields == {"allowed": True, "revision": int(reply.header("x-policy-revision") or 0)}


def test_a_denied_question_is_an_answer_and_no_error(way: Way) -> None:
    reply = way.ask(DENIED)
    assert reply.status == 200
    assert reply.fields == {"allowed": False, "revision": int(reply.header("x-policy-revision") or 0)}


def test_the_staleness_is_told(way: Way) -> None:
    assert 0 <= int(way.ask().header("x-policy-staleness-ms") or "-1") < 60_000


@pytest.mark.parametrize("code", REASONS)
def test_each_reason_is_told_with_its_fields(way: Way, code: str) -> None:
    question, fields = REASONS[code]
    reply = way.ask({**question, "explain": True})
    assert reply.fields["allowed"] is (code == "allowed_by_permission")
    assert reply.fields["reason"] == {"code": code, **fields}


def test_without_explain_there_is_no_reason(way: Way) -> None:
    assert "reason" not in way.ask({**ALLOWED, "explain": False}).fields


def test_the_request_id_is_the_callers(way: Way) -> None:
    reply = way.ask(headers={**AUTHORIZED, "X-Request-ID": "the id: 7, of mine"})
    assert reply.header("x-request-id") == "the id: 7, of mine"


@pytest.mark.parametrize("given", ["x" * 129, "na\u00efve"], ids=["too long", "no ASCII"])
def test_a_request_id_that_may_not_be_is_replaced(way: Way, given: str) -> None:
    assert way.ask(headers={**AUTHORIZED, "X-Request-ID": given}).header("x-request-id") != given


def test_made_request_ids_are_all_different(way: Way) -> None:
    assert len({way.ask().header("x-request-id") for _ in range(20)}) == 20


# --- batches --------------------------------------------------------------------------------------------


def batch(way: Way, checks: object, **more: object) -> Reply:
    return way.ask({"checks": checks, **more}, target="/authorize/batch")


@pytest.mark.parametrize("size", [1, 2, 100, 101, 1000])
def test_a_batch_is_answered_in_order(way: Way, size: int) -> None:
    checks = [(ALLOWED, DENIED)[place % 3 == 1] for place in range(size)]
    reply = batch(way, checks)
    assert reply.fields["results"] == [{"allowed": check is ALLOWED} for check in checks]
    assert reply.fields["revision"] == int(reply.header("x-policy-revision") or 0)


@pytest.mark.parametrize("size", [0, 1001])
def test_a_batch_has_1_to_1000_checks(way: Way, size: int) -> None:
    reply = batch(way, [ALLOWED] * size)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.fields["errors"][0]["pointer"] == "/checks"


def test_defaults_stand_beside_the_checks(way: Way) -> None:
    reply = batch(way, [{"act": "read"}, {"act": "write"}, {"act": "read", "sub": "nobody"}], **ALLOWED)
    assert reply.fields["results"] == [{"allowed": True}, {"allowed": False}, {"allowed": False}]


def test_explain_is_a_default_too(way: Way) -> None:
    reply = batch(way, [{"act": "read"}, {"act": "write", "explain": False}], **ALLOWED, explain=True)
    assert [result.get("reason", {}).get("code") for result in reply.fields["results"]] == [
        "allowed_by_permission",
        None,
    ]


@pytest.mark.parametrize(
    ("check", "pointer"),
    [
        ({**ALLOWED, "act": ""}, "/checks/2/act"),
        ({**ALLOWED, "sub": 7}, "/checks/2/sub"),
        ({**ALLOWED, "obj": "/a/"}, "/checks/2/obj"),
        ({"sub": "a", "dom": "c1", "obj": "x"}, "/checks/2/act"),
        ({**ALLOWED, "extra": 1}, "/checks/2/extra"),
        ({**ALLOWED, "at_least": 1}, "/checks/2/at_least"),
        ("text", "/checks/2"),
    ],
)
def test_a_bad_check_fails_the_batch_with_its_place(way: Way, check: object, pointer: str) -> None:
    reply = batch(way, [ALLOWED, DENIED, check])
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert [fault["pointer"] for fault in reply.fields["errors"]] == [pointer]


def test_a_bad_default_is_named_even_if_no_check_needs_it(way: Way) -> None:
    reply = batch(way, [ALLOWED], act="")
    assert [fault["pointer"] for fault in reply.fields["errors"]] == ["/act"]


# --- at least -------------------------------------------------------------------------------------------


def head(way: Way) -> int:
    revision: int = way.ask().fields["revision"]
    return revision


def test_a_revision_that_is_reached_is_answered(way: Way) -> None:
    reply = way.ask({**ALLOWED, "at_least": head(way)})
    assert reply.fields["allowed"] is True


def test_a_revision_beyond_the_head_is_refused_at_once(way: Way) -> None:
    reply = way.ask({**ALLOWED, "at_least": 2**53 - 1})
    assert (reply.status, reply.code) == (409, "revision_not_reached")


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
def test_what_another_process_has_written_is_read_first(way: Way, folder: Path, target: str) -> None:
    name = f"new-{way.name.replace(' ', '-')}-{target.count('/')}"
    revision = commit(folder, create(organization(name)))
    fields = ALLOWED if target == "/authorize" else {"checks": [ALLOWED]}
    assert way.ask({**fields, "at_least": revision}, target=target).fields["revision"] >= revision


def test_everybody_comes_to_the_newest_revision_by_himself(way: Way, folder: Path) -> None:
    revision = commit(folder, create(organization(f"later-{way.name.replace(' ', '-')}")))
    for _ in range(200):
        if all(head(way) >= revision for _ in range(6)):
            return
        sleep(0.02)
    raise AssertionError(f"not every process came to revision {revision}")


def test_many_at_once_are_all_answered(way: Way) -> None:
    replies: list[Reply] = []
    threads = [Thread(target=lambda: replies.extend(way.ask() for _ in range(10))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.fields["allowed"] for reply in replies] == [True] * 80
