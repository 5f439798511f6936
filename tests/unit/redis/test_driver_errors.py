"""No error of redis-py leaves the adapter: each is a public sentence, and its threads go on."""

from __future__ import annotations

import inspect
import logging
import ssl
import threading
from collections.abc import Iterator
from typing import Never

import pytest
import redis
from redis import exceptions
from redis.client import PubSub

from enterprise_adapters.redis import RedisHints
from enterprise_adapters.redis.trouble import CarrierSilentError, sentence
from tests.support.ears import Ear, soon

UNEXPECTED = "redis gave an unexpected answer"
WORDS = "1 driver.example:2"  # some of its classes read a slot and an address in them


def subclasses(of: type[Exception]) -> Iterator[type[Exception]]:
    for found in of.__subclasses__():
        yield found
        yield from subclasses(found)


def of_redis() -> set[type[Exception]]:
    """Those that it lists, and those that it has elsewhere."""
    listed = {one for one in vars(exceptions).values() if inspect.isclass(one) and issubclass(one, Exception)}
    elsewhere = {one for one in subclasses(redis.RedisError) if one.__module__.startswith("redis")}
    return listed | elsewhere


CLASSES = sorted(of_redis(), key=lambda found: (found.__module__, found.__name__))

# What no server of hints says, or says only when it isn't Redis. A class that isn't here has a sentence of its own.
STRANGE = {
    "AskError", "ChildDeadlockedError", "ClusterCrossSlotError", "ClusterDownError", "ClusterError",
    "CrossSlotTransactionError", "DataError", "ExecAbortError", "IncorrectPolicyType", "InvalidPipelineStack",
    "InvalidResponse", "LockError", "LockNotOwnedError", "MasterDownError", "ModuleError", "MovedError",
    "NoScriptError", "NoSuchFieldsetError", "OutOfMemoryError", "PubSubError", "ReadOnlyError", "RedisClusterException",
    "RedisError", "ResponseError", "SlotNotCoveredError", "TryAgainError", "WatchError",
}  # fmt: skip

OTHERS = [OSError(WORDS), ssl.SSLError(WORDS), TimeoutError(WORDS), ValueError(WORDS), AttributeError(WORDS)]


def whole_name(kind: type[Exception]) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def made(kind: type[Exception]) -> Exception:
    return kind(WORDS)


def test_the_classes_are_found() -> None:
    assert len(CLASSES) > 30
    assert redis.RedisError in CLASSES


@pytest.mark.parametrize("kind", CLASSES, ids=whole_name)
def test_every_class_of_the_driver_has_a_sentence(kind: type[Exception]) -> None:
    said = sentence(made(kind))
    assert WORDS not in said
    assert said == said.lower()
    assert (said == UNEXPECTED) is (kind.__name__ in STRANGE)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (exceptions.ConnectionError(), "redis can't be reached"),
        (ConnectionRefusedError(), "redis can't be reached"),
        (exceptions.TimeoutError(), "redis doesn't answer in time"),
        (exceptions.BusyLoadingError(), "redis is still loading its data"),
        (exceptions.AuthenticationError(), "redis doesn't accept the credentials"),
        (exceptions.NoPermissionError(), "redis doesn't let this user publish and subscribe on the channel"),
        (CarrierSilentError(), "redis has fallen silent"),
        (ValueError(), UNEXPECTED),
    ],
)
def test_the_sentence_says_who_has_to_act(error: Exception, said: str) -> None:
    assert sentence(error) == said


class Failing:
    """In the place of a method of the driver: raises ``error``, and counts."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.calls = 0

    def __call__(self, *_: object, **__: object) -> Never:
        self.calls += 1
        raise self.error


def tried(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The threads meet ``error`` again and again, and go on trying."""
    publish, subscribe = Failing(error), Failing(error)
    monkeypatch.setattr(redis.Redis, "publish", publish)
    monkeypatch.setattr(PubSub, "subscribe", subscribe)
    hints = RedisHints("redis://:s3cret@127.0.0.1:1", "channel", heartbeat_seconds=0.02)
    try:
        hints.listen(Ear())
        hints.publish(7)
        assert soon(lambda: publish.calls > 2 and subscribe.calls > 2)
        assert hints.health().trouble == sentence(error)
    finally:
        hints.close()


@pytest.mark.parametrize("error", [*map(made, CLASSES), *OTHERS], ids=lambda error: whole_name(type(error)))
def test_no_error_ends_a_thread_or_reaches_a_caller(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    tried(monkeypatch, error)
    assert not any(thread.name.startswith("hints-") for thread in threading.enumerate())


def test_trouble_is_logged_once_and_without_the_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried(monkeypatch, exceptions.ConnectionError("no connection as s3cret"))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "hints are in trouble: redis can't be reached"
    assert record.__dict__["driver_error"] == "ConnectionError: no connection as ********"
