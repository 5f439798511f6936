"""When API keys were last used, a document for each key."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import Final

from pymongo import UpdateOne

from enterprise_adapters.mongo.client import Document
from enterprise_adapters.mongo.database import MongoDatabase
from enterprise_policy.values.windows import Instant
from enterprise_service.ports.key_use import KeyUse

_COLLECTION: Final = "key_use"
_AT_ONCE: Final = 10_000


class MongoKeyUse(KeyUse):
    """In ``database``."""

    def __init__(self, database: MongoDatabase) -> None:
        self._database = database

    def note(self, uses: Mapping[str, Instant]) -> None:
        writes: list[UpdateOne] = [
            UpdateOne({"_id": key_id}, {"$max": {"used_at": at}}, upsert=True) for key_id, at in sorted(uses.items())
        ]
        for start in range(0, len(writes), _AT_ONCE):
            with self._database.writing() as database:
                database[_COLLECTION].bulk_write(writes[start : start + _AT_ONCE], ordered=False)

    def last_used(self, key_ids: Collection[str]) -> Mapping[str, Instant]:
        return {found["_id"]: int(found["used_at"]) for ids in _groups(key_ids) for found in self._noted(ids)}

    def _noted(self, key_ids: list[str]) -> list[Document]:
        with self._database.calling() as database:
            return database[_COLLECTION].find({"_id": {"$in": key_ids}}).to_list()


def _groups(key_ids: Collection[str]) -> Iterator[list[str]]:
    left = iter(key_ids)
    while group := list(islice(left, _AT_ONCE)):
        yield group
