"""The thread that sends: the newest revision that waits, and heartbeats."""

from __future__ import annotations

import threading
import time

from enterprise_adapters.redis.condition import Part
from enterprise_adapters.redis.line import Line
from enterprise_adapters.redis.message import Kind, Message, encode


class Sending:
    """One place for the highest revision that waits, so that nothing piles up while the carrier is away."""

    def __init__(self, line: Line) -> None:
        """Nothing runs yet."""
        self._line = line
        self._client = line.address.client()
        self._backoff = line.backoff()
        self._waiting: int | None = None
        self._beat_at = 0.0
        self._stopping = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="hints-sending", daemon=True)

    def start(self) -> None:
        """Begin with a heartbeat."""
        self._line.condition.begins(Part.SENDING)
        self._thread.start()

    def send(self, revision: int) -> None:
        """Have ``revision`` sent, unless a higher one waits."""
        with self._changed:
            self._waiting = max(revision, self._waiting or 0)
            self._changed.notify()

    def beat(self) -> None:
        """Have a heartbeat sent now."""
        with self._changed:
            self._beat_at = 0.0
            self._changed.notify()

    def stop(self) -> None:
        """Have the thread end; what waits is sent first, if the carrier works."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def join(self, seconds: float) -> None:
        """Wait for its end, for at most ``seconds``."""
        self._thread.join(seconds)

    def _run(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._client.publish(self._line.channel, encode(message))
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go better
                self._failed(message, error)
            else:
                self._backoff.reset()
                self._line.condition.works(Part.SENDING)
        self._client.close()

    def _next(self) -> Message | None:
        """What is to be sent, once there is something; ``None`` when this ends."""
        with self._changed:
            self._changed.wait_for(self._due, self._beat_at - time.monotonic())
            if self._waiting is not None:
                revision, self._waiting = self._waiting, None
                return Message(sender=self._line.me, kind=Kind.REVISION, number=revision)
            if self._stopping:
                return None
            self._beat_at = time.monotonic() + self._line.heartbeat_seconds
        return Message(sender=self._line.me, kind=Kind.BEAT, number=self._line.beats.next())

    def _due(self) -> bool:
        return self._stopping or self._waiting is not None or self._beat_at <= time.monotonic()

    def _failed(self, message: Message, error: Exception) -> None:
        """Wait, then try again: the revision unless there is a higher one by then, else a heartbeat."""
        self._line.condition.fails(Part.SENDING, error)
        self._client.close()
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, self._backoff.next())
            self._beat_at = 0.0
            if self._stopping:
                self._waiting = None
            elif message.kind is Kind.REVISION:
                self._waiting = max(message.number, self._waiting or 0)
