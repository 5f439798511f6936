"""Offboarding: one command, one change."""

from __future__ import annotations

import pytest

from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import Machine
from tests.unit.cli.stand_in import StandIn

OFFBOARD = ("assignment", "delete", "--subject", "dr.lee", "--everywhere")


def assignment(key: str, domain: str, source: str = "direct") -> dict[str, object]:
    return {
        "id": key,
        "domain": domain,
        "subject": "dr.lee",
        "role": {"domain": "platform", "id": "x"},
        "source": source,
    }


def held(*items: object, next_cursor: str | None = None) -> dict[str, object]:
    return {"items": list(items), "next_cursor": next_cursor}


def deletion(kind: str, domain: str, key: str) -> dict[str, str]:
    return {"op": "delete", "kind": kind, "domain": domain, "id": key}


EDITS = [
    deletion("assignment", "acme", "a1"),
    deletion("provider_assignment", "acme-1", "dr.lee"),
    deletion("assignment", "acme-1", "a2"),
]


@pytest.fixture
def lee(stand_in: StandIn) -> StandIn:
    first = held(assignment("a1", "acme"), assignment("p1", "acme-1", "provider"), next_cursor="n")
    stand_in.answer("GET /assignments?subject=dr.lee&limit=500", 200, first)
    rest = held(assignment("a2", "acme-1", "bundle"), assignment("p2", "acme-1", "provider"))
    stand_in.answer("GET /assignments?subject=dr.lee&limit=500&cursor=n", 200, rest)
    stand_in.answer("POST /changes?dry_run=true", 200, {"edits": EDITS, "impact": None})
    stand_in.answer("POST /changes", 201, {"revision": 9, "edits": EDITS}, x_policy_revision=9)
    return stand_in


def test_everything_that_a_subject_holds_goes_in_one_change(
    machine: Machine, lee: StandIn, place: tuple[str, ...]
) -> None:
    ended = machine(*OFFBOARD, "--yes", "--reason", "left", *place)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "revision 9: 3 deleted"
    assert lee.lines[2:] == ["POST /changes"]
    assert lee.seen[-1].fields == {"edits": EDITS}
    assert lee.seen[-1].headers["X-Change-Reason"] == "left"


def test_it_is_shown_first_and_not_done_unasked(machine: Machine, lee: StandIn) -> None:
    ended = machine(*OFFBOARD)
    assert (ended.code, ended.out, lee.seen) == (ExitCode.INPUT, "", [])
    tried = machine(*OFFBOARD, "--dry-run")
    assert (tried.code, tried.out.splitlines()[-1]) == (0, "dry run: 3 deleted")
    assert lee.lines[-1] == "POST /changes?dry_run=true"


def test_what_goes_is_told_by_subject_and_role(machine: Machine, lee: StandIn) -> None:
    before = [assignment("a1", "acme"), {"provider_id": "dr.lee", "roles": [{"domain": "acme", "id": "y"}, "z"]}]
    lee.told["POST /changes?dry_run=true"] = []
    edits = [{**edit, "before": record, "after": None} for edit, record in zip(EDITS, before, strict=False)]
    lee.answer("POST /changes?dry_run=true", 200, {"edits": edits, "impact": None})
    assert machine(*OFFBOARD, "--dry-run").out == (
        "delete assignment a1 in acme: dr.lee, platform/x\n"
        "delete provider_assignment dr.lee in acme-1: acme/y, z\n"
        "dry run: 2 deleted\n"
    )


def test_who_holds_nothing_needs_no_change(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /assignments", 200, held())
    ended = machine(*OFFBOARD, "--yes", "-o", "json")
    assert (ended.code, ended.fields()) == (0, {"revision": None, "edits": []})
    assert ended.err == "`dr.lee` holds nothing, as far as you may see\n"
    assert len(stand_in.seen) == 1


def test_more_than_a_change_takes_is_told_and_nothing_is_done(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /assignments", 200, held(*(assignment(f"a{number}", "acme") for number in range(1001))))
    ended = machine(*OFFBOARD, "--yes")
    assert (ended.code, ended.out, len(stand_in.seen)) == (ExitCode.CONFLICT, "", 1)
    assert "1,001 edits are needed, and one change takes 1,000: nothing was done" in ended.err


def test_a_thousand_are_one_change(machine: Machine, lee: StandIn) -> None:
    lee.told["GET /assignments"] = []
    lee.told.pop("GET /assignments?subject=dr.lee&limit=500")
    lee.answer("GET /assignments", 200, held(*(assignment(f"a{number}", "acme") for number in range(1000))))
    assert machine(*OFFBOARD, "--yes").code == 0
    assert len(lee.seen[-1].fields["edits"]) == 1000


@pytest.mark.parametrize(
    "words",
    [
        ("a1",),
        ("-d", "acme"),
        ("--everywhere",),
        ("--subject", "dr.lee"),
        ("a1", "-d", "acme", "--everywhere"),
        ("a1", "-d", "acme", "--subject", "dr.lee"),
        ("--subject", "dr.lee", "--everywhere", "-d", "acme"),
        ("--subject", "dr.lee", "--everywhere", "--if-match", "3"),
        (),
    ],
)
def test_half_of_a_wish_is_refused(machine: Machine, stand_in: StandIn, words: tuple[str, ...]) -> None:
    ended = machine("assignment", "delete", *words, "--yes")
    assert (ended.code, ended.out, stand_in.seen) == (ExitCode.INPUT, "", [])


def test_what_is_no_assignment_is_no_answer(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /assignments", 200, held({"id": "a1"}))
    assert machine(*OFFBOARD, "--yes").code == ExitCode.UNREACHABLE
    assert len(stand_in.seen) == 1
