"""What the measurements on MongoDB share: servers, settings, and a program's part in a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from enterprise_service.settings import Settings, read_settings
from tests.support.servers import MongoServer, RedisServer

KEY: Final = secrets.token_hex(32)
SECRET: Final = secrets.token_hex(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """A MongoDB, or what speaks like it, and a Redis, for this run alone; ``folder`` is for whatever else is needed."""

    mongo: MongoServer
    redis: RedisServer
    folder: Path

    def environment(self, database: str, **more: str) -> Mapping[str, str]:
        """Of a service on ``database``."""
        return {
            **os.environ,
            "MONGODB_URI": self.mongo.uri_at(self.mongo.port, database),
            "SERVICE_SECRET": SECRET,
            "BOOTSTRAP_API_KEY": KEY,
            "LOCAL_COPY": str(self.folder / f"{database}.copy"),
            "LOG_LEVEL": "ERROR",
            **more,
        }

    def settings(self, database: str) -> Settings:
        """The same, read."""
        return read_settings(self.environment(database))


@contextmanager
def servers() -> Iterator[Servers]:
    """Started, and ended with the block."""
    with tempfile.TemporaryDirectory(prefix="enterprise-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        mongo = stack.enter_context(MongoServer(folder))
        redis = stack.enter_context(RedisServer(folder))
        yield Servers(mongo=mongo, redis=redis, folder=folder)


def part(module: str, environment: Mapping[str, str], *arguments: object) -> subprocess.Popen[str]:
    """The program ``module`` in a process of its own; it says its figures on standard output."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
