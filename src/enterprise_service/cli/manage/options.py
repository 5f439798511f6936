"""Options that commands of management have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from enterprise_service.cli.manage.words import REASON

F = TypeVar("F", bound=Callable[..., Any])


def options(*chosen: Callable[[Any], Any]) -> Callable[[F], F]:
    """All of them, shown in this order."""

    def give(command: F) -> F:
        for option in reversed(chosen):
            command = option(command)
        return command

    return give


def url_option(command: F) -> F:
    """Give ``command`` the option ``--url``."""
    return click.option("--url", help="Use the service there; else the store of this machine.")(command)


def stale_option(command: F) -> F:
    """Give ``command`` the option ``--stale``."""
    says = "With the store away, show what was last known of it."
    return click.option("--stale", is_flag=True, help=says)(command)


def limit_option(command: F) -> F:
    """Give ``command`` the option ``--limit``."""
    says = "Stop after so many; without it everything is shown."
    return click.option("--limit", type=click.IntRange(min=1), metavar="N", help=says)(command)


def dry_run_option(command: F) -> F:
    """Give ``command`` the option ``--dry-run``."""
    return click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")(command)


def reason_option(command: F) -> F:
    """Give ``command`` the option ``--reason``."""
    says = "Why, to be kept with the change."
    return click.option("--reason", "change_reason", type=REASON, metavar="TEXT", help=says)(command)


def if_match_option(command: F) -> F:
    """Give ``command`` the option ``--if-match``."""
    says = "Do it only if this is the record's revision still."
    return click.option("--if-match", type=_revision, metavar="REVISION", help=says)(command)


def yes_option(command: F) -> F:
    """Give ``command`` the option ``--yes``."""
    return click.option("--yes", is_flag=True, help="Don't ask.")(command)


def _revision(text: str) -> str:
    if text != "*" and not re.fullmatch("[0-9]{1,16}", text):
        raise click.BadParameter("it is no revision")
    return text
