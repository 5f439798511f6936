"""What lies under a store in MongoDB, for tests that look at it or damage it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from pymongo import MongoClient
from pymongo.database import Database

from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoDatabase
from tests.support.stores import TriedStore, mongo_store

Document: TypeAlias = dict[str, Any]


def store_in(database: MongoDatabase) -> TriedStore:
    """The parts of the store in ``database``."""
    clock = ManualClock()
    return mongo_store(database, clock, clock)


@contextmanager
def raw_database(uri: str) -> Iterator[Database[Document]]:
    """The database that ``uri`` names, by the driver alone."""
    with MongoClient[Document](uri, serverSelectionTimeoutMS=10_000) as client:
        yield client.get_default_database()
