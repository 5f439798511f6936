"""What is told of the driver's events, and that nothing there disturbs the driver."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from enterprise_adapters.mongo import MongoDatabase
from enterprise_adapters.mongo.listeners import CommandEvents, HeartbeatEvents, PoolEvents, SlowCommands, listeners
from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.store_events import StoreEvents


class Told(StoreEvents):
    """Keeps what it is told; raises too, if it is to."""

    def __init__(self, *, raises: bool = False) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.raises = raises

    def _keep(self, *told: Any) -> None:  # noqa: ANN401 - whatever it is
        self.told.append(told)
        if self.raises:
            raise RuntimeError("counting went wrong")

    def connection_created(self) -> None:
        self._keep("created")

    def connection_closed(self, reason: str) -> None:
        self._keep("closed", reason)

    def checked_out(self, seconds: float) -> None:
        self._keep("out", seconds)

    def checked_in(self) -> None:
        self._keep("in")

    def checkout_failed(self, reason: str) -> None:
        self._keep("failed", reason)

    def pool_cleared(self) -> None:
        self._keep("cleared")

    def heartbeat_failed(self) -> None:
        self._keep("heartbeat")

    def command(self, name: str, seconds: float, *, failed: bool) -> None:
        self._keep("command", name, seconds, failed)


def event(**fields: object) -> Any:  # noqa: ANN401 - stands for any of the driver's
    return SimpleNamespace(**fields)


def command(name: str = "find", seconds: float = 0.0) -> Any:  # noqa: ANN401 - as above
    return event(command_name=name, duration_micros=round(seconds * 1_000_000), command={"secret": "value"})


def play(events: StoreEvents) -> None:
    """Each event that the driver has, once."""
    pool, heart, commands = PoolEvents(events), HeartbeatEvents(events), CommandEvents(events)
    for quiet in (pool.pool_created, pool.pool_ready, pool.pool_closed, pool.connection_ready):
        quiet(event())
    pool.connection_check_out_started(event())
    pool.connection_created(event())
    pool.connection_checked_out(event(duration=0.25))
    pool.connection_checked_in(event())
    pool.connection_check_out_failed(event(reason="timeout"))
    pool.connection_closed(event(reason="idle"))
    pool.pool_cleared(event())
    heart.started(event())
    heart.succeeded(event())
    heart.failed(event())
    commands.started(event())
    commands.succeeded(command("find", 0.5))
    commands.failed(command("insert", 0.25))


EXPECTED = [
    ("created",),
    ("out", 0.25),
    ("in",),
    ("failed", "timeout"),
    ("closed", "idle"),
    ("cleared",),
    ("heartbeat",),
    ("command", "find", 0.5, False),
    ("command", "insert", 0.25, True),
]


@pytest.mark.parametrize("raises", [False, True])
def test_each_event_is_told_once_whatever_comes_of_it(raises: bool) -> None:  # noqa: FBT001
    told = Told(raises=raises)
    play(told)
    assert told.told == EXPECTED


def test_without_anybody_to_tell_slow_commands_are_still_looked_for() -> None:
    (only,) = listeners(None)
    assert isinstance(only, SlowCommands)
    assert len(listeners(Told())) == 4


def test_slow_commands_are_logged_by_name_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    slow = SlowCommands()
    slow.started(event())
    for _ in range(50):
        slow.succeeded(command("find", 0.25))
        slow.failed(command("insert", 0.25))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "slow command `find` of the store took 0.250 s; see the runbook: Slow queries"
    assert "value" not in caplog.text


def test_a_second_later_the_next_slow_command_is_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("enterprise_adapters.mongo.listeners.time.monotonic", lambda: now[0])
    slow = SlowCommands()
    for at in (100.0, 100.99, 101.0, 101.5, 102.0):
        now[0] = at
        slow.succeeded(command("find", 0.25))
    assert len(caplog.records) == 3


def test_quick_commands_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    SlowCommands().succeeded(command("find", 0.1))
    assert not caplog.records


@pytest.mark.mongodb
@pytest.mark.parametrize("raises", [False, True])
def test_the_driver_tells_of_a_real_store(mongodb_uri: str, raises: bool) -> None:  # noqa: FBT001
    told = Told(raises=raises)
    database = MongoDatabase(mongodb_uri, events=told)
    with database.calling() as connected:
        connected["things"].insert_one({"_id": 1})
    database.close()
    names = [one[0] for one in told.told]
    assert {"created", "out", "in", "command", "closed"} <= set(names)
    assert names.count("out") == names.count("in")
    assert ("command", "insert") in {one[:2] for one in told.told}


def test_a_store_that_is_away_shows_in_the_events() -> None:
    told = Told()
    database = MongoDatabase("mongodb://127.0.0.1:1/policy", events=told, seconds=0.3)
    with pytest.raises(StoreUnavailableError), database.calling():
        pytest.fail("nobody answers there")
    database.close()
    assert ("heartbeat",) in told.told
