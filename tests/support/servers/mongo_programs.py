"""The programs that a MongoDB for tests can be, and how each is started."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.servers.certificates import Certificates

SYNC: Final = "--sync-on-commit"
"""Without it the programs that are not ``mongod`` lose what they acknowledged with ``j: true``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoOptions:
    """Where the data is, which port, whether a user is asked for, TLS if any."""

    folder: Path
    port: int
    auth: bool = False
    certificates: Certificates | None = None


class MongoProgram(ABC):
    """A program with its version."""

    is_mongod: bool

    def __init__(self, path: Path, version: str) -> None:
        """``path`` is the program."""
        self.path = path
        self.version = version

    @property
    @abstractmethod
    def name(self) -> str:
        """For people: what it is, its version, and how it is started where that matters."""

    @abstractmethod
    def words(self, options: MongoOptions) -> Sequence[str]:
        """The command that starts it with ``options``."""


class Mongod(MongoProgram):
    """MongoDB itself, as a replica set of one member, so that majority and linearizable mean something."""

    is_mongod = True

    @property
    def name(self) -> str:
        return f"mongod {self.version} (replica set of one)"

    def words(self, options: MongoOptions) -> Sequence[str]:
        common = ("--bind_ip", "127.0.0.1", "--port", str(options.port), "--dbpath", str(options.folder))
        size = ("--replSet", "rs0", "--oplogSize", "128", "--wiredTigerCacheSizeGB", "0.25")
        return [str(self.path), *common, *size, *self._auth(options), *self._tls(options.certificates)]

    def _auth(self, options: MongoOptions) -> Sequence[str]:
        """A replica set asks for users only when its members know each other by a key."""
        if not options.auth:
            return ()
        key = options.folder.with_name("members.key")
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text("bWVtYmVycyBvZiBhIHNldCBvZiBvbmU=\n")
        return ("--auth", "--keyFile", str(key))

    def _tls(self, certificates: Certificates | None) -> Sequence[str]:
        if certificates is None:
            return ()
        files = ("--tlsCertificateKeyFile", str(certificates.both), "--tlsCAFile", str(certificates.authority))
        return ("--tlsMode", "requireTLS", *files, "--tlsAllowConnectionsWithoutCertificates")


class Secantusd(MongoProgram):
    """A server that is compatible with MongoDB: WiredTiger below commands that aren't MongoDB's own."""

    is_mongod = False
    _size: tuple[str, ...] = ("--cache-size", "256M", "--log-file-max", "16MB")

    @property
    def name(self) -> str:
        return f"MongoDB-compatible {self.path.name} {self.version} ({SYNC})"

    def words(self, options: MongoOptions) -> Sequence[str]:
        common = ("--host", "127.0.0.1", "--port", str(options.port), "--storage-path", str(options.folder))
        auth = ("--auth",) if options.auth else ()
        return [str(self.path), *common, SYNC, *self._size, *auth, *self._tls(options.certificates)]

    def _tls(self, certificates: Certificates | None) -> Sequence[str]:
        if certificates is None:
            return ()
        return ("--tls-cert-file", str(certificates.certificate), "--tls-key-file", str(certificates.key))


class SecantusdInPython(Secantusd):
    """The same server, its commands in Python: slower, and it can't be told the size of its journal."""

    _size = ("--cache-size", "256M")
