"""A Redis for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

from redis import Redis
from redis.exceptions import RedisError

from tests.support.servers.certificates import Certificates
from tests.support.servers.choice import redis_program
from tests.support.servers.server import Server


class RedisServer(Server):
    """One that keeps nothing on disk: what was in it is gone when it starts again."""

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        password: str | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        """With ``certificates`` it speaks TLS only. Installs the program when there is none."""
        super().__init__(folder / "redis", port)
        self._program = redis_program()
        self._password = password
        self._certificates = certificates

    @property
    def name(self) -> str:
        return self._program.name

    @property
    def url(self) -> str:
        """Where it is, with its password."""
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """Where it is through a proxy at ``port``."""
        user = "" if self._password is None else f":{self._password}@"
        if self._certificates is None:
            return f"redis://{user}127.0.0.1:{port}/0"
        return f"rediss://{user}127.0.0.1:{port}/0?{urlencode({'ssl_ca_certs': str(self._certificates.authority)})}"

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), **self._program.environment}

    def _words(self) -> Sequence[str]:
        place = ("--bind", "127.0.0.1", "--dir", str(self.folder), *self._ports(), "--save", "", "--appendonly", "no")
        password = () if self._password is None else ("--requirepass", self._password)
        return [str(self._program.path), *place, *password]

    def _ports(self) -> Sequence[str]:
        files = self._certificates
        if files is None:
            return ("--port", str(self.port))
        own = ("--tls-cert-file", str(files.certificate), "--tls-key-file", str(files.key))
        others = ("--tls-ca-cert-file", str(files.authority), "--tls-auth-clients", "no")
        return ("--port", "0", "--tls-port", str(self.port), *own, *others)

    def _is_ready(self) -> bool:
        with Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False
