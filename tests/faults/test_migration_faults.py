"""Processes that migrate are killed at each step, begin at once, go down and up: the store comes out the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from enterprise_adapters.mongo import MongoDatabase, MongoMigrations
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.errors import StoreUnavailableError
from tests.support import mortal_migration
from tests.support.entries import append_next
from tests.support.mongo_stores import raw_database, store_in
from tests.support.mortal_migration import DIES_AFTER, DOWN, LEASE_SECONDS, UP
from tests.support.pods import SECRET
from tests.support.programs import COMMAND, environment
from tests.support.servers import SharedServer
from tests.support.servers.shared import drop_database, new_name, with_database
from tests.support.stage import figure, until

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(180)]

MORTAL = (sys.executable, str(Path(mortal_migration.__file__)))
TOGETHER = 2
ALL = [step.number for step in STEPS]

Report = Callable[[str], None]
NewStore = Callable[[], "Migrated"]


@dataclass(frozen=True, slots=True)
class Migrated:
    """A store in the database at ``uri``."""

    uri: str
    database: MongoDatabase

    @property
    def migrations(self) -> MongoMigrations:
        """Its steps, in this process."""
        return MongoMigrations(self.database, SystemClock())

    def run(self, *words: str, by: Sequence[str] = (COMMAND,), **settings: object) -> subprocess.Popen[str]:
        """`migrate` with ``words``, in a process."""
        given = {"MONGODB_URI": self.uri, "SERVICE_SECRET": SECRET, **settings}
        return subprocess.Popen([*by, "migrate", *words], env=environment(**given), stdout=-1, stderr=-1, text=True)

    def die(self, *words: str, after: int) -> None:
        """The same, killed after so many of its steps."""
        with self.run(*words, by=MORTAL, **{DIES_AFTER: after}) as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, said

    def complete(self) -> float:
        """Have ``up`` do what there is left to do; how long the one that has died keeps others out."""

        def is_done() -> bool:
            try:
                self.migrations.up("the next")
            except StoreUnavailableError as error:
                if "another process is changing it" in error.detail:
                    return False
                raise
            return True

        return until(is_done, 2 * LEASE_SECONDS)

    def look(self) -> Mapping[str, Any]:
        """All that steps have to do with, and the policy, with which they have nothing to do."""
        with raw_database(self.uri) as raw:
            there = set(raw.list_collection_names()) - {"policy_leases"}
            indexes = {name: dict(sorted(raw[name].index_information().items())) for name in sorted(there)}
        log = store_in(self.database).log
        steps = [(one.number, one.name, one.applied_at is None) for one in self.migrations.status()]
        return {"indexes": indexes, "steps": steps, "log": [(e.revision, e.body) for e in log.read(0, 100)]}

    def entries(self) -> Sequence[str]:
        """How each entry of its log is signed, and whose it is."""
        log = store_in(self.database).log
        return [log.head().log_id, *(entry.mac.hex() for entry in log.read(0, 100))]


@pytest.fixture
def new_store(mongodb: SharedServer) -> Iterator[NewStore]:
    with ExitStack() as stack:

        def make() -> Migrated:
            uri = with_database(mongodb.uri, new_name())
            stack.callback(drop_database, uri)
            return Migrated(uri, stack.enter_context(closing(MongoDatabase(uri))))

        yield make


@pytest.fixture
def whole(new_store: NewStore) -> Mapping[str, Any]:
    """A store that nothing happened to."""
    store = new_store()
    store.migrations.up("one")
    return store.look()


def kill_all(kill: Callable[[int], Migrated], count: int) -> list[Migrated]:
    """The stores on which a process was killed after 0, 1, 2 ... steps, a few at a time."""
    with ThreadPoolExecutor(TOGETHER) as threads:
        return list(threads.map(kill, range(count)))


def test_an_up_that_is_killed_anywhere_is_completed_by_the_next(
    new_store: NewStore, whole: Mapping[str, Any], report: Report
) -> None:
    def kill(after: int) -> Migrated:
        store = new_store()
        store.die("up", after=after)
        return store

    stores = kill_all(kill, UP)
    kept_out = [store.complete() for store in stores]
    for store in stores:
        assert store.look() == whole
        assert store.migrations.up("again") == ()
    assert max(kept_out) > 0
    report(f"F27 `migrate up` killed: {len(stores)} times, each completed by the next; other states 0")


def test_a_down_that_is_killed_anywhere_takes_nothing_from_the_log(new_store: NewStore, report: Report) -> None:
    before = dict[str, Sequence[str]]()

    def kill(after: int) -> Migrated:
        store = new_store()
        for _ in range(3):
            append_next(store_in(store.database).log, "alice")
        before[store.uri] = store.entries()
        store.die("down", "--to", "0", after=after)
        return store

    stores = kill_all(kill, DOWN)
    reference = None
    for store in stores:
        store.complete()
        found = store.look()
        assert store.entries() == before[store.uri]
        assert [number for number, _, pending in found["steps"] if not pending] == ALL
        reference = reference or found["indexes"]
        assert found["indexes"] == reference
    report(f"F27 `migrate down` killed: {len(stores)} times, each followed by `up`; entries lost 0")


def test_of_several_who_migrate_at_once_none_breaks_what_another_does(
    new_store: NewStore, whole: Mapping[str, Any]
) -> None:
    """Who comes second is told so, or finds nothing left to do."""
    for _ in range(figure(1, 10)):
        store = new_store()
        running = [store.run("up") for _ in range(4)]
        ended = [(process.communicate(timeout=60)[1], process.returncode) for process in running]
        assert {code for _, code in ended} <= {0, 3}
        assert any(code == 0 for _, code in ended), ended
        assert all("another process is changing it" in said for said, code in ended if code == 3)
        assert store.look() == whole


def test_an_up_by_command_makes_the_store_where_there_is_none(new_store: NewStore, whole: Mapping[str, Any]) -> None:
    store = new_store()
    with store.run("up") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    with closing(MongoDatabase(store.uri, make=False)) as there:
        assert store_in(there).log.head().revision == 0
    assert store.look() == whole


def test_down_and_up_by_commands_bring_the_same_store_back(new_store: NewStore) -> None:
    store = new_store()
    append_next(store_in(store.database).log, "alice")
    before = store.look()
    for words in (("down", "--to", "0"), ("up",)):
        with store.run(*words) as process:
            _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert store.look() == before
