"""`list` and `show`: every page, nothing more than the service answers, in every form."""

from __future__ import annotations

import pytest
import yaml

from enterprise_service.cli.exit_codes import ExitCode
from tests.support.command_line import Machine
from tests.unit.cli.stand_in import StandIn

ORG = {"id": "acme", "name": "Acme", "status": "active", "attributes": {}, "revision": 4}
CLINIC = {
    "id": "acme-1",
    "organization_id": "acme",
    "parent_id": "acme",
    "name": "First",
    "status": "active",
    "attributes": {"town": "Ulm"},
    "revision": 5,
}
ROLE = {
    "id": "keeper",
    "domain": "acme",
    "description": "",
    "extends": None,
    "inherits": [{"domain": "platform", "id": "reader"}],
    "permissions": [
        {"resource": "/doors", "action": "open", "effect": "allow"},
        {"resource": "/safe", "action": "open", "effect": "deny"},
    ],
    "built_in": False,
    "managed_by": None,
    "revision": 6,
}


def page(*items: object, next_cursor: str | None = None) -> dict[str, object]:
    return {"items": list(items), "next_cursor": next_cursor}


def test_a_list_is_a_table_with_titles(machine: Machine, stand_in: StandIn, place: tuple[str, ...]) -> None:
    stand_in.answer("GET /clinics", 200, page(CLINIC, {**CLINIC, "id": "acme-22", "parent_id": "acme-1"}))
    ended = machine("clinic", "list", "--organization", "acme", *place)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "ID       NAME   STATUS  ORGANIZATION  PARENT\n"
        "acme-1   First  active  acme          acme\n"
        "acme-22  First  active  acme          acme-1\n"
    )
    assert stand_in.lines == ["GET /clinics?organization_id=acme&limit=500"]


def test_a_list_for_programs_has_the_items_as_they_are(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations", 200, page(ORG))
    assert machine("org", "list", "-o", "json").fields() == {"items": [ORG]}
    assert yaml.safe_load(machine("org", "list", "-o", "yaml").out) == {"items": [ORG]}


def test_a_list_is_read_to_its_end(machine: Machine, stand_in: StandIn, place: tuple[str, ...]) -> None:
    first, second, third = ({**ORG, "id": f"o{number}"} for number in (1, 2, 3))
    stand_in.answer("GET /organizations?limit=500", 200, page(first, next_cursor="a&b"))
    stand_in.answer("GET /organizations?limit=500&cursor=a%26b", 200, page(second, next_cursor="c"))
    stand_in.answer("GET /organizations?limit=500&cursor=c", 200, page(third))
    ended = machine("org", "list", "-o", "json", *place)
    assert ended.fields() == {"items": [first, second, third]}


def test_a_limit_ends_a_list_and_says_so(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations?limit=501", 400)
    stand_in.answer("GET /organizations?limit=500", 200, page(*[ORG] * 500, next_cursor="next"))
    stand_in.answer("GET /organizations?limit=1&cursor=next", 200, page(ORG, next_cursor="more"))
    ended = machine("org", "list", "-o", "json", "--limit", "501")
    assert len(ended.fields()["items"]) == 501
    assert ended.err == "there is more: this is as much as --limit allows\n"


def test_a_list_that_is_as_long_as_its_limit_says_nothing(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations?limit=1", 200, page(ORG))
    assert machine("org", "list", "--limit", "1").err == ""


def test_an_empty_list_says_so_on_stderr_only(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations", 200, page())
    ended = machine("org", "list")
    assert (ended.code, ended.out, ended.err) == (0, "", "there is nothing, as far as you may see\n")
    assert machine("org", "list", "-o", "json").fields() == {"items": []}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("provider", "list", "--clinic", "c:1"), "GET /clinics/c:1/providers?limit=500"),
        (("provider", "list", "--provider", "dr.lee"), "GET /providers/dr.lee/clinics?limit=500"),
        (("role", "list", "-d", "acme"), "GET /domains/acme/roles?limit=500"),
        (("role", "list", "-d", "acme", "--visible"), "GET /domains/acme/roles?visible=true&limit=500"),
        (("assignment", "list", "-d", "acme"), "GET /domains/acme/assignments?limit=500"),
        (
            ("assignment", "list", "-d", "acme", "--subject", "a b&c", "--role", "owner"),
            "GET /domains/acme/assignments?subject=a%20b%26c&role=owner&limit=500",
        ),
        (("assignment", "list", "--subject", "é"), "GET /assignments?subject=%C3%A9&limit=500"),
        (("key", "list"), "GET /api-keys?limit=500"),
        (
            ("change", "list", "-d", "acme", "--actor", "key:k1", "--subject", "eve", "--since", "7"),
            "GET /changes?domain=acme&actor=key%3Ak1&subject=eve&since=7&limit=500",
        ),
        (("org", "list", "--stale"), "GET /organizations?stale=true&limit=500"),
    ],
)
def test_a_list_asks_as_the_contract_has_it(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...], line: str
) -> None:
    stand_in.answer(line, 200, page())
    assert machine(*words).code == 0
    assert stand_in.lines == [line]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("org", "show", "acme"), "GET /organizations/acme"),
        (("clinic", "show", "acme-1"), "GET /clinics/acme-1"),
        (("provider", "show", "dr.lee", "--clinic", "acme-1"), "GET /clinics/acme-1/providers/dr.lee"),
        (("role", "show", "keeper", "-d", "acme"), "GET /domains/acme/roles/keeper"),
        (("assignment", "show", "a1", "-d", "acme", "--stale"), "GET /domains/acme/assignments/a1?stale=true"),
        (("key", "show", "k1"), "GET /api-keys/k1"),
        (("change", "show", "7"), "GET /changes/7"),
    ],
)
def test_show_asks_for_one_record(machine: Machine, stand_in: StandIn, words: tuple[str, ...], line: str) -> None:
    stand_in.answer(line, 200, {"id": "x", "revision": 7})
    assert machine(*words, "-o", "json").fields() == {"id": "x", "revision": 7}
    assert stand_in.lines == [line]


def test_show_has_a_line_for_each_field_and_each_permission(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /domains/acme/roles/keeper", 200, ROLE)
    assert machine("role", "show", "keeper", "-d", "acme").out == (
        "id           keeper\n"
        "domain       acme\n"
        "description\n"
        "extends\n"
        "inherits     platform/reader\n"
        "permissions  allow open /doors\n"
        "             deny open /safe\n"
        "built_in     no\n"
        "managed_by\n"
        "revision     6\n"
    )


def test_a_change_is_shown_with_what_became_of_each_field(machine: Machine, stand_in: StandIn) -> None:
    key = {"kind": "organization", "domain": "platform", "id": "acme"}
    edits = [
        {**key, "op": "create", "before": None, "after": ORG},
        {**key, "op": "update", "before": ORG, "after": {**ORG, "name": "Acme Ltd", "attributes": {"town": "Ulm"}}},
        {**key, "op": "delete", "before": ORG, "after": None},
    ]
    stand_in.answer("GET /changes/7", 200, {"revision": 7, "actor": "eve", "reason": None, "edits": edits})
    assert machine("change", "show", "7").out == (
        "revision  7\n"
        "actor     eve\n"
        "reason\n"
        "create organization acme in platform: Acme\n"
        "update organization acme in platform: Acme\n"
        "  name: Acme -> Acme Ltd\n"
        "  attributes: nothing -> town=Ulm\n"
        "delete organization acme in platform: Acme\n"
    )


def test_what_a_terminal_might_obey_is_escaped(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations", 200, page({**ORG, "name": "a\x1b[31mb\u202ec"}))
    out = machine("org", "list").out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_an_answer_of_the_last_state_says_its_age(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations", 200, page(ORG), x_policy_staleness_ms=12300)
    assert machine("org", "list", "--stale").err == "this was confirmed 12.3 s ago\n"
    assert machine("org", "list").err == ""


@pytest.mark.parametrize(
    "words",
    [
        ("assignment", "list"),
        ("provider", "list"),
        ("provider", "list", "--clinic", "c", "--provider", "p"),
        ("role", "list"),
        ("role", "show", "keeper"),
        ("org", "show"),
        ("org", "show", "a b"),
        ("org", "show", ""),
        ("org", "show", ".."),
        ("change", "show", "x"),
        ("change", "show", "0"),
        ("org", "list", "--limit", "0"),
        ("assignment", "list", "--subject", "a\nb"),
        ("assignment", "list", "--subject", "\udc80"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...]
) -> None:
    ended = machine(*words)
    assert (ended.code, ended.out, stand_in.seen) == (ExitCode.INPUT, "", [])


PROBLEMS = [
    (400, "invalid_request", ExitCode.INPUT),
    (401, "unauthenticated", ExitCode.REFUSED),
    (403, "forbidden", ExitCode.REFUSED),
    (403, "escalation", ExitCode.REFUSED),
    (404, "not_found", ExitCode.INPUT),
    (405, "method_not_allowed", ExitCode.UNREACHABLE),
    (409, "in_use", ExitCode.CONFLICT),
    (409, "managed_by_bundle", ExitCode.CONFLICT),
    (409, "revision_not_reached", ExitCode.UNREACHABLE),
    (412, "revision_mismatch", ExitCode.CONFLICT),
    (413, "too_large", ExitCode.INPUT),
    (422, "unknown_reference", ExitCode.CONFLICT),
    (429, "rate_limited", ExitCode.UNREACHABLE),
    (500, "internal_error", ExitCode.UNREACHABLE),
    (503, "store_unavailable", ExitCode.UNREACHABLE),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=[code for _, code, _ in PROBLEMS])
def test_a_refusal_ends_with_the_code_of_who_has_to_act(
    machine: Machine, stand_in: StandIn, place: tuple[str, ...], problem: tuple[int, str, ExitCode]
) -> None:
    status, code, ends = problem
    stand_in.answer("GET /organizations/acme", status, {"code": code, "detail": "that is how it is"})
    ended = machine("org", "show", "acme", *place)
    assert (ended.code, ended.out) == (ends, "")
    where = f"the service at {place[1]}" if place else "the store of this machine"
    assert ended.err.startswith(f"error: {where} answered {status} {code}: that is how it is")


def test_each_fault_of_an_input_is_a_sentence_and_who_may_is_told(machine: Machine, stand_in: StandIn) -> None:
    faults = [{"pointer": "/name", "detail": "must not be empty"}, {"pointer": "/status", "detail": "must be text"}]
    problem = {
        "code": "invalid_request",
        "detail": "`/name` must not be empty",
        "errors": faults,
        "may": ["eve", "b\n"],
    }
    stand_in.answer("GET /organizations/acme", 400, problem)
    assert machine("org", "show", "acme").err == (
        "error: the store of this machine answered 400 invalid_request: `/name` must not be empty\n"
        "error: `/status` must be text\n"
        "error: these may: `eve`, `b\\n`\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b""),
        (200, {"items": []}),
        (200, {"items": {}, "next_cursor": None}),
        (200, {"items": ["acme"], "next_cursor": None}),
        (200, {"items": [], "next_cursor": 3}),
        (202, {"items": [], "next_cursor": None}),
        (302, b""),
        (502, b"<html>"),
        (204, b""),
    ],
)
def test_what_is_no_list_is_no_answer(
    machine: Machine, stand_in: StandIn, place: tuple[str, ...], answer: tuple[int, object]
) -> None:
    stand_in.answer("GET /organizations", *answer)
    ended = machine("org", "list", *place)
    assert (ended.code, ended.out) == (ExitCode.UNREACHABLE, "")


def test_a_list_that_never_ends_is_no_answer(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("GET /organizations", 200, page(ORG, next_cursor="again"))
    assert machine("org", "list").code == ExitCode.UNREACHABLE
    assert len(stand_in.seen) == 2


def test_a_read_is_repeated_when_its_answer_is_lost(
    machine: Machine, stand_in: StandIn, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enterprise_service.cli.conversation.PAUSES", (0.0, 0.0))
    stand_in.answer("GET /organizations/acme", None)
    stand_in.answer("GET /organizations/acme", 200, ORG)
    assert machine("org", "show", "acme", "--url", url).code == 0
    assert len(stand_in.seen) == 2


# --- queries ---------------------------------------------------------------------------------------------------------


def test_who_can_lists_the_subjects(machine: Machine, stand_in: StandIn, place: tuple[str, ...]) -> None:
    stand_in.answer("POST /queries/subjects", 200, {**page({"subject": "a"}, next_cursor="n"), "revision": 3})
    stand_in.answer("POST /queries/subjects", 200, {**page({"subject": "b"}), "revision": 3})
    ended = machine("who-can", "read", "/charts", "-d", "acme", "-o", "json", "--at-least", "2", *place)
    assert ended.fields() == {"items": [{"subject": "a"}, {"subject": "b"}], "revision": 3}
    asked = {"dom": "acme", "obj": "/charts", "act": "read", "at_least": 2, "limit": 500}
    assert [seen.fields for seen in stand_in.seen] == [asked, {**asked, "cursor": "n"}]


def test_what_can_lists_permissions_with_their_origin(machine: Machine, stand_in: StandIn) -> None:
    role = {"domain": "platform", "id": "dentist"}
    permission = {
        "effect": "allow",
        "resource": "/charts/*",
        "action": "read",
        "role": role,
        "permission_domain": "platform",
        "assigned_in": "acme",
        "assignment": "a1",
        "via": [role],
        "starts_at": None,
        "ends_at": "2030-01-01T00:00:00Z",
    }
    stand_in.answer("POST /queries/permissions", 200, {**page(permission), "revision": 3})
    assert machine("what-can", "dr.lee", "-d", "acme").out == (
        "EFFECT  ACTION  RESOURCE   ROLE              HELD IN  VIA               FROM  UNTIL\n"
        "allow   read    /charts/*  platform/dentist  acme     platform/dentist        2030-01-01T00:00:00Z\n"
    )
    assert stand_in.seen[0].fields == {"dom": "acme", "sub": "dr.lee", "limit": 500}


def test_a_question_that_cannot_be_asked_is_not_sent(machine: Machine, stand_in: StandIn) -> None:
    for words in (("who-can", "read", "/x/", "-d", "acme"), ("who-can", "read", "/x"), ("what-can", "", "-d", "a")):
        assert machine(*words).code == ExitCode.INPUT
    assert stand_in.seen == []
