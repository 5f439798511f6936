"""Ways in which policy engines have answered wrongly; each is closed here."""

from __future__ import annotations

import gc
import tracemalloc
import unicodedata
from importlib.metadata import distributions
from pathlib import Path

import pytest

from enterprise_policy.decide.casbin_form import casbin_name
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.errors import InvalidRequestError, StoreUnavailableError
from enterprise_policy.state.change import encode_change
from enterprise_policy.state.checkpoint import decode_state, encode_state
from enterprise_policy.state.edits import create
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.role import Role
from enterprise_policy.values.names import subject_fault
from enterprise_policy.values.patterns import matches
from enterprise_service.follow.checkpointing import seal
from enterprise_service.ports.change_log import LogEntry
from tests.support.logs import Process, TroubledLog, append
from tests.support.oracle import oracle
from tests.support.policies import (
    KEYRING,
    LOG_ID,
    allow,
    assignment,
    change_of,
    clinic,
    deny,
    organization,
    ref,
    role,
    state_of,
    tree_state,
)
from tests.support.stores import STORES, OpenStore

NOW = 0
LINE = "eve, admin, clinic2"
"""As one field of a comma-separated line it would be three."""


CLINICS_WITH_AN_ADMIN = (
    organization("org"),
    clinic("clinic1", "org", organization_id="org"),
    clinic("clinic2", "org", organization_id="org"),
    role("admin@platform", allow("*")),
    role("reader@platform", allow("/chart", "read")),
)


def ask(state: PolicyState, subject: str, domain: str, resource: str = "/chart", action: str = "write") -> set[bool]:
    """What each of our ways to decide says, and Casbin."""
    asked = Question(subject, domain, resource, action)
    casbin = oracle(state, NOW).decide(asked)
    return {decide(build(state), asked, NOW), explain(state, asked, NOW).allowed, casbin}


@pytest.mark.parametrize(
    "subject", [LINE, 'eve","admin","clinic2', "eve', admin, clinic2", "eve;admin;clinic2", "#eve, admin"]
)
@pytest.mark.parametrize("open_store", STORES.values(), ids=STORES)
def test_a_subject_that_reads_like_a_row_gives_nobody_another_role(
    tmp_path: Path, open_store: OpenStore, subject: str
) -> None:
    store = open_store(tmp_path)
    process = Process(log=TroubledLog(store.log), checkpoints=store.checkpoints)
    held = assignment(subject, "reader@platform", "clinic1", id="a1")
    process.make(*map(create, CLINICS_WITH_AN_ADMIN))
    process.make(create(held))
    first = process.follower.catch_up().state
    store.checkpoints.write(seal(first, process.keyring))
    again = Process(log=TroubledLog(store.log), checkpoints=store.checkpoints).follower.catch_up().state
    for state in (first, again, decode_state(encode_state(first))):
        assert [a.record for a in state.assignments] == [held]
        assert ask(state, subject, "clinic1", action="read") == {True}
        for name in (subject, "eve", "#eve", LINE.partition(",")[0]):
            assert ask(state, name, "clinic2") == {False}
            assert ask(state, name, "clinic1") == {False}
    store.close()


@pytest.mark.parametrize("subject", ["eve\nadmin", "eve\r\nadmin", "eve\x00", "eve\x85admin", "\ud800"])
def test_a_subject_with_a_line_end_is_refused(subject: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        assignment(subject, "reader@platform", "clinic1", id="a1")
    assert [fault.pointer for fault in refused.value.faults] == ["/subject"]


def test_an_unknown_subject_leaves_no_trace() -> None:
    state = tree_state(role("R@platform", allow("/a/:x")), assignment("ann", "R@platform", "o1"))
    snapshot = build(state)
    asked = [Question(f"s{n}", f"d{n}", f"/a/{n}", f"act{n}") for n in range(50_000)]
    asked += [q._replace(domain="c1") for q in asked] + [q._replace(subject="ann", domain="c1") for q in asked]
    asked += [q._replace(subject="ann", action="read") for q in asked[:50_000]]
    assert len(set(asked)) == 200_000
    decide(snapshot, asked[0], NOW)
    gc.collect()
    tracemalloc.start()
    for question in asked:
        decide(snapshot, question, NOW)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 20_000
    assert snapshot == build(state)


def test_an_empty_policy_denies_everything() -> None:
    state = empty_state(LOG_ID)
    nothing = Question("", "", "", "")
    assert not oracle(state, NOW).decide(nothing)
    assert not decide(build(state), nothing, NOW)
    assert ask(state, "root", "platform", "/management/organizations", "read") == {False}


@pytest.mark.parametrize("effect", ["Deny", "DENY", "deny ", "dény", "maybe", "", None, True])
def test_an_effect_is_spelt_exactly_or_refused(effect: object) -> None:
    permission = {"resource": "/a", "action": "read", "effect": effect}
    with pytest.raises(InvalidRequestError) as refused:
        Role.from_fields({"domain": "platform", "id": "R", "permissions": [permission]})
    assert refused.value.faults[0].pointer == "/permissions/0/effect"


def test_an_effect_that_was_written_wrong_stops_the_follower_instead_of_denying_nothing() -> None:
    process = Process()
    state = append(process.log.inner, create(role("R@platform", deny("/a"))))
    process.follower.catch_up()
    body = encode_change(change_of(state, create(role("S@platform", deny("/a"))))).replace(b'"deny"', b'"Deny"')
    process.log.inner.append(LogEntry(revision=2, body=body, mac=KEYRING.link(state.position, body)))
    with pytest.raises(StoreUnavailableError, match="revision 2 can't be understood"):
        process.follower.catch_up()
    current = process.follower.current
    assert current is not None
    assert current.revision == 1


@pytest.mark.parametrize(
    ("pattern", "not_matched"),
    [
        ("/x.y", "/xzy"),
        ("/a", "/a\n"),
        ("/a/:x", "/a/b\n/c"),
        ("/a+", "/aa"),
        ("/a?", "/"),
        ("/a|b", "/a"),
        ("/[ab]", "/a"),
        ("/(a)", "/a"),
        ("/^a", "/a"),
        ("/a$", "/a"),
        ("/a{2}", "/aa"),
        (r"/\w", "/a"),
        ("/a/*", "/a"),
        ("/a/:x", "/a/b/c"),
        ("/a", "/ab"),
        ("/a%2fb", "/a/b"),
        ("t.", "tt"),
    ],
)
def test_a_pattern_is_no_regular_expression(pattern: str, not_matched: str) -> None:
    state = state_of(role("R@platform", allow(pattern)), assignment("ann", "R@platform", "platform"))
    assert matches(pattern, pattern)
    assert not matches(pattern, not_matched)
    assert ask(state, "ann", "platform", pattern) == {True}
    assert ask(state, "ann", "platform", not_matched) == {False}


def test_a_user_named_like_a_role_has_nothing_of_it() -> None:
    state = state_of(role("admin@platform", allow("*")), assignment("ann", "admin@platform", "platform"))
    assert ask(state, "ann", "platform") == {True}
    for name in ("admin", "platform/admin", "admin@platform"):
        assert ask(state, name, "platform") == {False}
    assert subject_fault(casbin_name(ref("admin@platform"))) is not None


def test_only_the_maintained_casbin_is_installed() -> None:
    installed = {(found.metadata["Name"] or "").lower().replace("_", "-") for found in distributions()}
    assert "pycasbin" in installed
    assert "casbin" not in installed


@pytest.mark.parametrize(
    "other",
    [
        unicodedata.normalize("NFD", "Zo\u00eb"),
        "zo\u00eb",
        "ZO\u00cb",
        "Zo\u00eb ",
        " Zo\u00eb",
        "Zo\u200b\u00eb",
        "Zo\u00eb\ufeff",
        "\uff3ao\u00eb",
        "Zoe",
    ],
)
def test_texts_that_look_alike_stay_different(other: str) -> None:
    name = unicodedata.normalize("NFC", "Zo\u00eb")
    state = state_of(role("R@platform", allow(f"/{name}", name)), assignment(name, "R@platform", "platform", id="a1"))
    assert ask(state, name, "platform", f"/{name}", name) == {True}
    assert ask(state, other, "platform", f"/{name}", name) == {False}
    assert ask(state, name, "platform", f"/{other}", name) == {False}
    assert ask(state, name, "platform", f"/{name}", other) == {False}
    if other.isascii():
        assert ask(state, name, other, f"/{name}", name) == {False}
