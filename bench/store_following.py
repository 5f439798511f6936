"""How long it takes until a write that one pod has acknowledged is enforced by another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final

from bench.mongo import KEY, Servers
from bench.processes import free_port, running

WRITES: Final = 200
POLL_SECONDS: Final = 1.0
GIVE_UP_SECONDS: Final = 20.0
HEADERS: Final = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds, in order."""

    seconds: tuple[float, ...]

    def at(self, part: float) -> float:
        """The delay that this part of the writes doesn't exceed."""
        return self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]


def measure(servers: Servers, database: str, *, hints: bool, writes: int = WRITES) -> Delays:
    """With hints through Redis, or by polling every ``POLL_SECONDS`` only."""
    more = {"REDIS_URL": servers.redis.url, "REDIS_CHANNEL": database} if hints else {}
    with ExitStack() as stack:
        ports = [_pod(servers, database, more, stack) for _ in range(2)]
        here, there = (stack.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=10))) for port in ports)
        _call(here, "POST", "/api/v1/organizations", {"id": "acme", "name": "Acme"})
        role = {"id": "nurse", "permissions": [{"resource": "/charts/:id", "action": "read", "effect": "allow"}]}
        _call(here, "POST", "/api/v1/domains/platform/roles", role)
        return Delays(tuple(sorted(_delays(here, there, writes))))


def _pod(servers: Servers, database: str, more: Mapping[str, str], stack: ExitStack) -> int:
    port = free_port()
    environment = servers.environment(
        database, PORT=str(port), WEB_CONCURRENCY="1", POLL_INTERVAL_SECONDS=str(POLL_SECONDS), **more
    )
    url = f"http://127.0.0.1:{port}/health/readiness"
    log = servers.folder / f"pod-{port}.log"
    stack.enter_context(running([".venv/bin/enterprise-service", "serve"], url, environment, log))
    return port


def _delays(here: HTTPConnection, there: HTTPConnection, writes: int) -> Iterator[float]:
    for number in range(writes):
        person = {"subject": f"person-{number}", "role": "nurse"}
        _call(here, "POST", "/api/v1/domains/acme/assignments", person)
        started = time.perf_counter()
        question = {"sub": f"person-{number}", "dom": "acme", "obj": "/charts/1", "act": "read"}
        while not _call(there, "POST", "/authorize", question)["allowed"]:
            if time.perf_counter() - started > GIVE_UP_SECONDS:
                raise TimeoutError("the other pod didn't follow")
            time.sleep(0.0005)
        yield time.perf_counter() - started


def _call(connection: HTTPConnection, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    connection.request(method, path, json.dumps(body), HEADERS)
    answer = connection.getresponse()
    fields: Mapping[str, Any] = json.loads(answer.read())
    if answer.status >= 400:  # noqa: PLR2004 - an error
        raise RuntimeError(f"{path}: {fields}")
    return fields
