"""What is sent when it can be sent again: the newest revision, or a heartbeat, and nothing that was overtaken."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis

from enterprise_adapters.redis import RedisHints
from tests.support.ears import soon


class Channel:
    """In the place of the driver's ``publish``: keeps what is sent, or fails."""

    def __init__(self) -> None:
        self.fails = False
        self.failed = 0
        self.sent: list[dict[str, object]] = []

    def __call__(self, _channel: str, message: bytes) -> int:
        if self.fails:
            self.failed += 1
            raise redis.ConnectionError
        self.sent.append(json.loads(message))
        return 1

    @property
    def revisions(self) -> list[object]:
        return [message["revision"] for message in self.sent if "revision" in message]

    @property
    def beats(self) -> list[object]:
        return [message["beat"] for message in self.sent if "beat" in message]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    channel = Channel()
    monkeypatch.setattr(redis.Redis, "publish", lambda _, name, message: channel(name, message))
    return channel


@pytest.fixture
def hints(channel: Channel) -> Iterator[RedisHints]:
    """Their heartbeats are rare: what comes sooner comes for another reason."""
    hints = RedisHints("redis://127.0.0.1:1", "channel", heartbeat_seconds=60.0)
    yield hints
    hints.close()


def test_a_revision_that_failed_is_sent_until_it_goes_out(channel: Channel, hints: RedisHints) -> None:
    channel.fails = True
    hints.publish(7)
    assert soon(lambda: channel.failed > 2)
    channel.fails = False
    assert soon(lambda: channel.revisions == [7])


def test_a_higher_revision_takes_the_place_of_one_that_waits(channel: Channel, hints: RedisHints) -> None:
    channel.fails = True
    hints.publish(7)
    assert soon(lambda: channel.failed > 1)
    for revision in (9, 8, 3):
        hints.publish(revision)
    channel.fails = False
    assert soon(lambda: channel.revisions != [])
    hints.publish(10)
    assert soon(lambda: 10 in channel.revisions)
    assert channel.revisions[-2:] == [9, 10]
    assert set(channel.revisions) <= {7, 9, 10}


def test_a_heartbeat_follows_what_failed_without_waiting_its_time(channel: Channel, hints: RedisHints) -> None:
    hints.publish(7)
    assert soon(lambda: channel.beats != [])
    channel.fails = True
    hints.publish(8)
    assert soon(lambda: hints.health().trouble is not None)
    channel.fails = False
    assert soon(lambda: len(channel.beats) > 1)
    assert soon(lambda: hints.health().trouble is None)


def test_what_waits_when_nothing_can_be_sent_is_forgotten_at_the_end(channel: Channel, hints: RedisHints) -> None:
    channel.fails = True
    hints.publish(7)
    assert soon(lambda: channel.failed > 1)
    hints.close()
    channel.fails = False
    assert not soon(lambda: channel.sent != [], 0.3)
