"""The promises of ``Migrations``, on MongoDB, whose indexes they make."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pymongo.database import Database as RawDatabase

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoDatabase, MongoLeases, MongoMigrations
from enterprise_adapters.mongo.migrating import LEASE, LEASE_SECONDS
from enterprise_adapters.mongo.migrations import STEPS
from enterprise_adapters.mongo.migrations.step import Step
from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.checkpoints import Checkpoint
from enterprise_service.ports.migrations import Migration
from tests.support.entries import append_next, entry
from tests.support.mongo_stores import Document, raw_database, store_in
from tests.support.threads import at_once

ALL = [step.number for step in STEPS]
CHECKPOINT = Checkpoint(log_id="log", revision=1, chain=b"c", content=b"content", mac=b"m")


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[MongoDatabase]:
    with closing(MongoDatabase(mongodb_uri)) as made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def migrations(database: MongoDatabase, clock: ManualClock) -> MongoMigrations:
    return MongoMigrations(database, clock)


@pytest.fixture
def raw(mongodb_uri: str) -> Iterator[RawDatabase[Document]]:
    with raw_database(mongodb_uri) as found:
        yield found


def numbers(steps: Any) -> list[int]:  # noqa: ANN401 - migrations in whatever they came
    return [one.number for one in steps]


def pending(migrations: MongoMigrations) -> list[int]:
    return [one.number for one in migrations.status() if one.applied_at is None]


def indexes(raw: RawDatabase[Document]) -> dict[str, Any]:
    """Every index of every collection, as the server tells."""
    names = sorted(set(raw.list_collection_names()) - {"policy_leases"})
    return {name: dict(sorted(raw[name].index_information().items())) for name in names}


def test_all_is_pending_before_and_nothing_after(migrations: MongoMigrations) -> None:
    """Migrations 5: and asking what is pending makes nothing."""
    assert numbers(migrations.status()) == pending(migrations) == ALL == list(range(1, len(ALL) + 1))
    assert numbers(migrations.up("one")) == ALL
    assert pending(migrations) == []
    assert migrations.up("one") == ()


def test_a_step_tells_when_it_was_applied(migrations: MongoMigrations) -> None:
    """Migrations 5: the same in ``up`` and ever after."""
    applied = migrations.up("one")
    assert list(applied) == list(migrations.status())
    assert all(one.applied_at is not None for one in applied)


def test_down_and_up_bring_the_same_indexes_back(migrations: MongoMigrations, raw: RawDatabase[Document]) -> None:
    """Migrations 6: from every step down to every step below."""
    migrations.up("one")
    before = indexes(raw)
    for to in range(len(ALL)):
        assert numbers(migrations.down("one", to)) == ALL[to:][::-1]
        assert pending(migrations) == ALL[to:]
        migrations.up("one")
        assert indexes(raw) == before


def test_down_leaves_the_log_and_the_checkpoints(database: MongoDatabase, migrations: MongoMigrations) -> None:
    """Migrations 6: steps have to do with indexes and exports only."""
    store = store_in(database)
    for _ in range(3):
        append_next(store.log, "alice")
    store.checkpoints.write(CHECKPOINT)
    head, entries = store.log.head(), store.log.read(0, 10)
    migrations.down("one", 0)
    assert (store.log.head(), store.log.read(0, 10)) == (head, entries)
    assert store.checkpoints.newest("log") == CHECKPOINT


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("after_indexes", range(4))
def test_a_step_that_was_cut_off_anywhere_is_completed(
    migrations: MongoMigrations, raw: RawDatabase[Document], number: int, after_indexes: int
) -> None:
    """Migrations 1: before, between and after its indexes, with the record or without, and backwards."""
    migrations.up("one")
    whole = indexes(raw)
    step = STEPS[number - 1]
    for index in step.indexes[after_indexes:]:
        raw[index.collection].drop_index(index.name)
    if after_indexes % 2:
        raw["policy_migrations"].delete_one({"_id": number})
    migrations.up("one")
    assert indexes(raw) == whole
    assert pending(migrations) == []
    migrations.down("one", number - 1)
    assert not step.is_in_place(raw)


def test_what_an_up_left_half_done_is_taken_back_too(
    migrations: MongoMigrations, raw: RawDatabase[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Migrations 1: an index that no record tells of."""
    before = indexes(raw)
    monkeypatch.setattr("enterprise_adapters.mongo.migrating.record", lambda *_: die())
    with pytest.raises(SystemExit):
        migrations.up("one")
    assert indexes(raw) != before
    assert migrations.down("one", 0) == ()
    assert all(set(found) == {"_id_"} for found in indexes(raw).values())


def die() -> None:
    raise SystemExit("killed")


def test_one_of_many_who_run_at_once_does_the_work(database: MongoDatabase, clock: ManualClock) -> None:
    """Migrations 2: the others are told to come back, and in the end all is applied once."""

    def run(number: int) -> int | None:
        try:
            return len(MongoMigrations(database, clock).up(f"holder-{number}"))
        except StoreUnavailableError:
            return None

    done = at_once(8, run)
    assert sum(one or 0 for one in done) == len(ALL)
    assert pending(MongoMigrations(database, clock)) == []


def test_a_lease_that_was_left_behind_ends(
    database: MongoDatabase, migrations: MongoMigrations, clock: ManualClock
) -> None:
    """Migrations 2: by the time that has passed; until then others keep out."""
    MongoLeases(database, clock, before_store=True).acquire(LEASE, "dead", LEASE_SECONDS)
    for work in (lambda: migrations.up("one"), lambda: migrations.down("one", 0)):
        with pytest.raises(StoreUnavailableError, match="another process is changing it"):
            work()
    clock.advance(LEASE_SECONDS)
    assert numbers(migrations.up("one")) == ALL


def test_steps_of_a_newer_version_are_shown_and_left_alone(
    database: MongoDatabase, migrations: MongoMigrations, raw: RawDatabase[Document]
) -> None:
    """Migrations 3: this version goes on with such a store."""
    migrations.up("one")
    raw["policy_migrations"].insert_one({"_id": 99, "name": "of tomorrow", "applied_at": clock_of(raw)})
    assert migrations.status()[-1].name == "of tomorrow"
    assert migrations.up("one") == ()
    assert numbers(migrations.down("one", 0)) == ALL[::-1]
    assert numbers(migrations.status()) == [*ALL, 99]
    assert migrations.status()[-1].applied_at is not None
    migrations.up("one")
    assert store_in(database).log.head().revision == 0


def clock_of(raw: RawDatabase[Document]) -> object:
    return raw["policy_migrations"].find_one({"_id": 1}, {"applied_at": 1})["applied_at"]  # type: ignore[index]


# --- the store's own look at the start -------------------------------------------------------------------


def test_the_first_use_of_an_empty_database_applies_all(database: MongoDatabase, migrations: MongoMigrations) -> None:
    """Migrations 5: before there is data, so that no index has to be built over it."""
    store_in(database).log.append(entry(1))
    assert pending(migrations) == []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_store_that_lacks_a_step_is_refused_until_it_has_it(
    mongodb_uri: str, migrations: MongoMigrations, step: Step
) -> None:
    """Migrations 5: with a sentence that says what to do."""
    migrations.up("one")
    migrations.down("one", step.number - 1)
    with closing(MongoDatabase(mongodb_uri)) as later:
        with pytest.raises(StoreRefusedError, match="`enterprise-service migrate up`"):
            store_in(later).log.head()
        migrations.up("one")
        assert store_in(later).log.head().revision == 0


def test_a_store_of_a_newer_format_is_refused(mongodb_uri: str, migrations: MongoMigrations, raw: Any) -> None:  # noqa: ANN401
    """ChangeLog 6: this version doesn't know what stands in it."""
    migrations.up("one")
    raw["policy_meta"].update_one({"_id": "log"}, {"$set": {"format": 2}})
    with closing(MongoDatabase(mongodb_uri)) as later, pytest.raises(StoreRefusedError, match="format 2"):
        store_in(later).log.head()


def test_who_may_only_read_changes_nothing(mongodb_uri: str, clock: ManualClock, raw: RawDatabase[Document]) -> None:
    """Migrations 4: and is told so; what is pending he may know."""
    with closing(MongoDatabase(mongodb_uri, writes=False)) as reading:
        migrations = MongoMigrations(reading, clock)
        assert pending(migrations) == ALL
        for work in (lambda: migrations.up("one"), lambda: migrations.down("one", 0)):
            with pytest.raises(StoreRefusedError, match="only read"):
                work()
    assert raw.list_collection_names() == []


def test_a_name_of_a_step_stays(migrations: MongoMigrations) -> None:
    """Migrations 5: numbers and names are what operators know steps by."""
    assert [Migration(number=one.number, name=one.name) for one in migrations.status()] == [
        Migration(number=1, name="find changes"),
        Migration(number=2, name="newest checkpoint"),
        Migration(number=3, name="casbin rule"),
    ]
