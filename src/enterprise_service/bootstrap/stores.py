"""The store that the settings name, and what is done with it when nothing else runs."""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.bootstrap.named import local_copy, open_hints, read_policy_model, service_secrets, system_clock
from enterprise_service.secret import Secret
from enterprise_service.settings import Settings

if TYPE_CHECKING:
    from enterprise_adapters.mongo import MongoDatabase
    from enterprise_policy.decide.model import Model
    from enterprise_policy.state.chain import Keyring
    from enterprise_service.administer.commit import Commit
    from enterprise_service.cli.tools import Exporting, Reading, Writing
    from enterprise_service.follow.follower import Begun, Follower, Store
    from enterprise_service.ports.clock import Clock
    from enterprise_service.ports.hints import Hints
    from enterprise_service.ports.key_use import KeyUse
    from enterprise_service.ports.leases import Leases
    from enterprise_service.ports.migrations import Migrations
    from enterprise_service.ports.policy_export import PolicyExport
    from enterprise_service.ports.store_events import StoreEvents

STORE_SECONDS: Final = 1.2
"""How long MongoDB may take for one call: a write makes two that may fail, and is answered within 2.5 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A store's adapters; those of one store share what ``log.close`` closes. Only MongoDB has an ``export``."""

    name: str
    store: Store
    leases: Leases
    key_use: KeyUse
    export: PolicyExport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A store, and what reads it."""

    parts: Parts
    keyring: Keyring
    clock: Clock
    model: Model
    follower: Follower

    @property
    def store(self) -> Store:
        """What the follower reads."""
        return self.parts.store


@contextmanager
def open_store(
    settings: Settings, *, writes: bool, make: bool = True, events: StoreEvents | None = None
) -> Iterator[Opened]:
    """The store that ``settings`` name; it is made when it isn't there, and ``writes`` and ``make`` are set.

    ``events`` is told what the store's driver does. Raises ``StoreRefusedError``, ``ModelRefusedError`` and what
    reading a policy folder raises. Nothing of the log is read yet.
    """
    from enterprise_policy.state.chain import Keyring
    from enterprise_service.follow.follower import Follower

    model, clock = read_policy_model(settings), system_clock()
    keyring = Keyring([secret.reveal().encode() for secret in service_secrets(settings, make=writes and make)])
    if settings.mongodb_uri is None:
        parts = _sqlite(settings, clock, writes=writes, make=make)
    else:
        parts = _mongo(_mongo_database(settings.mongodb_uri, writes=writes, make=make, events=events), clock)
    with closing(parts.store.log):
        follower = Follower(parts.store, keyring, clock, model)
        yield Opened(parts=parts, keyring=keyring, clock=clock, model=model, follower=follower)


def _sqlite(settings: Settings, clock: Clock, *, writes: bool, make: bool) -> Parts:
    from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints, SqliteKeyUse, SqliteLeases
    from enterprise_service.follow.follower import Store

    database = Database(settings.sqlite_path, read_only=not writes, make=make)
    return Parts(
        name="sqlite",
        store=Store(log=SqliteChangeLog(database), checkpoints=SqliteCheckpoints(database)),
        leases=SqliteLeases(database, clock),
        key_use=SqliteKeyUse(database),
    )


def _mongo_database(
    uri: Secret, *, writes: bool, make: bool = False, events: StoreEvents | None = None
) -> MongoDatabase:
    from enterprise_adapters.mongo import MongoDatabase

    return MongoDatabase(uri.reveal(), writes=writes, make=make, events=events, seconds=STORE_SECONDS)


def _mongo(database: MongoDatabase, clock: Clock) -> Parts:
    from enterprise_adapters.mongo import MongoChangeLog, MongoCheckpoints, MongoKeyUse, MongoLeases, MongoPolicyExport
    from enterprise_service.follow.follower import Store

    return Parts(
        name="mongodb",
        store=Store(log=MongoChangeLog(database), checkpoints=MongoCheckpoints(database)),
        leases=MongoLeases(database, clock),
        key_use=MongoKeyUse(database),
        export=MongoPolicyExport(database),
    )


@contextmanager
def reading(settings: Settings) -> Iterator[Reading]:
    """The store for a command that writes nothing."""
    from enterprise_service.cli.tools import Reading

    with open_store(settings, writes=False) as opened:
        yield Reading(
            follower=opened.follower,
            log=opened.store.log,
            checkpoints=opened.store.checkpoints,
            keyring=opened.keyring,
        )


@contextmanager
def writing(settings: Settings) -> Iterator[Writing]:
    """The store for a command that writes, with what comes with the program in it."""
    from enterprise_service.cli.tools import Writing

    with open_store(settings, writes=True) as opened:
        yield Writing(follower=opened.follower, commit=begun_on(opened), log=opened.store.log)


def begun_on(opened: Opened) -> Commit:
    """The way to write to ``opened``, which has now what comes with the program."""
    from enterprise_service.administer.genesis import AUTHOR, genesis

    commit = commit_of(opened)
    commit(AUTHOR, genesis(opened.model))
    return commit


def commit_of(opened: Opened, hints: Hints | None = None) -> Commit:
    """The way to write to ``opened``; ``hints`` tell the others."""
    from enterprise_service.administer.commit import Commit

    announce = None if hints is None else hints.publish
    return Commit(opened.follower, opened.store.log, opened.keyring, opened.clock, announce)


def prepare(settings: Settings) -> Begun | None:
    """See that the store can be used, and has what comes with the program, before processes depend on it.

    What was read is what they may begin with: it is read once, and shared by those that are forked.

    Raises the ``EnterpriseError`` that says why it can't be. With a copy on this machine a store that is only away is
    no reason not to start: processes begin with the copy, and go on by themselves. Nothing stays open.
    """
    try:
        with open_hints(settings):  # what can't be understood is told before the store is looked at
            return _look_at_store(settings)
    except StoreUnavailableError as error:
        copy = local_copy(settings)
        if copy is None or copy.read() is None:
            raise
        logging.getLogger(__name__).warning("starting while the store is away: %s", error)
    return None


def _look_at_store(settings: Settings) -> Begun | None:
    if settings.plane.manages:
        with writing(settings) as store:
            return store.follower.begun()
    with open_store(settings, writes=False) as opened:
        opened.follower.catch_up()
        return opened.follower.begun()


@contextmanager
def migrations(settings: Settings) -> Iterator[Migrations | None]:
    """The steps that bring the store to what this version needs; ``None`` for the embedded store, which has none."""
    if settings.mongodb_uri is None:
        yield None
        return
    from enterprise_adapters.mongo import MongoMigrations

    with closing(_mongo_database(settings.mongodb_uri, writes=True, make=True)) as database:
        yield MongoMigrations(database, system_clock())


@contextmanager
def exporting(settings: Settings) -> Iterator[Exporting | None]:
    """The export for Casbin tools; ``None`` for the embedded store, which has none."""
    if settings.mongodb_uri is None:
        yield None
        return
    with open_store(settings, writes=True, make=False) as opened:
        yield _exporting(opened)


def _exporting(opened: Opened) -> Exporting | None:
    from enterprise_service.chores.policy_export import PolicyExportChore
    from enterprise_service.cli.tools import Exporting

    export = opened.parts.export
    if export is None:
        return None
    chore = PolicyExportChore(opened.follower, export, opened.parts.leases, opened.clock)
    return Exporting(follower=opened.follower, export=export, chore=chore)
