"""The promises of ``KeyUse``, on every adapter."""

from __future__ import annotations

from tests.support.entries import append_next
from tests.support.stores import TriedStore
from tests.support.threads import at_once


def test_the_latest_moment_is_kept_in_whatever_order_they_come(store: TriedStore) -> None:
    """KeyUse 1: for each key its own, across the year 1970 too."""
    store.key_use.note({"k1": 5, "k2": 10, "k3": -7})
    store.key_use.note({"k1": 4, "k2": 11, "k3": -6})
    assert store.key_use.last_used(["k1", "k2", "k3"]) == {"k1": 5, "k2": 11, "k3": -6}


def test_the_log_stays_as_it_is(store: TriedStore) -> None:
    """KeyUse 2: and goes on."""
    append_next(store.log, "alice")
    head = store.log.head()
    store.key_use.note({"k1": 5})
    assert store.log.head() == head
    append_next(store.log, "alice")
    assert store.log.head().revision == head.revision + 1


def test_threads_note_and_look_at_once(store: TriedStore) -> None:
    """KeyUse 1, 4: eight threads, each with a key of its own and one that all use."""

    def work(number: int) -> None:
        for moment in range(10):
            store.key_use.note({f"k{number}": moment, "all": 10 * number + moment})
            assert store.key_use.last_used([f"k{number}"]) == {f"k{number}": moment}

    at_once(8, work)
    assert store.key_use.last_used(["all", "k0"]) == {"all": 79, "k0": 9}


def test_only_what_is_asked_for_and_known_is_told(store: TriedStore) -> None:
    """KeyUse 5: before anything was noted too, and of any number of keys."""
    assert store.key_use.last_used(["k1"]) == {}
    store.key_use.note({})
    store.key_use.note({"k1": 5, "k2": 6})
    assert store.key_use.last_used(["k1", "k3", *(f"x{number}" for number in range(40_000))]) == {"k1": 5}
    assert store.key_use.last_used([]) == {}


def test_ids_are_kept_as_they_are(store: TriedStore) -> None:
    uses = {"a'; DROP TABLE key_use; --": 1, 'a"b': 2, "a,b": 3, "A": 4, "a": 5}
    store.key_use.note(uses)
    assert store.key_use.last_used(list(uses)) == uses
