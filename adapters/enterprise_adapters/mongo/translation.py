"""The one place where the errors of pymongo and bson end."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

from bson.errors import BSONError
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError

from enterprise_policy.errors import StoreRefusedError, StoreUnavailableError

_NO_RIGHTS: Final = "doesn't let this user do what the service has to; give it the role, or name another user"
_NOT_ABLE: Final = "can't do what the service needs; use a server of a version that is supported"
_NO_NAME: Final = "its name can't be looked up now"
_NO_MEANS: Final = "this machine has no memory, or may open no more files"
_LACKING: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
_DOWN: Final = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT, errno.EAGAIN})
_ODD_INDEX: Final = "has an index of our name that isn't ours; remove it and run `enterprise-service migrate up`"


class _Row(NamedTuple):
    """What an error means. ``refused``: the operator has to mend it, no waiting does."""

    why: str
    refused: bool = False


# Each class of the driver by its name, its private ones too; one without a row of its own fails a test.
ROWS: Final[Mapping[str, _Row]] = {
    "PyMongoError": _Row("it gave an unexpected answer"),
    "ProtocolError": _Row("it gave an answer that can't be understood"),
    "ConnectionFailure": _Row("the connection failed"),
    "WaitQueueTimeoutError": _Row("too many calls wait for a connection"),
    "AutoReconnect": _Row("the connection was lost"),
    "NetworkTimeout": _Row("it didn't answer in time"),
    "NotPrimaryError": _Row("it has no primary now"),
    "ServerSelectionTimeoutError": _Row("no server that can be used answers"),
    "_OperationCancelled": _Row("the connection was given up"),
    "_PoolClosedError": _Row("it was closed"),
    "ConfigurationError": _Row("can't be used with these settings of the driver; see `MONGODB_URI`", refused=True),
    "InvalidURI": _Row("can't be found: `MONGODB_URI` is no MongoDB URI", refused=True),
    "OperationFailure": _Row("it gave an unexpected answer"),
    "CursorNotFound": _Row("it forgot what was being read"),
    "ExecutionTimeout": _Row("it didn't answer in time"),
    "WriteConcernError": _Row("a write isn't confirmed by a majority of its servers"),
    "WTimeoutError": _Row("a write isn't confirmed by a majority of its servers in time"),
    "WriteError": _Row("it didn't take a write"),
    "DuplicateKeyError": _Row("others wrote the same at the same time"),
    "BulkWriteError": _Row("it didn't take all writes"),
    "ClientBulkWriteException": _Row("it didn't take all writes"),
    "InvalidOperation": _Row("it was closed"),
    "InvalidName": _Row("can't be used by the name of its database; see `MONGODB_URI`", refused=True),
    "CollectionInvalid": _Row("it gave an unexpected answer"),
    "EncryptionError": _Row("can't be used with these settings of encryption", refused=True),
    "EncryptedCollectionError": _Row("can't be used with these settings of encryption", refused=True),
    "BSONError": _Row("it can't hold what was to be written"),
    "InvalidBSON": _Row("it gave an answer that can't be understood"),
    "InvalidStringData": _Row("it can't hold what was to be written"),
    "InvalidDocument": _Row("it can't hold what was to be written"),
    "DocumentTooLarge": _Row("what was to be written is too large for it"),
    "InvalidId": _Row("it gave an answer that can't be understood"),
}

# What the server's own error codes mean, where they say more than the class.
_CODES: Final[Mapping[int, _Row]] = {
    11: _Row(_NO_RIGHTS, refused=True),  # UserNotFound
    13: _Row(_NO_RIGHTS, refused=True),  # Unauthorized
    18: _Row("doesn't know this user with this password; see `MONGODB_URI`", refused=True),  # AuthenticationFailed
    8000: _Row("doesn't know this user with this password; see `MONGODB_URI`", refused=True),  # AtlasError
    50: _Row("it didn't answer in time"),  # MaxTimeMSExpired
    59: _Row(_NOT_ABLE, refused=True),  # CommandNotFound
    67: _Row(_NOT_ABLE, refused=True),  # CannotCreateIndex
    85: _Row(_ODD_INDEX, refused=True),  # IndexOptionsConflict
    86: _Row(_ODD_INDEX, refused=True),  # IndexKeySpecsConflict
}


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn what the driver raises about the database ``name`` into our errors, with the driver's as the cause."""
    try:
        yield
    except (PyMongoError, BSONError) as error:
        raise _ours(error, name) from error


def passing(error: BaseException | None) -> str | None:
    """Why a client can't be made now, when waiting mends it; ``None`` when ``error`` isn't of that kind.

    With `mongodb+srv` the driver asks DNS before anything else, and calls every failure of that a bad configuration.
    """
    while error is not None:
        if type(error).__module__.partition(".")[0] == "dns":  # a library of the driver's, which we don't depend on
            return _NO_NAME
        if isinstance(error, OSError) and error.errno in _LACKING | _DOWN:
            return _NO_MEANS if error.errno in _LACKING else _NO_NAME
        error = error.__cause__
    return None


def unavailable(why: str) -> StoreUnavailableError:
    """The error for a store that may answer later; it names no server, since callers far away read it."""
    return StoreUnavailableError(f"the policy store can't be used now: {why}")


def refused(name: str, why: str) -> StoreRefusedError:
    """The error for a store that the operator has to see to. ``name`` is the database's, nothing else of its URI."""
    return StoreRefusedError(f"the policy store `{name}` {why}")


def _ours(error: Exception, name: str) -> StoreRefusedError | StoreUnavailableError:
    row = _row_of(error)
    return refused(name, row.why) if row.refused else unavailable(row.why)


def _row_of(error: Exception) -> _Row:
    by_code = _CODES.get(error.code or 0) if isinstance(error, OperationFailure) else None
    if by_code is not None:
        return by_code
    why = passing(error) if isinstance(error, ConfigurationError) else None
    if why is not None:
        return _Row(why)
    return next(ROWS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in ROWS)
