"""Documents that are written once and stay as the first writer made them."""

from __future__ import annotations

from collections.abc import Mapping

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from enterprise_adapters.mongo.client import Document


def write_once(collection: Collection[Document], key: str, fields: Mapping[str, object]) -> None:
    """Write ``fields`` as the document ``key`` unless there is one; returns when a majority has whichever it is."""
    try:
        collection.update_one({"_id": key}, {"$setOnInsert": fields}, upsert=True)
    except DuplicateKeyError:
        # Somebody else was first by a moment. The same again changes nothing, and waits for theirs.
        collection.update_one({"_id": key}, {"$setOnInsert": fields}, upsert=True)
