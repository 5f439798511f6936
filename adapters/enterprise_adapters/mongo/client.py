"""A client of the driver, with limits on all that it may wait for."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from enterprise_adapters.mongo.listeners import listeners
from enterprise_adapters.mongo.translation import passing, unavailable
from enterprise_policy.errors import StoreRefusedError
from enterprise_service.ports.store_events import StoreEvents

Document: TypeAlias = dict[str, Any]

DEFAULT_NAME: Final = "enterprise"
"""The database of a URI that names none."""

_SCHEMES: Final = ("mongodb://", "mongodb+srv://")
_NO_URI: Final = "the policy store can't be found: `MONGODB_URI` is no MongoDB URI, or has an option that can't be used"
_CONNECTIONS: Final = 32
_HEARTBEAT_MS: Final = 5_000


def policy_database(uri: str, events: StoreEvents | None, seconds: float) -> Database[Document]:
    """The database that ``uri`` names, with a client of its own; no server is asked yet.

    What is written is durable on a majority and what is read was, whatever the URI says; what it says about pools and
    waiting is followed. Raises ``StoreRefusedError`` when the driver can't read it, ``StoreUnavailableError`` when the
    servers that it is for can't be looked up now; neither tells anything of the URI.
    """
    if not uri.startswith(_SCHEMES):  # the driver would take anything for the name of a host
        raise StoreRefusedError(_NO_URI)
    given = {option.partition("=")[0].lower() for option in re.split("[&;]", uri.partition("?")[2])}
    wanted = {name: value for name, value in _options(seconds).items() if name.lower() not in given}
    try:
        with _strictly():
            client: MongoClient[Document] = MongoClient(uri, event_listeners=listeners(events), **wanted)
        return client.get_default_database(
            DEFAULT_NAME,
            read_preference=ReadPreference.PRIMARY,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
        )
    except (PyMongoError, ValueError, TypeError, OSError, UserWarning) as error:
        why = passing(error)
        # The cause is left out: the driver's words repeat what it couldn't read, be it a password.
        raise (StoreRefusedError(_NO_URI) if why is None else unavailable(why)) from None


@contextmanager
def _strictly() -> Iterator[None]:
    """The driver warns of an option that it can't use, value and all, and goes on without it: here it fails."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning, module="pymongo")
        yield


def _options(seconds: float) -> dict[str, Any]:
    limit = round(seconds * 1_000)
    return {
        "appName": "enterprise-service",
        "maxPoolSize": _CONNECTIONS,
        "serverSelectionTimeoutMS": limit,
        "connectTimeoutMS": limit,
        "waitQueueTimeoutMS": limit,
        "heartbeatFrequencyMS": _HEARTBEAT_MS,
    }
