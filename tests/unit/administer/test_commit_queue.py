"""Writers of one process wait for each other, but not one after the other for a store that hangs."""

from __future__ import annotations

import threading

import pytest

from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.state.edits import create
from tests.support.logs import Process, away
from tests.support.policies import organization
from tests.support.threads import at_once

WRITERS = 6


def test_while_the_store_hangs_all_who_wait_are_refused_with_the_first() -> None:
    process, looks = Process(), threading.Semaphore(0)
    process.make(create(organization("o1")))
    refuse, came = away(), list[str]()

    def hang(name: str) -> None:
        came.append(name)
        looks.acquire(timeout=1.0)
        refuse(name)

    process.log.before = hang

    def write(number: int) -> str:
        with pytest.raises(StoreUnavailableError) as caught:
            process.make(create(organization(f"o{number + 2}")))
        return str(caught.value)

    said = at_once(WRITERS, write)
    assert came == ["head"]
    assert len(said) == WRITERS
    assert sum("nothing was written" in each for each in said) == WRITERS - 1


def test_who_comes_after_a_failure_tries_again() -> None:
    process = Process()
    process.make(create(organization("o1")))
    process.log.before = away()
    with pytest.raises(StoreUnavailableError, match="the store is away"):
        process.make(create(organization("o2")))
    process.log.before = lambda _name: None
    assert process.make(create(organization("o2"))).revision == 2
