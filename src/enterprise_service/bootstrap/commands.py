"""What the command line works with."""

# ruff: noqa: PLC0415 - a command loads what it uses, when it uses it: `check` has no time for a web framework

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from enterprise_service.bootstrap.named import (
    bootstrap_key,
    oracle,
    policy_files,
    policy_folder,
    read_policy_model,
    system_clock,
)
from enterprise_service.bootstrap.processes import serve, service_of
from enterprise_service.bootstrap.stores import begun_on, commit_of, exporting, migrations, open_store, reading, writing
from enterprise_service.setting_table import Plane
from enterprise_service.settings import Settings

if TYPE_CHECKING:
    from enterprise_service.cli.tools import Tools
    from enterprise_service.cli.transport import Transport


@contextmanager
def management(settings: Settings) -> Iterator[Transport]:
    """The service in this process, for a command: no other program can call it, and it takes its caller for the owner.

    The store must be there: a mistaken path is no new enterprise. No thread runs, and nothing listens.
    """
    from enterprise_service.chores.key_use import KeyUses
    from enterprise_service.cli.wsgi import WsgiTransport
    from enterprise_service.http.app import create_app
    from enterprise_service.http.edge.caller import PlatformAdministrator
    from enterprise_service.http.edge.credentials import OneForAll

    with open_store(settings, writes=True, make=False) as opened:
        begun_on(opened)
        owner = OneForAll(PlatformAdministrator("system:local", "local"))
        service = service_of(replace(settings, plane=Plane.ALL), opened, KeyUses(opened.parts.key_use), owner)
        yield WsgiTransport(create_app(replace(service, commit=commit_of(opened))).wsgi_app)


def tools(environment: Mapping[str, str]) -> Tools:
    """What commands work with, by the settings in ``environment``."""
    from enterprise_service.cli.tools import Tools

    return Tools(
        environment=environment,
        clock=system_clock,
        reading=reading,
        writing=writing,
        policy_files=policy_files,
        policy_folder=policy_folder,
        model=read_policy_model,
        bootstrap_key=bootstrap_key,
        oracle=oracle,
        serve=serve,
        management=management,
        migrations=migrations,
        exporting=exporting,
    )


def main() -> None:
    """The command `enterprise-service`."""
    from enterprise_service.cli.main import run

    sys.exit(run(sys.argv[1:], tools(os.environ)))
