"""`create`, `update`, `delete`, `revert` and `apply`: what is sent, what is asked first, what is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.output import note
from tests.support.command_line import Machine
from tests.unit.cli.stand_in import StandIn

ORG = {"id": "acme", "name": "Acme", "status": "active", "attributes": {}, "revision": 4}
EDIT = {
    "op": "update",
    "kind": "organization",
    "domain": "platform",
    "id": "acme",
    "before": ORG,
    "after": {**ORG, "name": "Acme Ltd"},
}
DELETION = {**EDIT, "op": "delete", "after": None}
CHANGE = {"revision": 9, "actor": "system:local", "reason": None, "edits": [DELETION]}
TRIED = {"edits": [DELETION], "impact": None}

CREATES = [
    (
        ("org", "create", "--name", "Acme", "--id", "acme", "--attribute", "town=Ulm", "--attribute", "a=b=c"),
        "POST /organizations",
        {"name": "Acme", "id": "acme", "attributes": {"town": "Ulm", "a": "b=c"}},
    ),
    (
        ("clinic", "create", "--name", "A", "--organization", "acme", "--parent", "north", "--status", "suspended"),
        "POST /clinics",
        {"name": "A", "organization_id": "acme", "parent_id": "north", "status": "suspended"},
    ),
    (
        ("provider", "create", "--clinic", "c1", "--id", "dr.lee", "--role", "dentist", "--role", "acme/x"),
        "POST /clinics/c1/providers",
        {"provider_id": "dr.lee", "roles": ["dentist", {"domain": "acme", "id": "x"}]},
    ),
    (
        (
            *("role", "create", "-d", "acme", "--id", "keeper", "--extends", "platform", "--description", "Keeps"),
            *("--inherits", "platform/reader", "--deny", "open", "/safe", "--allow", "read", "any thing"),
        ),
        "POST /domains/acme/roles",
        {
            "id": "keeper",
            "extends": "platform",
            "description": "Keeps",
            "inherits": [{"domain": "platform", "id": "reader"}],
            "permissions": [
                {"resource": "any thing", "action": "read", "effect": "allow"},
                {"resource": "/safe", "action": "open", "effect": "deny"},
            ],
        },
    ),
    (
        (
            *("assignment", "create", "-d", "acme", "--subject", "a, 'b\"", "--role", "keeper", "--because", "new"),
            *("--starts-at", "2026-01-31T08:00:00Z", "--ends-at", "2027-01-31T08:00:00Z"),
        ),
        "POST /domains/acme/assignments",
        {
            "subject": "a, 'b\"",
            "role": "keeper",
            "reason": "new",
            "starts_at": "2026-01-31T08:00:00Z",
            "ends_at": "2027-01-31T08:00:00Z",
        },
    ),
]


@pytest.mark.parametrize(("words", "line", "fields"), CREATES, ids=[words[0] for words, _, _ in CREATES])
def test_create_sends_the_fields_that_were_given(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...], line: str, fields: object
) -> None:
    stand_in.answer(line, 201, {"id": "x", "revision": 9})
    ended = machine(*words, "-o", "json")
    assert (ended.code, ended.err, ended.fields()) == (0, "", {"id": "x", "revision": 9})
    assert stand_in.lines == [line]
    assert stand_in.seen[0].fields == fields


def test_a_write_has_a_key_of_its_own_and_its_reason(
    machine: Machine, stand_in: StandIn, place: tuple[str, ...]
) -> None:
    stand_in.answer("POST /organizations", 201, ORG)
    for _ in range(2):
        machine("org", "create", "--name", "Acme", "--reason", "weil: ü, 100%", *place)
    first, second = (seen.headers for seen in stand_in.seen)
    assert first["X-Change-Reason"] == "weil%3A%20%C3%BC%2C%20100%25"
    assert len({first["Idempotency-Key"], second["Idempotency-Key"]}) == 2
    assert first["Content-Type"] == "application/json"


UPDATES = [
    (("org", "update", "acme", "--name", "B", "--attribute", "town="), {"name": "B", "attributes": {"town": None}}),
    (("org", "update", "acme", "--clear", "attributes"), {"attributes": None}),
    (("clinic", "update", "c1", "--clear", "parent", "--name", "B"), {"parent_id": None, "name": "B"}),
    (
        ("provider", "update", "dr.lee", "--clinic", "c1", "--role", "x", "--clear", "ends-at"),
        {"roles": ["x"], "ends_at": None},
    ),
    (
        ("role", "update", "keeper", "-d", "acme", "--allow", "*", "*", "--clear", "inherits"),
        {"permissions": [{"resource": "*", "action": "*", "effect": "allow"}], "inherits": []},
    ),
    (("role", "update", "keeper", "-d", "acme", "--clear", "permissions"), {"permissions": []}),
    (
        ("assignment", "update", "a1", "-d", "acme", "--ends-at", "x", "--clear", "because"),
        {"ends_at": "x", "reason": None},
    ),
    (("key", "update", "k1", "--name", "B"), {"name": "B"}),
]
PATHS = {
    "org": "/organizations/acme",
    "clinic": "/clinics/c1",
    "provider": "/clinics/c1/providers/dr.lee",
    "role": "/domains/acme/roles/keeper",
    "assignment": "/domains/acme/assignments/a1",
    "key": "/api-keys/k1",
}


@pytest.mark.parametrize(("words", "fields"), UPDATES, ids=[" ".join(words) for words, _ in UPDATES])
def test_update_sends_a_merge_patch(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...], fields: object
) -> None:
    stand_in.answer(f"PATCH {PATHS[words[0]]}", 200, {"revision": 9})
    assert machine(*words, "--if-match", "7", "-o", "json").fields() == {"revision": 9}
    (sent,) = stand_in.seen
    assert (sent.fields, sent.headers["Content-Type"]) == (fields, "application/merge-patch+json")
    assert (sent.headers["If-Match"], "Idempotency-Key" in sent.headers) == ('"7"', False)


def test_if_match_may_be_any(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("DELETE /api-keys/k1", 204)
    machine("key", "delete", "k1", "--yes", "--if-match", "*")
    assert stand_in.seen[0].headers["If-Match"] == "*"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("org", "delete", "acme", "--cascade"), "DELETE /organizations/acme?cascade=true"),
        (("clinic", "delete", "c1"), "DELETE /clinics/c1"),
        (("provider", "delete", "dr.lee", "--clinic", "c1"), "DELETE /clinics/c1/providers/dr.lee"),
        (("role", "delete", "keeper", "-d", "acme"), "DELETE /domains/acme/roles/keeper"),
        (("assignment", "delete", "a1", "-d", "acme"), "DELETE /domains/acme/assignments/a1"),
        (("key", "delete", "k1"), "DELETE /api-keys/k1"),
        (("change", "revert", "9"), "POST /changes/9/revert"),
    ],
)
def test_what_destroys_is_not_done_unasked(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...], line: str
) -> None:
    stand_in.answer(line, 201 if line.startswith("POST") else 204, CHANGE if line.startswith("POST") else None)
    ended = machine(*words)
    assert (ended.code, ended.out, stand_in.seen) == (ExitCode.INPUT, "", [])
    assert "give --yes" in ended.err
    assert machine(*words, "--yes").code == 0
    assert stand_in.lines == [line]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody who says what is in the list."""
    says: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda asked: note(asked) or says.pop(0))
    return says


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("org", "delete", "acme"), "DELETE /organizations/acme"),
        (("org", "update", "acme", "--status", "suspended"), "PATCH /organizations/acme"),
        (("change", "revert", "9"), "POST /changes/9/revert"),
    ],
)
def test_on_a_terminal_it_is_shown_and_asked_about(
    machine: Machine, stand_in: StandIn, terminal: list[str], words: tuple[str, ...], line: str
) -> None:
    stand_in.answer(f"{line}?dry_run=true", 200, TRIED)
    stand_in.answer(line, 200, CHANGE)
    terminal[:] = ["n", "y"]
    refused = machine(*words)
    assert (refused.code, refused.out, stand_in.lines) == (ExitCode.INTERRUPTED, "", [f"{line}?dry_run=true"])
    shown, asked, ended = refused.err.splitlines()
    assert (shown, asked.startswith("Do this? ")) == ("delete organization acme in platform: Acme", True)
    assert ended == "error: not confirmed: nothing was changed"
    assert machine(*words).code == 0
    assert stand_in.lines[1:] == [f"{line}?dry_run=true", line]


def test_what_would_be_refused_is_not_asked_about(machine: Machine, stand_in: StandIn, terminal: list[str]) -> None:
    stand_in.answer("DELETE /organizations/acme", 409, {"code": "in_use", "detail": "`c1` is in it"})
    ended = machine("org", "delete", "acme")
    assert (ended.code, terminal) == (ExitCode.CONFLICT, [])
    assert "in_use: `c1` is in it" in ended.err


def test_making_a_domain_active_is_not_asked_about(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("PATCH /organizations/acme", 200, ORG)
    assert machine("org", "update", "acme", "--status", "active").code == 0
    assert machine("org", "update", "acme", "--status", "suspended").code == ExitCode.INPUT


def test_a_deletion_says_what_is_gone(machine: Machine, stand_in: StandIn) -> None:
    stand_in.answer("DELETE /organizations/acme", 204, x_policy_revision=9)
    assert machine("org", "delete", "acme", "--yes").out == "deleted organization acme\nrevision 9\n"
    assert machine("org", "delete", "acme", "--yes", "-o", "json").fields() == {"revision": 9}


IMPACT = {
    "gained": 1,
    "lost": 0,
    "complete": False,
    "items": [{"change": "gains", "subject": "eve", "domain": "acme", "resource": "/x", "action": "read"}],
}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("org", "create", "--name", "A"), "POST /organizations"),
        (("org", "update", "acme", "--status", "suspended"), "PATCH /organizations/acme"),
        (("org", "delete", "acme", "--cascade"), "DELETE /organizations/acme"),
        (("change", "revert", "9"), "POST /changes/9/revert"),
    ],
)
def test_a_dry_run_shows_the_edits_and_does_nothing(
    machine: Machine, stand_in: StandIn, place: tuple[str, ...], words: tuple[str, ...], line: str
) -> None:
    stand_in.answer(line, 200, {"edits": [EDIT], "impact": IMPACT})
    ended = machine(*words, "--dry-run", *place)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "update organization acme in platform: Acme\n"
        "  name: Acme -> Acme Ltd\n"
        "eve gains read /x in acme\n"
        "gained: 1, lost: 0, and perhaps more\n"
        "dry run: 1 updated\n"
    )
    assert machine(*words, "--dry-run", "-o", "json", *place).fields() == {
        "dry_run": True,
        "edits": [EDIT],
        "impact": IMPACT,
    }
    assert all("dry_run=true" in seen.target and "Idempotency-Key" not in seen.headers for seen in stand_in.seen)


@pytest.mark.parametrize(
    "words",
    [
        ("org", "create"),
        ("org", "create", "--name", "A", "--attribute", "town"),
        ("org", "create", "--name", "A", "--attribute", "=x"),
        ("org", "create", "--name", "A", "--status", "gone"),
        ("org", "create", "--name", "A", "--reason", ""),
        ("org", "create", "--name", "A", "--reason", "x" * 501),
        ("org", "create", "--name", "A", "--reason", "a\nb"),
        ("org", "update", "acme"),
        ("org", "update", "acme", "--name", "A", "--if-match", "x"),
        ("org", "update", "acme", "--clear", "name"),
        ("clinic", "create", "--name", "A"),
        ("provider", "create", "--clinic", "c", "--role", "x"),
        ("provider", "create", "--clinic", "c", "--id", "p"),
        ("assignment", "create", "-d", "acme", "--subject", "eve"),
        ("assignment", "create", "-d", "acme", "--subject", "eve", "--role", "a/b/c"),
        ("role", "create", "-d", "acme", "--id", "x", "--allow", "read"),
        ("role", "update", "x", "-d", "acme", "--file", "/nowhere"),
        ("key", "create", "--name", "A", "-d", "acme"),
        ("key", "create", "--name", "A", "-d", "acme", "--scope", "all"),
        ("key", "update", "k1"),
        ("change", "apply", "/nowhere"),
        ("change", "apply"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    machine: Machine, stand_in: StandIn, words: tuple[str, ...]
) -> None:
    ended = machine(*words)
    assert (ended.code, ended.out, stand_in.seen) == (ExitCode.INPUT, "", [])


# --- keys ------------------------------------------------------------------------------------------------------------


CREATE_KEY = ("key", "create", "--name", "sidecar", "-d", "acme", "--scope", "decide", "--scope", "query")


def test_a_new_key_is_on_stdout_once(machine: Machine, stand_in: StandIn, place: tuple[str, ...]) -> None:
    stand_in.answer("POST /api-keys", 201, {"id": "k1", "name": "sidecar", "key": "esk_secret"})
    ended = machine(*CREATE_KEY, "--expires-at", "2030-01-01T00:00:00Z", *place)
    assert ended.out == "id    k1\nname  sidecar\nkey   esk_secret\n"
    assert ended.err == "the key is shown this once only: put it where it is needed now\n"
    assert stand_in.seen[0].fields == {
        "name": "sidecar",
        "domain": "acme",
        "scopes": ["decide", "query"],
        "expires_at": "2030-01-01T00:00:00Z",
    }


def test_a_key_that_was_lost_on_its_way_is_no_success(
    machine: Machine, stand_in: StandIn, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enterprise_service.cli.conversation.PAUSES", (0.0, 0.0))
    stand_in.answer("POST /api-keys", None)
    stand_in.answer("POST /api-keys", 201, {"id": "k1", "key_shown": True}, idempotency_replayed="true")
    ended = machine(*CREATE_KEY, "--url", url)
    assert ended.code == ExitCode.UNREACHABLE
    assert "delete `k1` and make another" in ended.err


# --- lost connections ------------------------------------------------------------------------------------------------


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enterprise_service.cli.conversation.PAUSES", (0.0, 0.0))


@pytest.mark.usefixtures("_no_pauses")
def test_a_creation_is_repeated_under_the_same_key_when_its_answer_is_lost(
    machine: Machine, stand_in: StandIn, url: str
) -> None:
    for status in (None, None, 201):
        stand_in.answer("POST /organizations", status, ORG)
    assert machine("org", "create", "--name", "Acme", "--url", url, "-o", "json").fields() == ORG
    assert len(stand_in.seen) == 3
    assert len({(seen.headers["Idempotency-Key"], seen.body) for seen in stand_in.seen}) == 1


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("org", "create", "--name", "Acme"), ["POST /organizations"] * 3),
        (("org", "update", "acme", "--name", "A"), ["PATCH /organizations/acme"]),
        (("org", "delete", "acme", "--yes"), ["DELETE /organizations/acme"]),
    ],
)
def test_a_write_whose_answer_is_lost_may_have_been_done_and_that_is_said(
    machine: Machine, stand_in: StandIn, url: str, words: tuple[str, ...], lines: list[str]
) -> None:
    stand_in.answer(lines[0], None)
    ended = machine(*words, "--url", url)
    assert (ended.code, ended.out, stand_in.lines) == (ExitCode.UNREACHABLE, "", lines)
    assert "whether it did what it was told isn't known" in ended.err


def test_a_write_that_reached_nobody_was_not_done(machine: Machine) -> None:
    ended = machine("org", "create", "--name", "Acme", "--url", "http://127.0.0.1:1")
    assert ended.code == ExitCode.UNREACHABLE
    assert "isn't known" not in ended.err


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_role_that_was_shown_can_be_changed_and_sent_back(
    machine: Machine, stand_in: StandIn, tmp_path: Path
) -> None:
    shown = {
        "id": "keeper",
        "domain": "acme",
        "description": "Keeps",
        "permissions": [{"resource": "/doors", "action": "open", "effect": "allow"}],
        "built_in": False,
        "managed_by": None,
        "revision": 6,
    }
    file = tmp_path / "role.json"
    file.write_text(json.dumps(shown))
    stand_in.answer("PATCH /domains/acme/roles/keeper", 200, shown)
    stand_in.answer("POST /domains/north/roles", 201, shown)
    machine("role", "update", "keeper", "-d", "acme", "--file", file, "--description", "Better")
    machine("role", "create", "-d", "north", "--file", file)
    fields = {"description": "Keeps", "permissions": shown["permissions"]}
    assert [seen.fields for seen in stand_in.seen] == [{**fields, "description": "Better"}, {**fields, "id": "keeper"}]
    other = machine("role", "update", "another", "-d", "acme", "--file", file)
    assert (other.code, len(stand_in.seen)) == (ExitCode.INPUT, 2)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{", b'{"edits": [], "edits": []}', b"\xff{}", b"[" * 100_000, b'"x"'],
    ids=lambda text: repr(text[:20]),
)
def test_a_file_that_is_no_object_is_refused(machine: Machine, stand_in: StandIn, tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "change.json"
    file.write_bytes(text)
    ended = machine("change", "apply", file)
    assert (ended.code, ended.out, stand_in.seen) == (ExitCode.INPUT, "", [])
    assert ended.err.startswith(f"error: `{file}` can't be used: ")


# --- changes ---------------------------------------------------------------------------------------------------------


def changes(*edits: object) -> dict[str, object]:
    return {"reason": "tidy", "edits": list(edits)}


CREATION = {"op": "create", "kind": "organization", "domain": "platform", "id": "acme", "fields": {"name": "A"}}


def test_apply_sends_the_file_and_shows_the_change(machine: Machine, stand_in: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "change.json"
    file.write_text(json.dumps(changes(CREATION)))
    stand_in.answer("POST /changes", 201, CHANGE, x_policy_revision=9)
    assert machine("change", "apply", file).out == "delete organization acme in platform: Acme\nrevision 9: 1 deleted\n"
    assert machine("change", "apply", file, "-o", "json").fields() == CHANGE
    assert stand_in.seen[0].fields == changes(CREATION)


@pytest.mark.parametrize(
    "edit",
    [
        {"op": "delete", "kind": "organization", "domain": "platform", "id": "acme"},
        {"op": "update", "kind": "clinic", "domain": "acme", "id": "c1", "fields": {"status": "suspended"}},
    ],
)
def test_apply_asks_when_something_is_deleted_or_suspended(
    machine: Machine, stand_in: StandIn, tmp_path: Path, edit: object
) -> None:
    file = tmp_path / "change.json"
    file.write_text(json.dumps(changes(CREATION, edit)))
    assert (machine("change", "apply", file).code, stand_in.seen) == (ExitCode.INPUT, [])
    stand_in.answer("POST /changes", 201, CHANGE)
    assert machine("change", "apply", file, "--yes").code == 0


def test_a_revert_tells_what_it_did_not_bring_back(machine: Machine, stand_in: StandIn) -> None:
    skipped = [{"kind": "api_key", "domain": "acme", "id": "k1"}]
    stand_in.answer("POST /changes/9/revert", 201, {**CHANGE, "skipped": skipped})
    ended = machine("change", "revert", "9", "--yes", "--reason", "a mistake")
    assert (ended.code, ended.err) == (0, "not brought back: api_key k1 in acme\n")
    assert stand_in.seen[0].fields == {}
