"""Uses are noted for next to nothing, and trouble with the store disturbs nobody."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

import pytest

from enterprise_adapters.memory import MemoryKeyUse
from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.values.windows import Instant
from enterprise_service.chores.key_use import KeyUses
from enterprise_service.ports.key_use import KeyUse


class TroubledKeyUse(KeyUse):
    """Keeps uses, but while it is told not to; counts the times that it was written to."""

    def __init__(self) -> None:
        self.inner = MemoryKeyUse()
        self.trouble: str | None = None
        self.written = 0

    def note(self, uses: Mapping[str, Instant]) -> None:
        self._work()
        self.written += 1
        self.inner.note(uses)

    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        self._work()
        return self.inner.last_used(key_ids)

    def _work(self) -> None:
        if self.trouble is not None:
            raise StoreUnavailableError(self.trouble)


@pytest.fixture
def store() -> TroubledKeyUse:
    return TroubledKeyUse()


def test_what_is_not_written_yet_is_told_too(store: TroubledKeyUse) -> None:
    uses = KeyUses(store)
    store.note({"k1": 10, "k2": 10})
    uses.add("k1", 11)
    uses.add("k2", 9)
    uses.add("k3", 5)
    assert uses.last_used(["k1", "k2", "k3", "k4"]) == {"k1": 11, "k2": 10, "k3": 5}


def test_what_is_written_is_there_for_every_process(store: TroubledKeyUse) -> None:
    uses = KeyUses(store)
    uses.add("k1", 11)
    assert KeyUses(store).last_used(["k1"]) == {}
    uses.write()
    assert KeyUses(store).last_used(["k1"]) == {"k1": 11}


def test_nothing_is_written_when_nothing_was_used(store: TroubledKeyUse) -> None:
    uses = KeyUses(store)
    uses.write()
    uses.add("k1", 11)
    uses.write()
    uses.write()
    assert store.written == 1


def test_trouble_is_logged_once_and_loses_nothing(store: TroubledKeyUse, caplog: pytest.LogCaptureFixture) -> None:
    uses = KeyUses(store)
    uses.add("k1", 11)
    store.trouble = "the disk is full"
    for _ in range(3):
        uses.write()
        assert uses.last_used(["k1", "k2"]) == {"k1": 11}
    (record,) = caplog.records
    assert (record.levelno, "the disk is full" in record.getMessage()) == (logging.WARNING, True)
    store.trouble = None
    uses.write()
    assert store.inner.last_used(["k1"]) == {"k1": 11}
    store.trouble = "the disk is full"
    uses.last_used(["k1"])
    assert len(caplog.records) == 2


def test_a_use_that_comes_while_others_are_written_is_written_next(store: TroubledKeyUse) -> None:
    uses = KeyUses(store)

    class Busy(TroubledKeyUse):
        def note(self, noted: Mapping[str, Instant]) -> None:
            super().note(noted)
            if self.written == 1:
                uses.add("k1", 12)
                uses.add("k2", 12)

    busy = Busy()
    uses = KeyUses(busy)
    uses.add("k1", 11)
    uses.write()
    assert busy.inner.last_used(["k1", "k2"]) == {"k1": 11}
    assert uses.last_used(["k1", "k2"]) == {"k1": 12, "k2": 12}
    uses.write()
    assert busy.inner.last_used(["k1", "k2"]) == {"k1": 12, "k2": 12}
