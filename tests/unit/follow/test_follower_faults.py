"""What the follower says of its faults, and that its thread lives on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

from enterprise_policy.state.edits import create
from tests.support.logs import Process, append, away, flipped
from tests.support.policies import organization

FOLLOWER = "enterprise_service.follow.follower"


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == FOLLOWER and r.levelno == level]


def poll(process: Process, times: int = 3) -> None:
    for _ in range(times):
        process.follower._poll()  # noqa: SLF001 - what the thread does each time, without waiting for it


def test_a_fault_is_told_when_it_begins_changes_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, FOLLOWER)
    process = Process()
    append(process.log.inner, create(organization("o1")))
    poll(process)
    assert told(caplog, logging.ERROR) == told(caplog, logging.INFO) == []
    process.log.before = away()
    poll(process)
    assert told(caplog, logging.ERROR) == ["the store can't be followed: the store is away"]
    process.log.before = Process().log.before
    process.log.tamper = lambda entry: flipped(entry, 1)
    append(process.log.inner, create(organization("o2")))
    poll(process)
    assert told(caplog, logging.ERROR)[1:] == [CHANGED]
    assert told(caplog, logging.INFO) == []
    process.log.tamper = Process().log.tamper
    poll(process)
    assert told(caplog, logging.INFO) == ["the store is read again"]
    assert len(told(caplog, logging.ERROR)) == 2


CHANGED = (
    "the store can't be followed: revision 1 of the log doesn't verify; "
    "it was changed, or signed with another `SERVICE_SECRET`"
)


def break_down(_name: str) -> None:
    raise RuntimeError("a fault of the program")


def test_a_fault_of_its_own_is_told_once_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, FOLLOWER)
    process = Process()
    poll(process)
    process.log.before = break_down
    poll(process)
    assert process.follower.fault == "the store's changes could not be applied"
    assert told(caplog, logging.ERROR) == ["the follower met a fault of its own"]
    assert "a fault of the program" in caplog.text
    process.log.before = Process().log.before
    poll(process)
    assert process.follower.fault is None
    assert told(caplog, logging.INFO) == ["the store is read again"]


def test_the_thread_keeps_the_process_current_and_ends_when_told() -> None:
    process = Process()
    append(process.log.inner, create(organization("o1")))
    process.follower.start(interval=0.001)
    try:
        assert process.follower.alive
        first = process.follower.current
        assert first is not None
        assert first.revision == 1
        append(process.log.inner, create(organization("o2")))
        assert eventually(lambda: (process.follower.current or first).revision == 2)
    finally:
        process.follower.stop()
    assert not process.follower.alive


@pytest.mark.parametrize("trouble", [away(), break_down], ids=["the store is away", "a fault of its own"])
def test_the_thread_outlives_every_fault(trouble: Callable[[str], None]) -> None:
    process = Process()
    process.log.before = trouble
    process.follower.start(interval=0.001)
    try:
        assert eventually(lambda: len(process.log.calls) > 5)
        assert process.follower.alive
        assert process.follower.current is None
        process.log.before = Process().log.before
        assert eventually(lambda: process.follower.current is not None)
        assert eventually(lambda: process.follower.fault is None)
    finally:
        process.follower.stop()


def test_a_follower_that_was_never_started_may_be_stopped() -> None:
    Process().follower.stop()
