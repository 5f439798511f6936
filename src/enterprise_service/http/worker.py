"""One process that serves: gunicorn keeps it, uvicorn runs it, our protocol answers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import formatdate
from types import FrameType
from typing import Any, Final, cast

from gunicorn.arbiter import Arbiter
from uvicorn import Config, Server
from uvicorn_worker import UvicornWorker

from enterprise_service.http.asgi import WholeRequests
from enterprise_service.http.edge.connection import Connection
from enterprise_service.http.edge.protocol import GateProtocol

GRACEFUL_SECONDS: Final = 20
"""How long a process may take to stop; it gives up on its clients a little earlier."""

_PARENT_SECONDS: Final = 0.5
_SWITCH_SECONDS: Final = 0.001
_TICKS_A_SECOND: Final = 10


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a process serves, and what it gives back at its end."""

    application: WholeRequests
    protocol: type[GateProtocol]
    resources: ExitStack


class ServiceServer(Server):
    """uvicorn's server, which also looks after connections that keep it waiting."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        # The first answer may go before uvicorn's first tick, which sets this too.
        self.server_state.default_headers = [(b"date", formatdate(time.time(), usegmt=True).encode())]

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % _TICKS_A_SECOND == 0:
            for connection in list(self.server_state.connections):
                cast("Connection", connection).sweep()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (uvicorn's signature)
        """Stop, and end as a program that has done what it was told; uvicorn would let the signal end it."""
        self.should_exit = True


class ServiceWorker(UvicornWorker):
    """A process under gunicorn. ``wsgi`` is what ``ServiceApplication.load`` has made: a ``Loaded``."""

    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 (as uvicorn_worker has it)
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "off",
        "interface": "asgi3",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACEFUL_SECONDS - 5,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (gunicorn's business)
        """Runs before the fork: takes the socket that the fewest others listen on."""
        super().__init__(*args, **kwargs)
        others = Counter(worker.place for worker in Arbiter.WORKERS.values())
        self.place = min(range(len(self.sockets)), key=others.__getitem__)
        self.sockets = [self.sockets[self.place]]

    def init_process(self) -> None:
        """Runs after the fork, before anything is loaded."""
        logging.getLogger("uvicorn.error").propagate = True  # to the log that the program has set up
        threading.Thread(target=_end_with_parent, args=(self.ppid,), name="parent", daemon=True).start()
        sys.setswitchinterval(_SWITCH_SECONDS)
        super().init_process()  # type: ignore[no-untyped-call]  # gunicorn has no types

    async def _serve(self) -> None:
        loaded: Loaded = self.wsgi
        self.config.app, self.config.http = loaded.application, loaded.protocol
        server = ServiceServer(self.config)
        # gunicorn asks for a quick end with it; uvicorn's worker hears it and does nothing.
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, server.handle_exit, signal.SIGQUIT, None)
        with loaded.resources:
            await server.serve(sockets=self.sockets)


def _end_with_parent(parent: int) -> None:
    """End this process when its parent is gone: it would serve an old policy on the same port for ever."""
    while os.getppid() == parent:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)
