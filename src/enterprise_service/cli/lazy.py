"""Groups of commands that are imported when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Place(NamedTuple):
    """Where a command is, as ``module:name`` below ``cli``, and what it does in a line."""

    path: str
    says: str


class LazyGroup(click.Group):
    """A group that knows its commands by name, and imports the one that is called."""

    def __init__(self, *arguments: Any, places: Mapping[str, Place], **options: Any) -> None:  # noqa: ANN401 - click's
        """``places`` are the commands, in the order in which they are shown."""
        super().__init__(*arguments, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        del ctx
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or ``None`` when there is none of that name."""
        del ctx
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].path.partition(":")
        command: click.Command = getattr(import_module(f"enterprise_service.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.says) for name, place in self._places.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """What may follow, likewise without importing any."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only shells want it

        found = [CompletionItem(n, help=place.says) for n, place in self._places.items() if n.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]
