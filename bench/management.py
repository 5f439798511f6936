"""``make bench-management``: does managing keep up?

Single writes over HTTP beside a bare loop of ``INSERT`` on the same SQLite settings, and pages of clinics of a store
with few beside those of one with many; in turn, round by round. Prints ratios within this run. Absolute figures are
beside them for scale only.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Final, NamedTuple

from bench.processes import free_port, needed, running
from bench.served import ratios, spread
from bench.store import fill
from bench.workload import Workload
from enterprise_policy.state.clinic import Clinic
from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.organization import Organization

WORKERS: Final = 2
ROUNDS: Final = 9
SECONDS: Final = 2
CLIENTS: Final = (1, 8)
FEW: Final = 10
MANY: Final = 10_000
CLINICS: Final = 100
"""Clinics of an organization, at most."""

PAGES: Final = ("limit=50", "limit=10")
"""As callers ask; and of the same length at both."""

WRITE: Final = """
local number = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
request = function()
  number = number + 1
  local body = '{{"subject": "{name}-' .. number .. '", "role": "auditor"}}'
  return wrk.format(nil, "/api/v1/domains/clinic-0/assignments", nil, body)
end
"""

READ: Final = """
wrk.headers["Authorization"] = "Bearer {key}"
request = function() return wrk.format(nil, "/api/v1/clinics?{page}") end
"""


class Served(NamedTuple):
    """A service on a store in ``folder``, at ``port``."""

    folder: Path
    port: int

    @property
    def key(self) -> str:
        """Of ``bootstrap``."""
        return (self.folder / "bootstrap.key").read_text().strip()

    def rate(self, script: str, clients: int) -> float:
        """Requests a second that ``clients`` get done by ``script``; ends the run when one fails."""
        path = self.folder / "requests.lua"
        path.write_text(script)
        url = f"http://127.0.0.1:{self.port}"
        command = [needed("wrk", "wrk"), "-t1", f"-c{clients}", f"-d{SECONDS}", "-s", str(path), url]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = re.search(r"Requests/sec:\s+([0-9.]+)", report)
        if found is None or re.search("Non-2xx or 3xx responses|Socket errors", report):
            raise SystemExit(f"the load met errors: {report}")
        return float(found.group(1))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="enterprise-bench-") as name, ExitStack() as stack:
        few, many = (_start(Path(name), clinics, stack) for clinics in (FEW, MANY))
        _report_writes(few)
        _report_pages(few, many)


def _start(folder: Path, clinics: int, stack: ExitStack) -> Served:
    served = Served(folder / str(clinics), free_port())
    served.folder.mkdir()
    fill(served.folder, Workload(rules=clinics, edits=tuple(_domains(clinics)), questions=()))
    stack.enter_context(_service(served))
    return served


def _domains(clinics: int) -> Iterator[Edit]:
    for number in range(clinics):
        organization = f"organization-{number // CLINICS}"
        if number % CLINICS == 0:
            yield create(Organization(id=organization, name=organization))
        name = f"clinic-{number}"
        yield create(Clinic(id=name, organization_id=organization, parent_id=organization, name=name))


def _service(served: Served) -> AbstractContextManager[None]:
    environment = {
        **os.environ,
        "SQLITE_PATH": str(served.folder / "enterprise.db"),
        "PORT": str(served.port),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    url = f"http://127.0.0.1:{served.port}/health/readiness"
    return running([".venv/bin/enterprise-service", "serve"], url, environment, served.folder / "service.log")


# --- writes ---------------------------------------------------------------------------------------------------------


def _report_writes(served: Served) -> None:
    body = _body_of_a_change(served)
    with closing(sqlite3.connect(served.folder / "bare.db", isolation_level=None)) as connection:
        _prepare(connection)
        _bare(connection, body)
        rounds = [
            (_bare(connection, body), *(_writes(served, number, clients) for clients in CLIENTS))
            for number in range(ROUNDS)
        ]
    bare, *by_clients = zip(*rounds, strict=True)
    print(f"bare INSERT of {len(body)} bytes, WAL, synchronous=FULL, a second: {spread(bare)}")
    for clients, rates in zip(CLIENTS, by_clients, strict=True):
        ratio = spread(ratios(rates, bare))
        print(f"POST of an assignment, {clients} client{'s' * (clients > 1)}, a second: {spread(rates)}; ratio {ratio}")


def _writes(served: Served, number: int, clients: int) -> float:
    return served.rate(WRITE.format(key=served.key, name=f"person-{number}-{clients}"), clients)


def _body_of_a_change(served: Served) -> bytes:
    """What one such write puts into the log."""
    _writes(served, ROUNDS, 1)
    with closing(sqlite3.connect(served.folder / "enterprise.db")) as connection:
        (body,) = connection.execute("SELECT body FROM policy_log ORDER BY revision DESC LIMIT 1").fetchone()
        found: bytes = body
        return found


def _prepare(connection: sqlite3.Connection) -> None:
    """Set up a table like that of the log, with the settings that the service has."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE log (revision INTEGER PRIMARY KEY, body BLOB NOT NULL)")


def _bare(connection: sqlite3.Connection, body: bytes) -> float:
    """Rows a second, each in a transaction of its own."""
    rows, begun = 0, time.perf_counter()
    while (passed := time.perf_counter() - begun) < SECONDS:
        connection.execute("INSERT INTO log (body) VALUES (?)", (body,))
        rows += 1
    return rows / passed


# --- pages ----------------------------------------------------------------------------------------------------------


def _report_pages(few: Served, many: Served) -> None:
    for page in PAGES:
        lengths = [_items(served, page) for served in (few, many)]
        rounds = [tuple(_pages(served, page) for served in (few, many)) for _ in range(ROUNDS)]
        at_few, at_many = zip(*rounds, strict=True)
        ratio = spread(ratios(at_few, at_many))
        print(
            f"GET /api/v1/clinics?{page} at {FEW:,} clinics ({lengths[0]} items), a second: {spread(at_few)}; "
            f"at {MANY:,} ({lengths[1]} items): {spread(at_many)}; ratio of the times {ratio}"
        )


def _pages(served: Served, page: str) -> float:
    return served.rate(READ.format(key=served.key, page=page), WORKERS)


def _items(served: Served, page: str) -> int:
    url = f"http://127.0.0.1:{served.port}/api/v1/clinics?{page}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {served.key}"})
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (loopback)
        return len(json.load(answer)["items"])


if __name__ == "__main__":
    main()
