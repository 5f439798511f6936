"""A process starts from the newest checkpoint that it can trust."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from enterprise_policy.errors import ChainBrokenError, StoreUnavailableError
from enterprise_policy.state.chain import Keyring, Purpose
from enterprise_policy.state.edits import create
from enterprise_service.follow.checkpointing import seal, unseal
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.logs import Process, append, flipped
from tests.support.policies import KEYRING, organization, tree_state


def with_checkpoint(at: int, changes: int) -> Process:
    """A process before its first reading, on a log of so many changes and a checkpoint at one of them."""
    process = Process()
    for number in range(1, changes + 1):
        state = append(process.log.inner, create(organization(f"o{number}")))
        if number == at:
            process.checkpoints.write(seal(state, KEYRING))
    return process


@pytest.mark.parametrize("changes", [3, 4, 6])
def test_what_is_before_the_checkpoint_is_not_read(changes: int) -> None:
    process = with_checkpoint(3, changes)
    process.log.tamper = lambda entry: flipped(entry, 0) if entry.revision < 3 else entry
    snapshot = process.follower.catch_up()
    assert snapshot.revision == changes
    assert set(snapshot.shards) == {"platform", *(f"o{n}" for n in range(1, changes + 1))}
    assert snapshot == with_checkpoint(0, changes).follower.catch_up()


def spoil(checkpoint: Checkpoint, field: str) -> Checkpoint:
    value = getattr(checkpoint, field)
    spoilt = bytes([value[0] ^ 1, *value[1:]]) if isinstance(value, bytes) else value + 1
    return replace(checkpoint, **{field: spoilt})


@pytest.mark.parametrize("field", ["chain", "content", "mac", "revision"])
def test_a_spoilt_checkpoint_is_told_and_not_used(field: str, caplog: pytest.LogCaptureFixture) -> None:
    process = with_checkpoint(0, 4)
    process.checkpoints.write(spoil(seal(process.beside().follower.catch_up().state, KEYRING), field))
    assert process.follower.catch_up().revision == 4
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("checkpoint not used: the checkpoint at revision ")


def test_a_checkpoint_of_another_log_is_not_looked_at() -> None:
    process = with_checkpoint(0, 2)
    process.checkpoints.write(seal(tree_state(), KEYRING))
    assert process.follower.catch_up().revision == 2


def test_a_checkpoint_beyond_the_log_shows_that_the_log_was_cut() -> None:
    process = with_checkpoint(4, 4)
    process.log.shown = 3
    with pytest.raises(StoreUnavailableError, match="the log ends at revision 3, before revision 4"):
        process.follower.catch_up()
    assert process.follower.current is None


def test_a_checkpoint_of_a_history_that_is_not_this_one_is_refused() -> None:
    process = with_checkpoint(0, 4)
    state = process.beside().follower.catch_up().state
    process.checkpoints.write(seal(replace(state, position=replace(state.position, chain=b"x" * 32)), KEYRING))
    with pytest.raises(StoreUnavailableError, match="revision 4 of the log doesn't verify"):
        process.follower.catch_up()


def test_a_checkpoint_is_read_under_any_secret_and_written_under_the_first() -> None:
    state = tree_state()
    rotated = Keyring([b"new", b"a secret of the tests"])
    assert unseal(seal(state, KEYRING), rotated) == state
    assert unseal(seal(state, rotated), Keyring([b"new"])) == state
    with pytest.raises(ChainBrokenError, match="doesn't verify") as broken:
        unseal(seal(state, rotated), KEYRING)
    assert broken.value.revision == state.revision


def test_sealed_nonsense_is_not_understood() -> None:
    parts = (b"log", b"7", b"chain", b"nonsense")
    mac = KEYRING.sign(Purpose.CHECKPOINT, *parts)
    nonsense = Checkpoint(log_id="log", revision=7, chain=b"chain", content=b"nonsense", mac=mac)
    with pytest.raises(ChainBrokenError, match="the checkpoint at revision 7 can't be understood") as broken:
        unseal(nonsense, KEYRING)
    assert broken.value.revision == 7


def test_the_same_state_seals_to_the_same_bytes() -> None:
    assert seal(tree_state(), KEYRING) == seal(tree_state(), KEYRING)


def test_an_older_checkpoint_serves_when_the_newest_is_spoilt() -> None:
    process = with_checkpoint(2, 4)
    process.checkpoints.write(spoil(seal(process.beside().follower.catch_up().state, KEYRING), "revision"))
    process.log.tamper = lambda entry: flipped(entry, 0) if entry.revision < 2 else entry
    assert process.follower.catch_up().revision == 4
