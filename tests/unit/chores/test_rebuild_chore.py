"""What was made change by change is held against the log; the log wins."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from enterprise_policy.decide.snapshot import Sharded
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.edits import create
from enterprise_service.chores.rebuild import RebuildChore
from enterprise_service.follow.follower import Store
from tests.support.logs import Process, away
from tests.support.policies import KEYRING, organization


@pytest.fixture
def process() -> Process:
    process = Process()
    for number in range(5):
        process.make(create(organization(f"o{number}")))
    return process


def chore(process: Process) -> RebuildChore:
    return RebuildChore(process.follower, Store(log=process.log, checkpoints=process.checkpoints), KEYRING)


def test_the_same_policy_stays(process: Process) -> None:
    before = process.follower.current
    assert not chore(process).run()
    assert process.follower.current is before
    assert process.follower.divergences == 0


def test_nothing_is_made_anew_before_there_is_a_policy() -> None:
    assert not chore(Process()).run()


@pytest.mark.parametrize("part", ["shards", "tables", "state"])
def test_a_policy_that_differs_is_replaced_and_somebody_is_told(
    process: Process, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = process.follower.catch_up()
    other = replace(good.state, at=good.state.at + 1) if part == "state" else Sharded({})
    process.follower._current = replace(good, **{part: other})  # noqa: SLF001 - as a fault of the program would
    with caplog.at_level(logging.ERROR):
        assert chore(process).run()
    assert process.follower.current == good
    assert process.follower.catch_up().state.at == good.state.at
    assert process.follower.divergences == 1
    assert "isn't what the log says" in caplog.text


def test_while_the_store_is_away_the_policy_in_use_stays(process: Process) -> None:
    before = process.follower.current
    process.log.before = away()
    with pytest.raises(StoreUnavailableError):
        chore(process).run()
    assert process.follower.current is before
