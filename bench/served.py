"""``POST /authorize`` of the whole product beside nginx's ``return 200`` with a body of the same size, in one run.

nginx runs twice: as it comes (a line in its access log for each request, a connection closed after 1,000), and bare,
with both switched off. Ours writes no line for a decision and keeps connections.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.processes import free_port, needed, running
from enterprise_policy.decide.question import Question

WORKERS: Final = 2
CONNECTIONS: Final = 32
SECONDS: Final = 4
ROUNDS: Final = 3

NGINX: Final = """
worker_processes {workers};
daemon off;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error.log;
events {{ worker_connections 1024; }}
http {{
  {settings}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    default_type application/json;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""

AS_IT_COMES: Final = "access_log {folder}/access.log combined; keepalive_requests 1000;"
BARE: Final = "access_log off; keepalive_requests 1000000000;"

WRK: Final = """
local bodies = {{}}
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
math.randomseed(os.time())
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
request = function() return wrk.format(nil, "/authorize", nil, bodies[math.random(#bodies)]) end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResult:
    """Requests a second in each round: ours, nginx's as it comes, and a bare nginx's."""

    ours: tuple[float, ...]
    nginx: tuple[float, ...]
    bare: tuple[float, ...]


def ratios(ours: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    """Ours by the other's, round by round."""
    return tuple(a / b for a, b in zip(ours, other, strict=True))


def measure(folder: Path, questions: Sequence[Question]) -> HttpResult:
    """Both servers at once on the machine, asked in turn; the store with its keys is in ``folder``."""
    wrk, ports = needed("wrk", "wrk"), (free_port(), free_port(), free_port())
    script = _script(folder, questions)
    with ExitStack() as stack:
        stack.enter_context(_service(folder, ports[0]))
        answer = _ask(folder, ports[0], questions[0])
        stack.enter_context(_nginx(folder, ports[1], answer, AS_IT_COMES))
        stack.enter_context(_nginx(folder, ports[2], answer, BARE))
        rounds = [[_load(wrk, port, script) for port in ports] for _ in range(ROUNDS)]
    ours, nginx, bare = zip(*rounds, strict=True)
    return HttpResult(ours=ours, nginx=nginx, bare=bare)


def _service(folder: Path, port: int) -> AbstractContextManager[None]:
    environment = {
        **os.environ,
        "SQLITE_PATH": str(folder / "enterprise.db"),
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    command = [".venv/bin/enterprise-service", "serve"]
    return running(command, f"http://127.0.0.1:{port}/health/readiness", environment, folder / "service.log")


def _nginx(folder: Path, port: int, body: str, settings: str) -> AbstractContextManager[None]:
    name = f"nginx-{port}"
    settings = settings.format(folder=folder)
    configuration = folder / f"{name}.conf"
    configuration.write_text(
        NGINX.format(workers=WORKERS, folder=folder, name=name, settings=settings, port=port, body=body)
    )
    command = [needed("nginx", "nginx-light"), "-c", str(configuration), "-e", str(folder / f"{name}.error.log")]
    return running(command, f"http://127.0.0.1:{port}/", os.environ, folder / f"{name}.log")


def _body(question: Question) -> str:
    names = ("sub", "dom", "obj", "act")
    return json.dumps(dict(zip(names, question, strict=True)), separators=(",", ":"))


def _script(folder: Path, questions: Sequence[Question]) -> Path:
    bodies, script = folder / "bodies.jsonl", folder / "questions.lua"
    bodies.write_text("\n".join(map(_body, questions)) + "\n")
    key = (folder / "bootstrap.key").read_text().strip()
    script.write_text(WRK.format(bodies=bodies, key=key))
    return script


def _ask(folder: Path, port: int, question: Question) -> str:
    key = (folder / "bootstrap.key").read_text().strip()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/authorize",
        data=_body(question).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback)
        text: str = answer.read().decode()
        return text


def _load(wrk: str, port: int, script: Path) -> float:
    command = [wrk, "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-s", str(script), f"http://127.0.0.1:{port}"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", report)
    if failed:
        raise SystemExit(f"the load met errors: {failed.group(0)}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", report)
    if found is None:
        raise SystemExit(f"the load gave no figure: {report}")
    return float(found.group(1))


def spread(values: Sequence[float]) -> str:
    """Median, lowest and highest, for a line of the report."""
    return f"{median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f})"
