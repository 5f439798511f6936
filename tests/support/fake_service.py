"""A service that answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Sent:
    """What a client sent."""

    path: str
    headers: Mapping[str, str]
    fields: Any


@dataclass
class FakeService:
    """Gives every POST the same answer, and keeps what it was sent."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    seen: list[Sent] = field(default_factory=list)

    def answer(self, status: int, body: object) -> None:
        """Answer so from now on; what isn't bytes is sent as JSON."""
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


@contextmanager
def fake_service() -> Iterator[FakeService]:
    """A fake service on a free port of this machine."""
    fake = FakeService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.seen.append(Sent(self.path, dict(self.headers), json.loads(body)))
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(fake.body)))
            self.end_headers()
            self.wfile.write(fake.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
