"""``serve``: the service itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.tools import Tools
from enterprise_service.setting_table import TABLE
from enterprise_service.settings import read_settings


def _flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give ``command`` a flag for each setting that may have one."""
    for setting in reversed(TABLE):
        if setting.flag is not None:
            says = f"{setting.says} Default: {setting.shown}."
            command = click.option(setting.flag, setting.name, metavar=setting.name, help=says)(command)
    return command


@click.command
@_flags
@click.pass_obj
def serve(tools: Tools, /, **flags: str | None) -> int:
    """Run the service until it is told to stop.

    Settings come from flags, else from the environment: HOST, PORT and so on. Secrets come from the environment or from
    files that it names, never from flags.
    """
    given = {name: text for name, text in flags.items() if text is not None}
    if not tools.serve(read_settings(tools.environment, given)):
        raise Failure(ExitCode.UNREACHABLE, "the service ended; its log says why")
    return ExitCode.YES
