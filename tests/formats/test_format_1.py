"""What format 1 wrote is read for ever.

The files in `format-1` were written once and are never written anew: stores out there hold the like. A later format
adds a folder of its own.
"""

from __future__ import annotations

import logging
import zlib

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.reason import ReasonCode
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.chain import Purpose
from enterprise_policy.state.change import decode_change, encode_change
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.state.record import Status
from enterprise_policy.values.windows import parse_instant
from enterprise_service.ports.change_log import LogEntry
from enterprise_service.ports.checkpoints import Checkpoint
from tests.formats.golden import KEYRING, LOG_ID, checkpoint, entries, from_checkpoint, from_log
from tests.support.logs import Entries, Process, TroubledLog

LOG, CHECKPOINT = "log.jsonl", "checkpoint.json"
STATES = pytest.mark.parametrize("state", [from_log(LOG), from_checkpoint(CHECKPOINT)], ids=["log", "checkpoint"])


def test_log_and_checkpoint_give_the_same_state() -> None:
    assert from_log(LOG) == from_checkpoint(CHECKPOINT)


def test_every_entry_is_written_as_it_was() -> None:
    assert [encode_change(decode_change(entry.body)) for entry in entries(LOG)] == [
        entry.body for entry in entries(LOG)
    ]


@STATES
def test_records_mean_what_they_meant(state: PolicyState) -> None:
    assert (state.log_id, state.revision) == (LOG_ID, 10)
    assert state.model_digest == "4da56c05ed33c8836e7881960d0289323ea9e7c35fad62de035856bb406ea95e"
    assert state.tree.path("north-2") == ("north-2", "north-group", "north", "platform")
    north, three = state.organization("north"), state.clinic("north-3")
    assert north is not None
    assert (north.name, north.attributes) == ('Nörth, "Dental"', (("city", "Bergen"), ("zip", "5003")))
    assert three is not None
    assert three.status is Status.SUSPENDED
    assert dict(state.retired.items()) == {"closed": 9}
    assert {v.record.id for v in state.roles.items("platform")} == {
        "auditor",
        "clinic-admin",
        "decision-client",
        "dentist",
        "organization-admin",
        "platform-admin",
    }
    assert [(kept.actor, kept.key, kept.digest, kept.revision) for kept in state.remembered] == [
        ("ann", "first key", "5f2b", 3),
        ("ann", "second key", "77aa", 9),
    ]


@STATES
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Question("eve, admin, clinic2", "north-1", "/patients/42/chart", "read"), "allowed_by_permission"),
        (Question("eve, admin, clinic2", "north-1", "/patients/42/chart", "delete"), "no_matching_permission"),
        (Question("eve, admin, clinic2", "north-2", "/patients/42/chart", "read"), "no_assignment"),
        (Question("bo", "north-1", "/patients/42/chart", "read"), "denied_by_permission"),
        (Question("bo", "north-1", "/notes/a/b", "write"), "allowed_by_permission"),
        (Question("bo", "north-2", "/notes/private", "read"), "denied_by_permission"),
        (Question("bo", "north-2", "/patients/42/chart", "read"), "allowed_by_permission"),
        (Question("bo", "north-3", "/patients/42/chart", "read"), "domain_suspended"),
        (Question("bo", "north", "/management/roles", "delete"), "allowed_by_permission"),
        (Question("dr.lee", "north-2", "/patients/42/chart", "read"), "allowed_by_permission"),
        (Question("dr.lee", "north-2", "/notes/private", "read"), "denied_by_permission"),
        (Question("dr.lee", "closed", "/patients/42/chart", "read"), "unknown_domain"),
    ],
)
def test_questions_are_answered_as_they_were(state: PolicyState, asked: Question, code: str) -> None:
    now = parse_instant("2026-06-01T00:00:00Z")
    assert explain(state, asked, now).code == code
    assert decide(build(state), asked, now) is (code == ReasonCode.ALLOWED_BY_PERMISSION)


@STATES
@pytest.mark.parametrize(
    ("at", "current"),
    [("2026-01-31T07:59:59Z", False), ("2026-01-31T08:00:00Z", True), ("2027-01-31T08:00:00Z", False)],
)
def test_windows_end_when_they_did(state: PolicyState, at: str, current: bool) -> None:  # noqa: FBT001 - a column
    asked = Question("eve, admin, clinic2", "north-1", "/patients/42/chart", "read")
    assert decide(build(state), asked, parse_instant(at)) is current


# --- a newer format -------------------------------------------------------------------------------------------


def newer_entry(state: PolicyState) -> LogEntry:
    body = entries(LOG)[-1].body.replace(b'"format":1', b'"format":2').replace(b'"revision":10', b'"revision":11')
    return LogEntry(revision=11, body=body, mac=KEYRING.link(state.position, body))


def test_an_entry_of_a_newer_format_is_not_followed() -> None:
    log = TroubledLog(Entries(LOG_ID, [*entries(LOG), newer_entry(from_log(LOG))]))
    process = Process(log=log, keyring=KEYRING)
    with pytest.raises(
        StoreUnavailableError, match="revision 11 can't be understood: format 2 is newer than this program's 1"
    ):
        process.follower.catch_up()
    assert process.follower.current is None


def test_a_checkpoint_of_a_newer_format_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    old, process = checkpoint(CHECKPOINT), Process(log=TroubledLog(Entries(LOG_ID, entries(LOG))), keyring=KEYRING)
    content = zlib.compress(zlib.decompress(old.content).replace(b'"format":1', b'"format":2', 1))
    mac = KEYRING.sign(Purpose.CHECKPOINT, LOG_ID.encode(), b"10", old.chain, content)
    process.checkpoints.write(Checkpoint(log_id=LOG_ID, revision=10, chain=old.chain, content=content, mac=mac))
    assert process.follower.catch_up().state == from_log(LOG)
    assert "checkpoint format 2 is newer than this program's 1" in caplog.text
