"""What a step is: a few indexes, made before there is data."""

from __future__ import annotations

from dataclasses import dataclass

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import OperationFailure

from enterprise_adapters.mongo.client import Document

_INDEX_NOT_FOUND = 27
_NAMESPACE_NOT_FOUND = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index of ``collection``, known by ``name``; ``keys`` are fields, each ascending (1) or descending (-1)."""

    collection: str
    name: str
    keys: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Makes ``indexes``. All three methods may be called again at any time, also after one was cut off."""

    number: int
    name: str
    indexes: tuple[Index, ...]

    def up(self, database: Database[Document]) -> None:
        """Make what isn't there yet."""
        for index in self.indexes:
            database[index.collection].create_indexes([IndexModel(list(index.keys), name=index.name)])

    def down(self, database: Database[Document]) -> None:
        """Take away what is there."""
        for index in self.indexes:
            try:
                database[index.collection].drop_index(index.name)
            except OperationFailure as error:
                if error.code not in {_INDEX_NOT_FOUND, _NAMESPACE_NOT_FOUND}:
                    raise

    def is_in_place(self, database: Database[Document]) -> bool:
        """Whether all of it is there."""
        return all(index.name in database[index.collection].index_information() for index in self.indexes)
