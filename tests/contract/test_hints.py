"""The promises of ``Hints``, on every adapter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enterprise_service.ports.hints import Hints
from tests.support.carriers import CARRIERS, HEARTBEAT, Carrier
from tests.support.ears import Ear, soon
from tests.support.threads import at_once


@pytest.fixture(params=sorted(CARRIERS))
def carrier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Carrier]:
    made = CARRIERS[request.param](tmp_path)
    yield made
    made.close()


def listening(carrier: Carrier) -> tuple[Hints, Ear]:
    """Hints of a process that listens by now."""
    hints, ear = carrier.hints(), Ear()
    hints.listen(ear)
    assert ear.hears(None)
    return hints, ear


def seconds_of(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def test_all_others_hear_what_one_publishes(carrier: Carrier) -> None:
    """Hints 1, 2: and he himself doesn't."""
    (first, own), (_, second), (_, third) = (listening(carrier) for _ in range(3))
    first.publish(7)
    assert second.hears(7)
    assert third.hears(7)
    carrier.send(8)
    assert own.hears(8)
    assert own.revisions == [8]


def test_who_only_publishes_is_heard(carrier: Carrier) -> None:
    """Hints 1: before he has listened, or without ever doing so."""
    _, ear = listening(carrier)
    carrier.hints().publish(7)
    assert ear.hears(7)


def test_who_listens_hears_first_that_he_may_have_missed_something(carrier: Carrier) -> None:
    """Hints 4: at the start."""
    carrier.hints().publish(7)
    _, ear = listening(carrier)
    assert ear.heard[0] is None


def test_nothing_waits_for_a_silent_carrier(carrier: Carrier) -> None:
    """Hints 3: neither when it falls silent, nor when it was silent from the start."""
    hints, _ = listening(carrier)
    carrier.silence()
    fresh = carrier.hints()
    assert seconds_of(lambda: [hints.publish(revision) for revision in range(1, 1_000)]) < 0.5
    assert seconds_of(lambda: fresh.listen(Ear())) < 0.5
    assert seconds_of(lambda: fresh.publish(7)) < 0.5
    assert seconds_of(hints.health) < 0.5
    assert seconds_of(hints.close) < 3.5
    assert seconds_of(fresh.close) < 3.5


def test_all_hear_that_they_may_have_missed_something_while_the_carrier_was_away(carrier: Carrier) -> None:
    """Hints 4: once it is back, and hints go on arriving."""
    (first, own), (_, ear) = listening(carrier), listening(carrier)
    carrier.silence()
    assert soon(lambda: first.health().trouble is not None)
    time.sleep(3 * HEARTBEAT + 0.5)  # shorter, and what was sent meanwhile would only be late
    carrier.restore()
    assert own.misses(2)
    assert ear.misses(2)
    first.publish(8)
    assert ear.hears(8)


def test_what_is_no_hint_is_passed_over(carrier: Carrier) -> None:
    """Hints 5: and hints go on arriving."""
    hints, ear = listening(carrier)
    carrier.send_strange()
    carrier.send(9)
    assert ear.hears(9)
    assert ear.revisions == [9]
    assert soon(lambda: hints.health().trouble is None)


def test_any_thread_may_publish(carrier: Carrier) -> None:
    """Hints 6, 7: eight at once; the highest revision arrives, whatever else does."""
    (hints, _), (_, ear) = listening(carrier), listening(carrier)

    def work(thread: int) -> None:
        for number in range(100):
            hints.publish(1 + thread + 8 * number)
            hints.health()

    at_once(8, work)
    assert ear.hears(800)
    assert set(ear.revisions) <= set(range(1, 801))


def test_only_one_of_many_who_ask_may_listen(carrier: Carrier) -> None:
    """Hints 6, 8: the others are told that they may not."""
    hints, ear = carrier.hints(), Ear()

    def listens(_thread: int) -> bool:
        try:
            hints.listen(ear)
        except RuntimeError:
            return False
        return True

    assert sum(at_once(8, listens)) == 1


def test_a_listener_that_raises_disturbs_nobody(carrier: Carrier, caplog: pytest.LogCaptureFixture) -> None:
    """Hints 1, 3: neither the publisher nor what it hears later."""
    hints, heard = carrier.hints(), Ear()

    def hear(revision: int | None) -> None:
        heard(revision)
        raise ValueError("a fault of the listener")

    hints.listen(hear)
    carrier.hints().publish(7)
    assert soon(lambda: heard.missed > 0)
    carrier.send(8)
    assert heard.hears(8)
    assert soon(lambda: "a fault of the listener" in caplog.text)


def test_all_is_well_while_the_carrier_works(carrier: Carrier) -> None:
    """Hints 9: and it is known how long a hint takes."""
    hints, _ = listening(carrier)
    assert soon(lambda: hints.health().trouble is None)
    hints.publish(7)
    assert soon(lambda: hints.health().lag_seconds is not None)
    assert 0.0 <= (hints.health().lag_seconds or 0.0) < 5.0
    assert carrier.hints().health().lag_seconds is None


def test_silence_shows_as_trouble_and_its_end_as_none(carrier: Carrier) -> None:
    """Hints 9: within three heartbeats, to whoever listens or has published."""
    (hints, _), publisher = listening(carrier), carrier.hints()
    publisher.publish(7)
    assert soon(lambda: hints.health().trouble is None)
    time.sleep(HEARTBEAT)
    carrier.silence()
    assert soon(lambda: hints.health().trouble is not None, 3 * HEARTBEAT + 0.5)
    assert soon(lambda: publisher.health().trouble is not None, 0.5)
    carrier.restore()
    assert soon(lambda: hints.health().trouble is None)
    assert soon(lambda: publisher.health().trouble is None)


def test_what_is_closed_hears_and_publishes_nothing(carrier: Carrier) -> None:
    """Hints 10, 8: closed twice, by many, and never opened again."""
    (hints, ear), (_, other) = listening(carrier), listening(carrier)
    at_once(4, lambda _: hints.close())
    hints.close()
    hints.publish(7)
    carrier.send(8)
    assert other.hears(8)
    time.sleep(0.1)
    assert ear.revisions == []
    assert other.revisions == [8]
    with pytest.raises(RuntimeError):
        hints.listen(Ear())


def test_what_was_published_last_goes_before_the_end(carrier: Carrier) -> None:
    """Hints 1, 10: a process that publishes and ends is heard."""
    _, ear = listening(carrier)
    for revision in range(1, 6):
        hints = carrier.hints()
        hints.publish(revision)
        hints.close()
        assert ear.hears(revision)
