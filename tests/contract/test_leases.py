"""The promises of ``Leases``, on every adapter."""

from __future__ import annotations

from enterprise_policy.values.windows import DAY
from tests.support.stores import TriedStore
from tests.support.threads import at_once


def test_one_of_many_who_ask_at_once_gets_the_lease(store: TriedStore) -> None:
    """Leases 1: for each name exactly one of eight threads."""
    for name in (f"chore-{number}" for number in range(10)):
        got = at_once(8, lambda holder, name=name: store.leases.acquire(name, f"holder-{holder}", 60.0))
        assert sum(got) == 1


def test_a_lease_keeps_others_out_until_its_time_is_over(store: TriedStore) -> None:
    """Leases 1, 2, 4: and not a moment longer."""
    assert store.leases.acquire("chore", "first", 60.0)
    store.clock.advance(59.999)
    assert not store.leases.acquire("chore", "second", 60.0)
    store.clock.advance(0.001)
    assert store.leases.acquire("chore", "second", 60.0)
    assert not store.leases.acquire("chore", "first", 60.0)


def test_the_holder_renews_his_lease(store: TriedStore) -> None:
    """Leases 4: from now on for the time that he asks for, which may be shorter."""
    assert store.leases.acquire("chore", "first", 60.0)
    store.clock.advance(50.0)
    assert store.leases.acquire("chore", "first", 60.0)
    store.clock.advance(50.0)
    assert not store.leases.acquire("chore", "second", 60.0)
    assert store.leases.acquire("chore", "first", 1.0)
    store.clock.advance(1.0)
    assert store.leases.acquire("chore", "second", 60.0)


def test_leases_of_other_names_are_not_concerned(store: TriedStore) -> None:
    assert store.leases.acquire("chore", "first", 60.0)
    assert store.leases.acquire("another", "second", 60.0)


def test_what_was_given_back_is_anybodys(store: TriedStore) -> None:
    """Leases 5: the holder's own release ends the lease at once."""
    assert store.leases.acquire("chore", "first", 60.0)
    store.leases.release("chore", "first")
    assert store.leases.acquire("chore", "second", 60.0)


def test_nobody_gives_back_what_another_has(store: TriedStore) -> None:
    """Leases 5: nor what nobody has."""
    store.leases.release("chore", "second")
    assert store.leases.acquire("chore", "first", 60.0)
    store.leases.release("chore", "second")
    store.leases.release("another", "first")
    assert not store.leases.acquire("chore", "second", 60.0)


def test_a_wall_clock_that_is_stepped_back_stretches_no_lease(store: TriedStore) -> None:
    """Leases 2: one that seems to have been taken in the future is over."""
    assert store.leases.acquire("chore", "first", 60.0)
    store.clock.set(store.clock.now() - DAY)
    assert store.leases.acquire("chore", "second", 60.0)
