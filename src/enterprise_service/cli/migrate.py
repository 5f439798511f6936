"""``migrate``: what a version of the program needs of its store besides the policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import click

from enterprise_policy.values.windows import format_instant
from enterprise_service.chores.holder import this_process
from enterprise_service.cli.lazy import LazyGroup, Place
from enterprise_service.cli.output import Format, emit, output_option, table_lines
from enterprise_service.cli.tools import Tools
from enterprise_service.ports.migrations import Migration, Migrations
from enterprise_service.settings import read_settings

NONE: Final = "the embedded store has no migrations"

_COMMANDS: Final = {
    "up": Place("migrate:up", "Apply what is pending."),
    "down": Place("migrate:down", "Take back what was applied above a number."),
    "status": Place("migrate:status", "Show which are applied, and which are pending."),
}


@click.group(cls=LazyGroup, places=_COMMANDS)
def migrate() -> None:
    """The indexes and exports of the store, in numbered steps. No step touches the policy or its log."""


@click.command
@output_option
@click.pass_obj
def up(tools: Tools, /, *, output: Format) -> int:
    """Apply what is pending, in order. What an earlier run left half done is completed."""
    with _migrations(tools) as migrations:
        done = None if migrations is None else migrations.up(this_process())
    _emit(output, "applied", done, "nothing is pending")
    return 0


@click.command
@click.option("--to", type=click.IntRange(0), required=True, help="The number of the last one to keep.")
@output_option
@click.pass_obj
def down(tools: Tools, /, *, to: int, output: Format) -> int:
    """Take back what was applied above a number, the newest first, for an earlier version of the program."""
    with _migrations(tools) as migrations:
        done = None if migrations is None else migrations.down(this_process(), to)
    _emit(output, "taken_back", done, "nothing was applied above it")
    return 0


@click.command
@output_option
@click.pass_obj
def status(tools: Tools, /, *, output: Format) -> int:
    """Show which steps are applied, and which are pending."""
    with _migrations(tools) as migrations:
        found = None if migrations is None else migrations.status()
    _emit(output, "migrations", found, "there are none")
    return 0


def _migrations(tools: Tools) -> AbstractContextManager[Migrations | None]:
    return tools.migrations(read_settings(tools.environment))


def _emit(output: Format, name: str, found: Sequence[Migration] | None, nothing: str) -> None:
    data = {name: [_fields(migration) for migration in found or ()]}
    emit(output, data, lambda: _lines(found, nothing))


def _fields(migration: Migration) -> dict[str, Any]:
    at = migration.applied_at
    return {
        "number": migration.number,
        "name": migration.name,
        "applied_at": None if at is None else format_instant(at),
    }


def _lines(found: Sequence[Migration] | None, nothing: str) -> Iterator[str]:
    if found is None:
        yield NONE
    elif found:
        rows = [_fields(migration) for migration in found]
        yield from table_lines([(str(r["number"]), r["name"], r["applied_at"] or "pending") for r in rows])
    else:
        yield nothing
