"""The service as processes: one that keeps them, and those that answer."""

from __future__ import annotations

import gc
import logging
import os
import socket
from contextlib import ExitStack
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from enterprise_service.http.asgi import WholeRequests
from enterprise_service.http.edge.connection import IDLE_SECONDS
from enterprise_service.http.edge.protocol import protocol_for
from enterprise_service.http.listening import Address, listen
from enterprise_service.http.metrics_folder import memory, metrics_folder
from enterprise_service.http.service import OpenService
from enterprise_service.http.worker import GRACEFUL_SECONDS, Loaded, ServiceWorker

_log = logging.getLogger(__name__)


def serve(open_service: OpenService, address: Address, workers: int) -> None:
    """Serve at ``address`` with ``workers`` processes, each with a service of its own, until told to stop.

    Ends by ``SystemExit``: 0 when it was told to, else what kept it from going on is in the log. Raises
    ``CannotListenError`` before anything is started. See that the service can be opened before; nothing that doesn't
    live through a fork may be open.
    """
    listeners = listen(address, workers)
    with metrics_folder():
        # Not before: `prometheus_client` looks for the folder when it is imported. Not in each process: they share the
        # memory of what is imported here.
        import enterprise_service.http.app  # noqa: F401, PLC0415

        gc.collect()
        gc.freeze()  # nor does a process copy what it shares with the others by looking through it
        _Application(open_service, listeners, workers).run()


class _Application(BaseApplication):
    """What gunicorn runs."""

    def __init__(self, open_service: OpenService, listeners: list[socket.socket], workers: int) -> None:
        self._open_service = open_service
        self._settings = {
            "bind": [f"fd://{listener.detach()}" for listener in listeners],
            "workers": workers,
            "worker_class": ServiceWorker,
            "worker_tmp_dir": os.fspath(memory()),
            "logger_class": _Log,
            "keepalive": IDLE_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "control_socket_disable": True,
            "child_exit": _forget,
        }
        super().__init__()  # type: ignore[no-untyped-call]  # gunicorn has no types

    def load_config(self) -> None:
        """Called by gunicorn."""
        cfg: Any = self.cfg
        for name, value in self._settings.items():
            cfg.set(name, value)

    def run(self) -> None:
        """Run until told to stop; ends by ``SystemExit``."""
        _Arbiter(self).run()  # type: ignore[no-untyped-call]  # gunicorn has no types

    def load(self) -> Loaded:
        """Called by gunicorn in each process, after the fork."""
        from enterprise_service.http.app import create_web  # noqa: PLC0415 (see `serve`)

        resources = ExitStack()
        web = create_web(resources.enter_context(self._open_service()))
        web.metrics.start()
        resources.callback(web.metrics.stop)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through it again would only keep questions waiting
        return Loaded(WholeRequests(web.flask), protocol_for(web.ways, web.request_ids), resources)


class _Arbiter(Arbiter):
    """gunicorn's keeper of processes, whose number stays as it is: each has a socket of its own to listen on."""

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """Called by gunicorn for those that have come; one that came often meanwhile is obeyed once.

        To exchange all processes for each SIGHUP of many would keep questions, and SIGTERM, waiting for all of it.
        """
        return list(dict.fromkeys(super().wait_for_signals(timeout)))  # type: ignore[no-untyped-call]  # gunicorn has no types

    def handle_ttin(self) -> None:
        """Called at SIGTTIN, which would add one."""
        _log.warning("the number of processes is set by `WEB_CONCURRENCY`")

    handle_ttou = handle_ttin

    def handle_usr2(self) -> None:
        """Called at SIGUSR2, which would start the program once more, at an address that is taken."""
        _log.warning("SIGUSR2 has no effect: another program doesn't take over from this one")


class _Log(Logger):
    """gunicorn's log, which goes where the program's does and takes no way of its own."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 (gunicorn has no types)
        """Called by gunicorn."""
        self.cfg = cfg
        self.error_log.propagate = True
        self._access_log_enabled = False


def _forget(_arbiter: Arbiter, worker: Worker) -> None:
    """Take the numbers of a process that has died out of those that only the living have."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 (see `serve`)

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types
