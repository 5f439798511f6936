"""A MongoDB, or what speaks like it, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from tests.support.servers.certificates import Certificates
from tests.support.servers.choice import mongo_program
from tests.support.servers.mongo_programs import SYNC, MongoOptions
from tests.support.servers.server import Server


class MongoServer(Server):
    """A replica set of one. It syncs each commit, so what it acknowledged outlives ``kill -9``.

    ``auth`` lets it ask for a user: make users while it runs without, ``stop`` it, and start another with the same
    folder and port.
    """

    def __init__(
        self, folder: Path, port: int | None = None, *, auth: bool = False, certificates: Certificates | None = None
    ) -> None:
        """With ``certificates`` it speaks TLS only. Installs the program when there is none."""
        super().__init__(folder / "mongodb", port)
        self._program = mongo_program()
        self._options = MongoOptions(folder=self.folder / "data", port=self.port, auth=auth, certificates=certificates)

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def uri(self) -> str:
        """Where it is, without a user or a database."""
        return self.uri_at(self.port)

    def uri_at(self, port: int, database: str = "") -> str:
        """Where it is through a proxy at ``port``: the driver doesn't go on to the server's own address."""
        query = {"directConnection": "true", **self._tls()}
        return f"mongodb://127.0.0.1:{port}/{database}?{urlencode(query)}"

    def _tls(self) -> dict[str, str]:
        certificates = self._options.certificates
        return {} if certificates is None else {"tls": "true", "tlsCAFile": str(certificates.authority)}

    def _words(self) -> Sequence[str]:
        self._options.folder.mkdir(exist_ok=True)
        words = self._program.words(self._options)
        if not self._program.is_mongod and SYNC not in words:
            raise RuntimeError(f"{self.name} would lose what it acknowledged: it is started without {SYNC}")
        return words

    def _is_ready(self) -> bool:
        with MongoClient[dict[str, object]](self.uri, serverSelectionTimeoutMS=2000, socketTimeoutMS=2000) as client:
            try:
                return self._is_primary(client)
            except PyMongoError:
                return False

    def _is_primary(self, client: MongoClient[dict[str, object]]) -> bool:
        hello = client.admin.command("hello")
        if hello.get("isreplicaset"):  # a member of a set that was never initiated
            self._initiate(client)
        return bool(hello.get("isWritablePrimary"))

    def _initiate(self, client: MongoClient[dict[str, object]]) -> None:
        members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
        except OperationFailure as error:
            if error.code != 23:  # it wasn't initiated by somebody else meanwhile
                raise
