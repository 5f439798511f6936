"""The bus in memory as simulations use it: what it holds arrives as they will."""

from __future__ import annotations

from enterprise_adapters.memory import HeldHint, HintBus
from tests.support.ears import Ear


def test_what_is_held_arrives_when_and_as_often_as_is_wanted() -> None:
    bus = HintBus(hold=True)
    sender, receiver, ear = bus.hints(), bus.hints(), Ear()
    receiver.listen(ear)
    for revision in (1, 2, 3):
        sender.publish(revision)
    assert ear.heard == []
    assert [hint.revision for hint in bus.held] == [None, 1, 2, 3]
    for number in (3, 1, 1):
        bus.held[number].arrive()
    assert ear.heard == [3, 1, 1]


def test_hints_arrive_before_publishing_is_done() -> None:
    bus = HintBus()
    sender, receiver, ear = bus.hints(), bus.hints(), Ear()
    receiver.listen(ear)
    sender.publish(7)
    assert ear.heard == [None, 7]


def test_two_buses_have_nothing_to_do_with_each_other() -> None:
    receiver, ear = HintBus().hints(), Ear()
    receiver.listen(ear)
    HintBus().hints().publish(7)
    assert ear.heard == [None]


def test_what_arrives_late_is_not_heard_by_what_is_closed() -> None:
    bus = HintBus()
    receiver, ear = bus.hints(), Ear()
    receiver.listen(ear)
    receiver.close()
    HeldHint(to=receiver, revision=7).arrive()
    assert ear.heard == [None]


def test_a_silent_bus_loses_what_is_published() -> None:
    bus = HintBus()
    sender, receiver, ear = bus.hints(), bus.hints(), Ear()
    receiver.listen(ear)
    bus.silence()
    sender.publish(7)
    assert sender.health().lag_seconds is None
    bus.restore()
    assert ear.heard == [None, None]
