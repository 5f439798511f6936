"""Hints on a channel of Redis."""

from __future__ import annotations

import threading
from typing import Final

from enterprise_adapters.redis.address import Address
from enterprise_adapters.redis.hearing import Hearing
from enterprise_adapters.redis.line import Line
from enterprise_adapters.redis.sending import Sending
from enterprise_service.ports.hints import Heard, Hints, HintsHealth

CLOSE_SECONDS: Final = 1.5
"""``close`` waits for each thread so long: one that is in the middle of waiting for Redis ends by itself."""


class RedisHints(Hints):
    """Publishes and subscribes on connections of its own, which are made by the first call that needs them.

    So it may be made before a fork, and used after it.
    """

    def __init__(self, url: str, channel: str, *, heartbeat_seconds: float = 5.0) -> None:
        """``url`` says where Redis is, with the password, and ``rediss://`` for TLS.

        Raises ``ValueError``, which shows nothing of it, when it is no URL of Redis.
        """
        self._address = Address(url)
        self._channel = channel
        self._heartbeat_seconds = heartbeat_seconds
        self._line: Line | None = None
        self._sending: Sending | None = None
        self._hearing: Hearing | None = None
        self._closed = False
        self._lock = threading.Lock()

    def publish(self, revision: int) -> None:
        with self._lock:
            if not self._closed:
                self._begin()[1].send(revision)

    def listen(self, heard: Heard) -> None:
        with self._lock:
            if self._closed or self._hearing is not None:
                raise RuntimeError("hints are listened to once, before they are closed")
            line, sending = self._begin()
            self._hearing = Hearing(line, heard, sending.beat)
            self._hearing.start()

    def health(self) -> HintsHealth:
        line = self._line
        if line is None:
            return HintsHealth()
        return HintsHealth(trouble=line.condition.trouble(), lag_seconds=line.beats.lag_seconds)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            threads = [thread for thread in (self._sending, self._hearing) if thread is not None]
        for thread in threads:
            thread.stop()
        for thread in threads:
            thread.join(CLOSE_SECONDS)

    def _begin(self) -> tuple[Line, Sending]:
        """The line, and the thread that sends on it, which runs from the first time on."""
        if self._line is None or self._sending is None:
            self._line = Line(self._address, self._channel, self._heartbeat_seconds)
            self._sending = Sending(self._line)
            self._sending.start()
        return self._line, self._sending
