"""No error of pymongo or bson leaves the MongoDB store as it is, and none tells where it is or who asks."""

from __future__ import annotations

import errno
import importlib
import pkgutil
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing

import bson.errors
import pymongo
import pymongo.errors
import pytest

from enterprise_adapters.mongo import MongoDatabase
from enterprise_adapters.mongo.translation import ROWS, translated
from enterprise_policy.errors import EnterpriseError, StoreRefusedError, StoreUnavailableError
from enterprise_service.ports.change_log import ChangeFilter
from enterprise_service.ports.checkpoints import Checkpoint
from tests.support.entries import entry
from tests.support.mongo_stores import raw_database, store_in
from tests.support.stores import TriedStore

USER, PASSWORD = "planted-user", "planted-pass"
OPTIONAL = {"pymongo.ocsp_support", "pymongo.pyopenssl_context"}
"""Modules of the driver that want libraries which aren't installed."""


def all_classes() -> Iterator[type[Exception]]:
    """Every class of error that the driver has, in whichever of its modules."""
    for module in pkgutil.walk_packages(pymongo.__path__, "pymongo."):
        if module.name not in OPTIONAL:
            importlib.import_module(module.name)
    yield from below(pymongo.errors.PyMongoError)
    yield from below(bson.errors.BSONError)


def below(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for kind in root.__subclasses__():
        yield from below(kind)


CLASSES = sorted(set(all_classes()), key=lambda kind: kind.__name__)
OPERATOR_ACTS = {
    "ConfigurationError", "EncryptedCollectionError", "EncryptionError", "InvalidName", "InvalidURI",
}  # fmt: skip
WORDS = f"driver's words about mongodb://{USER}:{PASSWORD}@db.example:27017"


def made(kind: type[Exception]) -> Exception:
    """An error of ``kind`` as the driver makes it."""
    arguments: dict[type[Exception], tuple[object, ...]] = {
        pymongo.errors.BulkWriteError: ({"writeErrors": [{"errmsg": WORDS}]},),
        pymongo.errors.ClientBulkWriteException: ({"error": pymongo.errors.AutoReconnect(WORDS)}, True),
        pymongo.errors.EncryptedCollectionError: (Exception(WORDS), {}),
        pymongo.errors.EncryptionError: (Exception(WORDS),),
    }
    return kind(*arguments.get(kind, (WORDS,)))


def raised_for(error: Exception) -> EnterpriseError:
    with pytest.raises(EnterpriseError) as raised, translated("policy"):
        raise error
    assert raised.value.__cause__ is error
    return raised.value


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_exception_class_of_the_driver_has_a_row(kind: type[Exception]) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3; Migrations 4: a new one of another version shows here."""
    assert kind.__name__ in ROWS
    ours = raised_for(made(kind))
    assert type(ours) is (StoreRefusedError if kind.__name__ in OPERATOR_ACTS else StoreUnavailableError)
    assert not any(word in str(ours) for word in ("driver's words", USER, PASSWORD, "example", "27017"))


@pytest.mark.parametrize("code", [11, 13, 18, 59, 67, 85, 86, 8000])
def test_what_no_waiting_mends_is_the_operators(code: int) -> None:
    """ChangeLog 6; Checkpoints 3: by the server's own number."""
    ours = raised_for(pymongo.errors.OperationFailure(WORDS, code))
    assert isinstance(ours, StoreRefusedError)
    assert str(ours).startswith("the policy store `policy` ")
    assert PASSWORD not in str(ours)


@pytest.mark.parametrize("code", [None, 1, 2, 50, 91, 112, 189, 10_107, 11_600])
def test_what_may_pass_is_tried_again(code: int | None) -> None:
    """ChangeLog 6; Checkpoints 3: codes of which nothing else is known too."""
    assert isinstance(raised_for(pymongo.errors.OperationFailure(WORDS, code)), StoreUnavailableError)


# --- every call ------------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[TriedStore], object]] = {
    "head": lambda store: store.log.head(),
    "append": lambda store: store.log.append(entry(1)),
    "read": lambda store: store.log.read(0, 1),
    "find": lambda store: store.log.find(ChangeFilter(actor="alice"), 1),
    "sweep": lambda store: store.log.sweep(),
    "newest": lambda store: store.checkpoints.newest("log"),
    "write": lambda store: store.checkpoints.write(
        Checkpoint(log_id="log", revision=1, chain=b"", content=b"", mac=b"")
    ),
    "acquire": lambda store: store.leases.acquire("chore", "holder", 1.0),
    "release": lambda store: store.leases.release("chore", "holder"),
    "note": lambda store: store.key_use.note({"k1": 5}),
    "last_used": lambda store: store.key_use.last_used(["k1"]),
}

each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def raised_by(call: Callable[[TriedStore], object], database: MongoDatabase) -> EnterpriseError:
    with closing(database), pytest.raises(EnterpriseError) as raised:
        call(store_in(database))
    shown = "".join(traceback.format_exception(raised.value))
    assert PASSWORD not in shown
    return raised.value


@each_call
def test_every_call_on_a_closed_store_says_so(call: Callable[[TriedStore], object], mongodb_uri: str) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3: with our error."""
    database = MongoDatabase(mongodb_uri)
    call(store_in(database))
    database.close()
    assert str(raised_by(call, database)) == "the policy store can't be used now: it was closed"


@each_call
def test_every_call_to_where_nobody_answers_ends_in_time(call: Callable[[TriedStore], object]) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3: naming no host."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, not listening: a connection is refused
        uri = f"mongodb://{USER}:{PASSWORD}@127.0.0.1:{nobody.getsockname()[1]}/policy"
        error = raised_by(call, MongoDatabase(uri, seconds=0.2))
    assert isinstance(error, StoreUnavailableError)
    assert "127.0.0.1" not in str(error)


@pytest.mark.parametrize(
    "uri",
    [
        f"mongodb://{USER}:{PASSWORD}@/policy",
        f"mongodb://{USER}:{PASSWORD}@host:port/policy",
        f"mongodb://{USER}:{PASSWORD}/x@host/policy",
        f"mongodb://{USER}:{PASSWORD}@host/po licy",
        f"mongodb://{USER}:{PASSWORD}@host/policy?maxPoolSize=many{PASSWORD}",
        f"mongodb://{USER}:{PASSWORD}@host/policy?authMechanism={PASSWORD}",
        f"mongodb://{USER}:{PASSWORD}@host/policy?tls=true&tlsCAFile=/nowhere/{PASSWORD}",
        f"{PASSWORD}",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # where the driver only warns, and goes on
def test_a_uri_that_is_none_is_not_repeated(uri: str) -> None:
    """ChangeLog 6: nor shown by the chain of causes, which ends in the log."""
    error = raised_by(CALLS["head"], MongoDatabase(uri))
    assert isinstance(error, StoreRefusedError)
    assert "MONGODB_URI" in str(error)


class LookupFailedError(Exception):
    """Stands for the errors of the library that asks DNS."""


LookupFailedError.__module__ = "dns.resolver"
LOOKED_UP = "_mongodb._tcp.db.example.org"


@pytest.mark.parametrize("connect", ["true", "false"])
@pytest.mark.parametrize(
    "error", [LookupFailedError(LOOKED_UP), OSError(errno.ENETUNREACH, LOOKED_UP)], ids=["dns", "network"]
)
def test_a_name_that_cannot_be_looked_up_now_is_no_fault_of_the_uri(
    error: Exception, connect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ChangeLog 6: with `mongodb+srv` the driver asks DNS first, which may be away like any other."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pymongo.synchronous.srv_resolver._resolve", fail)
    uri = f"mongodb+srv://{USER}:{PASSWORD}@db.example.org/policy?connect={connect}"
    raised = raised_by(CALLS["head"], MongoDatabase(uri))
    assert isinstance(raised, StoreUnavailableError)
    assert str(raised) == "the policy store can't be used now: its name can't be looked up now"


def test_a_uri_with_srv_that_is_none_is_the_operators() -> None:
    """ChangeLog 6: no waiting mends it."""
    for host in ("127.0.0.1", "db.example.org:27017", "one.example.org,two.example.org"):
        raised = raised_by(CALLS["head"], MongoDatabase(f"mongodb+srv://{USER}:{PASSWORD}@{host}/policy"))
        assert isinstance(raised, StoreRefusedError)


@pytest.mark.parametrize(("number", "passes"), [(errno.EMFILE, True), (errno.ENOMEM, True), (errno.ENOENT, False)])
def test_what_this_machine_lacks_for_the_moment_is_no_fault_of_the_uri(
    number: int,
    passes: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ChangeLog 6: files that may be open, or memory; not a file that the URI names and that isn't there."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, WORDS)

    monkeypatch.setattr("enterprise_adapters.mongo.client.MongoClient", fail)
    raised = raised_by(CALLS["head"], MongoDatabase(f"mongodb://{USER}:{PASSWORD}@db.example.org/policy"))
    assert isinstance(raised, StoreUnavailableError if passes else StoreRefusedError)
    assert WORDS not in str(raised)


@each_call
def test_a_store_that_is_not_there_is_made_by_nobody_who_may_not(
    call: Callable[[TriedStore], object], mongodb_uri: str
) -> None:
    """ChangeLog 6; Checkpoints 3; Leases 3; KeyUse 3: neither without ``make`` nor without ``writes``."""
    for database in (MongoDatabase(mongodb_uri, make=False), MongoDatabase(mongodb_uri, writes=False)):
        error = raised_by(call, database)
        assert isinstance(error, StoreRefusedError)
        assert "migrate up" in str(error) or "only read" in str(error)
    with raw_database(mongodb_uri) as raw:
        assert raw.list_collection_names() == []


@pytest.mark.parametrize("name", ["head", "append", "read", "find"])
def test_a_log_that_is_gone_is_not_replaced_by_an_empty_one(name: str, mongodb_uri: str) -> None:
    """ChangeLog 6: neither by this process nor by one that has just started."""
    database = MongoDatabase(mongodb_uri)
    store_in(database).log.head()
    with raw_database(mongodb_uri) as raw:
        raw["policy_meta"].drop()
        raw["policy_log"].insert_one({"_id": 1, "log_id": "another", "mac": b"m"})
        for one in (database, MongoDatabase(mongodb_uri)):
            assert isinstance(raised_by(CALLS[name], one), StoreUnavailableError)
        assert raw["policy_meta"].find_one() is None
