"""The thread that hears: it subscribes, looks whether its own heartbeats arrive, and begins anew when they don't."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Final

from redis.client import PubSub

from enterprise_adapters.redis.condition import Part
from enterprise_adapters.redis.line import Line
from enterprise_adapters.redis.message import Kind, Message, parse
from enterprise_adapters.redis.trouble import CarrierSilentError
from enterprise_service.ports.hints import Heard

POLL_SECONDS: Final = 0.2
"""So often the thread looks whether it is to end, while nothing arrives."""

_log = logging.getLogger(__name__)


class Hearing:
    """Calls ``heard`` from its thread; a connection that fails or falls silent is replaced by a new one."""

    def __init__(self, line: Line, heard: Heard, beat: Callable[[], None]) -> None:
        """``beat`` has a heartbeat sent: what was subscribed to is to show at once that it works."""
        self._line = line
        self._heard = heard
        self._beat = beat
        self._client = line.address.client()
        self._backoff = line.backoff()
        self._strangers = Strangers(line.channel)
        self._shown_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hints-hearing", daemon=True)

    def start(self) -> None:
        """Begin to subscribe."""
        self._line.condition.begins(Part.HEARING)
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait for its end, for at most ``seconds``; what it calls may close the hints, and doesn't wait for itself."""
        if self._thread is not threading.current_thread():
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next connection may go better
                self._line.condition.fails(Part.HEARING, error)
                self._client.close()
                self._stopping.wait(self._backoff.next())
        self._client.close()

    def _listen(self) -> None:
        """Hear what one connection brings. Raises when it fails or falls silent; returns when this ends."""
        subscription: PubSub = self._client.pubsub()  # type: ignore[no-untyped-call] # redis-py hasn't typed it
        with closing(subscription):
            subscription.subscribe(self._line.channel)
            self._shown_at = time.monotonic()
            while not self._stopping.is_set():
                self._take(self._next(subscription))
                if time.monotonic() - self._shown_at >= self._line.patience_seconds:
                    raise CarrierSilentError

    def _next(self, subscription: PubSub) -> Mapping[str, Any]:
        event: Mapping[str, Any] | None = subscription.get_message(timeout=POLL_SECONDS)
        return event or {}

    def _take(self, event: Mapping[str, Any]) -> None:
        match event.get("type"):
            case "subscribe":
                # Not before: what is published until the server has subscribed us isn't heard.
                self._tell(None)
                self._beat()
            case "message":
                message = parse(event["data"])
                if message is None:
                    self._strangers.passed_over()
                else:
                    self._take_message(message)

    def _take_message(self, message: Message) -> None:
        if message.sender != self._line.me:
            if message.kind is Kind.REVISION:
                self._tell(message.number)
        elif message.kind is Kind.BEAT and self._line.beats.heard(message.number):
            self._shown_at = time.monotonic()
            self._backoff.reset()
            self._line.condition.works(Part.HEARING)

    def _tell(self, revision: int | None) -> None:
        if self._stopping.is_set():
            return
        try:
            self._heard(revision)
        except Exception:  # noqa: BLE001 - it isn't the carrier's, and the next hint may go better
            _log.exception("what was to hear a hint met a fault of its own")


class Strangers:
    """Counts messages that are no hints, and tells of them at most once a minute."""

    EVERY_SECONDS: Final = 60.0

    def __init__(self, channel: str) -> None:
        """They arrive on ``channel``."""
        self._channel = channel
        self._count = 0
        self._tell_at = 0.0

    def passed_over(self) -> None:
        """One more. What it says isn't logged: it may be anything, and anybody's."""
        self._count += 1
        if time.monotonic() >= self._tell_at:
            self._tell_at = time.monotonic() + self.EVERY_SECONDS
            _log.warning("messages on channel `%s` passed over that are no hints: %d", self._channel, self._count)
            self._count = 0
