"""The one place where the errors of redis-py end: as a public sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from redis import exceptions


class CarrierSilentError(Exception):
    """Nothing that this process sent came back for three heartbeats; no error of the connection shows it."""


SILENT: Final = "redis has fallen silent"

# The most special class first.
_SENTENCES: Final[Sequence[tuple[type[Exception], str]]] = (
    (CarrierSilentError, SILENT),
    (exceptions.BusyLoadingError, "redis is still loading its data"),
    (exceptions.AuthenticationError, "redis doesn't accept the credentials"),
    (exceptions.AuthenticationWrongNumberOfArgsError, "redis doesn't accept the credentials"),
    (exceptions.AuthorizationError, "redis doesn't accept the credentials"),
    (exceptions.ExternalAuthProviderError, "redis doesn't accept the credentials"),
    (exceptions.NoPermissionError, "redis doesn't let this user publish and subscribe on the channel"),
    (exceptions.TimeoutError, "redis doesn't answer in time"),
    (exceptions.ConnectionError, "redis can't be reached"),
    (OSError, "redis can't be reached"),
)


def sentence(error: Exception) -> str:
    """What may be told of ``error`` to everybody: no word of the driver's, no address."""
    return next((said for kind, said in _SENTENCES if isinstance(error, kind)), "redis gave an unexpected answer")
