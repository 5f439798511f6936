"""What format 1 wrote since there are API keys, and changes that name the bundle that they wrote, is read for ever."""

from __future__ import annotations

import pytest

from enterprise_policy.state.api_key import ApiKey, Scope
from enterprise_policy.state.chain import Purpose
from enterprise_policy.state.change import decode_change, encode_change
from enterprise_policy.state.checkpoint import encode_state
from enterprise_policy.state.policy_state import PolicyState
from enterprise_policy.values.windows import parse_instant
from tests.formats.golden import KEYRING, LOG_ID, checkpoint, entries, from_checkpoint, from_log

LOG, CHECKPOINT = "log-with-keys.jsonl", "checkpoint-with-keys.json"
STATES = pytest.mark.parametrize("state", [from_log(LOG), from_checkpoint(CHECKPOINT)], ids=["log", "checkpoint"])


def test_log_and_checkpoint_give_the_same_state() -> None:
    assert from_log(LOG) == from_checkpoint(CHECKPOINT)


def test_every_entry_is_written_as_it_was() -> None:
    assert [encode_change(decode_change(entry.body)) for entry in entries(LOG)] == [e.body for e in entries(LOG)]


def test_a_checkpoint_goes_on_to_hold_the_same() -> None:
    assert encode_state(from_checkpoint(CHECKPOINT)) == encode_state(from_log(LOG))
    assert checkpoint(CHECKPOINT).revision == 10


@STATES
def test_keys_are_what_they_were(state: PolicyState) -> None:
    assert (state.log_id, state.revision) == (LOG_ID, 10)
    assert state.api_key("3f9a") == ApiKey(
        id="3f9a",
        domain="north",
        name="Billing",
        scopes=(Scope.DECIDE, Scope.MANAGE),
        hash=KEYRING.sign(Purpose.API_KEY, b"esk_billing").hex(),
        expires_at=parse_instant("2027-01-31T08:00:00.5Z"),
        created_by="ann",
    )
    assert (state.api_key("old"), state.api_key("77.b")) == (None, None)
    assert {domain: set(keys) for domain, keys in state.keys_in.items()} == {"north": {"3f9a", "88"}}
    assert {actor: set(keys) for actor, keys in state.keys_by.items()} == {"ann": {"3f9a"}, "key:3f9a": {"88"}}


@STATES
def test_a_key_knows_the_revisions_and_moments_of_its_changes(state: PolicyState) -> None:
    found = state.api_keys.get("platform", "3f9a")
    assert found is not None
    assert found.revision == 7
    assert found.created_at == parse_instant("2026-03-01T08:05:00Z")
    assert found.updated_at == parse_instant("2026-03-01T08:07:00Z")


@STATES
def test_a_domain_that_a_revert_gave_back_is_there(state: PolicyState) -> None:
    assert state.tree.path("north-1") == ("north-1", "north", "platform")
    assert dict(state.retired.items()) == {"north-1": 9}
    assert [held.id for held in state.assignments_of("bo", "north-1")] == ["bo-dentist"]


def test_the_bundle_that_a_change_wrote_is_told() -> None:
    assert [decode_change(entry.body).bundle for entry in entries(LOG)] == [None, None, "git, main", *[None] * 7]


def test_what_is_shown_of_the_log_has_no_hash_of_a_key() -> None:
    shown = [decode_change(entry.body).shown() for entry in entries(LOG)]
    kept = [state.hash for state in (from_log(LOG).api_key("3f9a"), from_log(LOG).api_key("88")) if state]
    assert len(kept) == 2
    assert all(key_hash not in str(shown) for key_hash in kept)
    assert "'hash'" not in str(shown)
