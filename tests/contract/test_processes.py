"""The promises that only several processes show, on the stores that they can share."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

import pytest

from enterprise_service.ports.change_log import ChangeFilter
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import append_next, entry, is_untouched, writer
from tests.support.processes import Process
from tests.support.stores import TriedStore, sqlite_path, sqlite_store, store_at

PROCESSES = 4


@pytest.fixture(params=["sqlite", pytest.param("mongodb", marks=pytest.mark.mongodb)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store that isn't made yet, nor the folders that it will be in."""
    if request.param == "sqlite":
        return str(sqlite_path(tmp_path / "new" / "folders"))
    return str(request.getfixturevalue("mongodb_uri"))


def all_at_once(running: ExitStack, *actions: tuple[object, ...]) -> list[Process]:
    processes = [running.enter_context(Process(*map(str, action))) for action in actions]
    for process in processes:
        process.go()
    return processes


def test_processes_that_append_at_once_lose_nothing(where: str) -> None:
    """ChangeLog 1, 2, 9: gapless, one winner for each revision, and whose it is stands in it."""
    with ExitStack() as running:
        processes = all_at_once(running, *(("append", where, f"writer-{n}", 50) for n in range(PROCESSES)))
        acknowledged = {int(line): f"writer-{n}" for n, process in enumerate(processes) for line in process.rest()}
        assert all(process.ended_well() for process in processes)
    store = store_at(where)
    entries = store.log.read(0, 1_000)
    store.close()
    assert [one.revision for one in entries] == list(range(1, PROCESSES * 50 + 1))
    assert {one.revision: writer(one) for one in entries} == acknowledged


def test_readers_see_a_prefix_while_other_processes_write(where: str) -> None:
    """ChangeLog 4: whole entries, byte for byte, none skipped and none changed."""
    store = store_at(where)
    with ExitStack() as running:
        all_at_once(running, *(("append", where, f"writer-{n}", 60) for n in range(2)))
        seen = store.log.read(0, 1_000)
        while len(seen) < 120:
            entries = store.log.read(0, 1_000)
            assert [one.revision for one in entries] == list(range(1, len(entries) + 1))
            assert all(map(is_untouched, entries))
            assert entries[: len(seen)] == seen
            seen = entries
    store.close()


def test_the_head_has_what_another_process_was_told_is_done(where: str) -> None:
    """ChangeLog 8: never older than an append that has returned over there; the index neither."""
    store = store_at(where)
    with ExitStack() as running:
        (process,) = all_at_once(running, ("append", where, "writer", 150))
        for expected in range(1, 151):
            assert int(process.line()) == expected
            assert store.log.head().revision >= expected
            assert store.log.find(ChangeFilter(actor="writer"), 1)[0].revision >= expected
    store.close()


def test_what_was_acknowledged_survives_the_death_of_all(where: str) -> None:
    """ChangeLog 3, 9: ``kill -9`` right after the acknowledgement; the next opening finds it, and no rest of others."""
    with Process("append", where, "writer", 1_000_000) as process:
        process.go()
        acknowledged = [int(process.line()) for _ in range(random.randint(1, 50))]
        process.kill()
        acknowledged += [int(line) for line in process.rest()]
    store = store_at(where)
    entries = store.log.read(0, 1_000_000)
    store.close()
    assert len(entries) - len(acknowledged) in (0, 1)
    assert all(map(is_untouched, entries))


def test_checkpoints_survive_and_are_shared(where: str) -> None:
    """Checkpoints 7: a store that is opened later, or was open before, has what was written."""
    written = Checkpoint(log_id="log", revision=5, chain=b"c", content=random.randbytes(3_000_000), mac=b"m")
    before, writing = store_at(where), store_at(where)
    assert before.checkpoints.newest("log") is None
    writing.checkpoints.write(written)
    assert before.checkpoints.newest("log") == written
    writing.close()
    before.close()
    after = store_at(where)
    assert after.checkpoints.newest("log") == written
    after.close()


def test_a_lease_has_one_holder_among_processes(where: str, tmp_path: Path) -> None:
    """Leases 1: the holder makes a file that must not be there yet, and takes it away."""
    mark = tmp_path / "held"
    with ExitStack() as running:
        processes = all_at_once(running, *(("take_turns", where, mark, f"holder-{n}", 25) for n in range(PROCESSES)))
        assert [process.line() for process in processes] == ["25"] * PROCESSES


@pytest.mark.parametrize("_attempt", range(5))
def test_processes_that_make_the_store_at_once_agree(where: str, _attempt: int) -> None:
    """ChangeLog 5: all of them meet the same log, where none of them found one."""
    with ExitStack() as running:
        processes = all_at_once(running, *[("identify", where)] * PROCESSES)
        identities = {process.line() for process in processes}
    store = store_at(where)
    assert identities == {store.log.head().log_id}
    store.close()


def test_a_store_that_was_open_at_a_fork_serves_both(where: str) -> None:
    """ChangeLog 1, 7: threads and children append at once; no lock and no connection crosses the fork."""
    with ExitStack() as running:
        (process,) = all_at_once(running, ("fork", where))
        ends, untouched, writers = process.rest()
    assert (ends, untouched) == ("0 0 0", "True")
    assert sorted(writers.split()) == ["child"] * 30 + ["parent"] * 60


def test_many_instances_in_one_process_share_a_store(where: str) -> None:
    """ChangeLog 7, 8: closing one takes no lock away from the others."""
    stores = [store_at(where) for _ in range(4)]
    for number, one in enumerate(stores):
        append_next(one.log, f"writer-{number}")
    stores.pop().close()
    for number, one in enumerate(stores):
        assert one.log.head().revision == 4 + number
        append_next(one.log, "again")
    assert read_and_close(stores) == 7


def read_and_close(stores: list[TriedStore]) -> int:
    revision = stores[0].log.head().revision
    for one in stores:
        one.close()
    return revision


def test_a_closed_store_can_be_opened_again(tmp_path: Path) -> None:
    """ChangeLog 15: and leaves one file, made for its owner alone, with nothing beside it."""
    made = tmp_path / "made"
    store = sqlite_store(made)
    store.log.append(entry(1))
    store.close()
    (file,) = made.iterdir()
    assert (made.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    again = sqlite_store(made)
    assert again.log.head().revision == 1
    again.close()
