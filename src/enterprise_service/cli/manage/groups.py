"""The groups of commands: each noun with its verbs, made from its description."""

from __future__ import annotations

from typing import Final

import click

from enterprise_service.cli.manage import change as whole
from enterprise_service.cli.manage import everywhere, nouns
from enterprise_service.cli.manage.noun import Noun
from enterprise_service.cli.manage.reading import list_command, show_command
from enterprise_service.cli.manage.writing import create_command, delete_command, update_command


class _InOrder(click.Group):
    """A group that shows its commands in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names."""
        del ctx
        return list(self.commands)


def _group(noun: Noun, *more: click.Command) -> click.Group:
    """The verbs that every noun has, or those that a noun without fields has, and ``more`` in their place."""
    group = _InOrder(noun.name, help=noun.says)
    commands = [list_command(noun), show_command(noun)]
    if noun.creates:
        commands += [create_command(noun), update_command(noun), delete_command(noun)]
    for command in (*commands, *more):
        group.add_command(command)
    return group


org: Final = _group(nouns.ORGANIZATION)
clinic: Final = _group(nouns.CLINIC)
provider: Final = _group(nouns.PROVIDER)
role: Final = _group(nouns.ROLE)
assignment: Final = _group(nouns.ASSIGNMENT, everywhere.delete)
key: Final = _group(nouns.KEY)
change: Final = _group(nouns.CHANGE, whole.revert, whole.apply)
