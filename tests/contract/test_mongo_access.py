"""Users, TLS and servers that hang, each with a server of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from enterprise_adapters.mongo import MongoDatabase
from enterprise_policy.errors import EnterpriseError, StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import append_next, entry
from tests.support.mongo_stores import raw_database, store_in
from tests.support.servers import MongoServer
from tests.support.servers.certificates import Certificates, make_certificates
from tests.support.stores import TriedStore

pytestmark = pytest.mark.mongodb

PASSWORD = "planted-pass"
CHECKPOINT = Checkpoint(log_id="log", revision=1, chain=b"c", content=b"content", mac=b"m")


class Guarded(NamedTuple):
    """A server that asks for a user."""

    server: MongoServer

    def uri(self, user: str, password: str = PASSWORD) -> str:
        return self.server.uri_at(self.server.port, "policy").replace("//", f"//{user}:{password}@", 1)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """With users that may write and read, only read, and do nothing."""
    folder = tmp_path_factory.mktemp("guarded")
    with MongoServer(folder) as open_server:
        with raw_database(open_server.uri_at(open_server.port, "policy")) as raw:
            raw.command("createUser", "writer", pwd=PASSWORD, roles=[{"role": "readWrite", "db": "policy"}])
            raw.command("createUser", "reader", pwd=PASSWORD, roles=[{"role": "read", "db": "policy"}])
            raw.command("createUser", "nobody", pwd=PASSWORD, roles=[])
        port = open_server.port
    with MongoServer(folder, port, auth=True) as server:
        yield Guarded(server)


@pytest.fixture(scope="module")
def written(guarded: Guarded) -> int:
    """How many entries are in the log."""
    with closing(MongoDatabase(guarded.uri("writer"))) as database:
        store = store_in(database)
        for _ in range(3):
            append_next(store.log, "alice")
        store.checkpoints.write(CHECKPOINT)
        return store.log.head().revision


READING = {
    "told": {"writes": False, "make": False},
    "not told": {},
}


@pytest.mark.parametrize("told", READING.values(), ids=READING)
def test_a_user_who_may_only_read_reads_all_and_writes_nothing(
    guarded: Guarded, written: int, told: dict[str, bool]
) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3: whether the process knows that it may only read, or finds out."""
    with closing(MongoDatabase(guarded.uri("reader"), **told)) as database:
        store = store_in(database)
        assert store.log.head().revision == len(store.log.read(0, 10)) == written
        assert len(store.log.find(ChangeFilter(actor="alice"), 10)) == written
        assert store.checkpoints.newest("log") == CHECKPOINT
        assert store.key_use.last_used(["k1"]) == {}
        for error in all_refused(store, written):
            assert isinstance(error, StoreRefusedError)
        assert store.log.head().revision == written


def all_refused(store: TriedStore, written: int) -> Iterator[EnterpriseError]:
    writes = (
        lambda: store.log.append(entry(written + 1)),
        lambda: store.checkpoints.write(Checkpoint(log_id="log", revision=2, chain=b"", content=b"x", mac=b"")),
        lambda: store.leases.acquire("chore", "holder", 1.0),
        lambda: store.key_use.note({"k1": 5}),
    )
    for write in writes:
        with pytest.raises(EnterpriseError) as raised:
            write()
        yield raised.value


@pytest.mark.parametrize(("user", "password"), [("writer", "wrong"), ("unknown", PASSWORD), ("nobody", PASSWORD)])
def test_who_may_not_is_refused_by_name_of_neither(guarded: Guarded, written: int, user: str, password: str) -> None:
    """ChangeLog 6: the operator has to act; the sentence names no user and no host."""
    assert written
    with closing(MongoDatabase(guarded.uri(user, password))) as database, pytest.raises(StoreRefusedError) as raised:
        store_in(database).log.head()
    told = str(raised.value)
    assert told.startswith("the policy store `policy` ")
    assert not any(word in told for word in (user, password, "127.0.0.1"))


# --- TLS --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[MongoServer]:
    with MongoServer(tmp_path_factory.mktemp("secured"), certificates=certificates) as server:
        yield server


def secured_uri(server: MongoServer, authority: Path) -> str:
    query = {"directConnection": "true", "tls": "true", "tlsCAFile": str(authority)}
    return f"mongodb://127.0.0.1:{server.port}/policy?{urlencode(query)}"


def test_the_right_authority_is_trusted(secured: MongoServer, certificates: Certificates) -> None:
    """ChangeLog 6: TLS by the URI alone."""
    with closing(MongoDatabase(secured_uri(secured, certificates.authority))) as database:
        assert append_next(store_in(database).log, "alice") >= 1


def test_another_authority_is_not_trusted(secured: MongoServer, tmp_path: Path) -> None:
    """ChangeLog 6: nothing is sent to a server that only says that it is ours."""
    other = make_certificates(tmp_path)
    with (
        closing(MongoDatabase(secured_uri(secured, other.authority), seconds=1.0)) as database,
        pytest.raises(StoreUnavailableError),
    ):
        store_in(database).log.head()


def test_a_server_with_tls_is_not_spoken_to_without(secured: MongoServer) -> None:
    """ChangeLog 6: and the other way round."""
    plain = f"mongodb://127.0.0.1:{secured.port}/policy?directConnection=true"
    with closing(MongoDatabase(plain, seconds=1.0)) as database, pytest.raises(StoreUnavailableError):
        store_in(database).log.head()


# --- a server that hangs ------------------------------------------------------------------------------------

SECONDS = 0.5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MongoServer]:
    with MongoServer(tmp_path) as started:
        yield started


def test_each_call_to_a_server_that_hangs_ends_in_time(server: MongoServer) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3: and the first after it goes on is served."""
    with closing(MongoDatabase(server.uri_at(server.port, "policy"), seconds=SECONDS)) as database:
        store = store_in(database)
        append_next(store.log, "alice")
        server.suspend()
        calls = (
            store.log.head,
            lambda: store.log.append(entry(2)),
            lambda: store.log.read(0, 1),
            lambda: store.log.find(ChangeFilter(actor="alice"), 1),
            lambda: store.checkpoints.newest("log"),
            lambda: store.leases.acquire("chore", "holder", 1.0),
            lambda: store.key_use.last_used(["k1"]),
        )
        for call in calls:
            began = time.monotonic()
            with pytest.raises(StoreUnavailableError):
                call()
            assert time.monotonic() - began < 2 * SECONDS
        server.resume()
        assert append_next(patient(store).log, "alice") in {2, 3}


def patient(store: TriedStore) -> TriedStore:
    """The store, as soon as it answers."""
    give_up_at = time.monotonic() + 10
    while True:
        try:
            store.log.head()
        except StoreUnavailableError:
            if time.monotonic() > give_up_at:
                raise
        else:
            return store


def test_what_was_acknowledged_survives_the_death_of_the_server(server: MongoServer) -> None:
    """ChangeLog 3, 9; Checkpoints 7: ``kill -9`` right after the acknowledgement, five times."""
    with closing(MongoDatabase(server.uri_at(server.port, "policy"))) as database:
        store = store_in(database)
        for round_ in range(1, 6):
            acknowledged = [append_next(store.log, "alice") for _ in range(20)]
            written = Checkpoint(log_id="log", revision=round_, chain=b"c", content=b"c" * 5_000_000, mac=b"m")
            store.checkpoints.write(written)
            server.kill()
            server.start()
            assert patient(store).log.head().revision == acknowledged[-1] == 20 * round_
            assert len(store.log.read(0, 1_000)) == 20 * round_
            assert store.checkpoints.newest("log") == written
