"""Earlier revisions: kept, or made again from a checkpoint and the log."""

from __future__ import annotations

import pytest

from enterprise_policy.decide.compile import build
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.errors import RevisionNotReachedError, StoreUnavailableError
from enterprise_policy.state.edits import create, update
from enterprise_service.follow import past
from enterprise_service.follow.checkpointing import seal
from enterprise_service.follow.follower import Store
from enterprise_service.follow.past import Past
from tests.support.logs import Process, away, flipped
from tests.support.policies import KEYRING, organization
from tests.support.threads import at_once


@pytest.fixture
def process() -> Process:
    """At revision ``n`` the organization is called `n`."""
    process = Process()
    process.make(create(organization("o1", name="1")))
    for number in range(2, 8):
        process.make(update(organization("o1", name=str(number - 1)), organization("o1", name=str(number))))
    return process


def past_of(process: Process) -> Past:
    return Past(Store(log=process.log, checkpoints=process.checkpoints), KEYRING)


def newest(process: Process) -> Snapshot:
    return process.follower.catch_up()


def name_at(found: Past, process: Process, revision: int) -> str:
    snapshot = found.at(newest(process).state.log_id, revision)
    assert snapshot.revision == revision
    record = snapshot.state.organization("o1")
    return "" if record is None else record.name


def test_each_revision_is_found_as_it_was(process: Process) -> None:
    found = past_of(process)
    assert [name_at(found, process, revision) for revision in range(8)] == ["", *map(str, range(1, 8))]


def test_one_that_was_made_again_is_as_the_first(process: Process) -> None:
    current = newest(process)
    again = past_of(process).at(current.state.log_id, current.revision)
    assert again == build(current.state)
    assert again.state == current.state


def test_what_was_kept_needs_no_store(process: Process) -> None:
    found, current = past_of(process), newest(process)
    found.keep(current)
    process.log.before = away()
    assert found.at(current.state.log_id, current.revision) is current
    with pytest.raises(StoreUnavailableError):
        found.at(current.state.log_id, 3)


def test_no_more_is_kept_than_may_be_and_what_is_wanted_stays(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "KEPT", 2)
    found, log_id = past_of(process), newest(process).state.log_id
    for revision in (1, 2, 1, 3):
        found.at(log_id, revision)
    process.log.before = away()
    assert [found.at(log_id, revision).revision for revision in (1, 3)] == [1, 3]
    with pytest.raises(StoreUnavailableError):
        found.at(log_id, 2)


def test_a_checkpoint_at_or_below_shortens_the_way(process: Process) -> None:
    current = newest(process)
    fourth = past_of(process).at(current.state.log_id, 4)
    process.checkpoints.write(seal(fourth.state, KEYRING))
    process.checkpoints.write(seal(current.state, KEYRING))
    process.log.calls.clear()
    found = past_of(process)
    assert name_at(found, process, 4) == "4"
    assert "read" not in process.log.calls
    assert name_at(found, process, 3) == "3"
    assert name_at(found, process, 6) == "6"


def test_without_a_checkpoint_the_log_is_enough(process: Process) -> None:
    assert name_at(past_of(process), process, 5) == "5"


def test_a_checkpoint_that_does_not_verify_is_passed_over(process: Process) -> None:
    current = newest(process)
    sealed = seal(past_of(process).at(current.state.log_id, 4).state, KEYRING)
    process.checkpoints.write(type(sealed)(**{**{n: getattr(sealed, n) for n in sealed.__slots__}, "mac": bytes(32)}))
    assert name_at(past_of(process), process, 5) == "5"


def test_what_does_not_verify_is_not_answered_from(process: Process) -> None:
    log_id = newest(process).state.log_id
    process.log.tamper = lambda entry: flipped(entry, 30)
    with pytest.raises(StoreUnavailableError):
        past_of(process).at(log_id, 3)


def test_there_is_no_revision_after_the_last(process: Process) -> None:
    log_id = newest(process).state.log_id
    with pytest.raises(RevisionNotReachedError):
        past_of(process).at(log_id, 8)


def test_a_revision_of_another_log_is_not_taken_for_one_of_this(process: Process) -> None:
    found, current = past_of(process), newest(process)
    found.keep(current)
    with pytest.raises(StoreUnavailableError):
        found.at("another", current.revision)


def test_of_many_who_want_the_same_one_makes_it(process: Process) -> None:
    found, log_id = past_of(process), newest(process).state.log_id
    process.log.calls.clear()
    snapshots = at_once(8, lambda _: found.at(log_id, 5))
    assert len({id(snapshot) for snapshot in snapshots}) == 1
    assert process.log.calls.count("read") == 1
