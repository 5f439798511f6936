"""``change revert`` and ``change apply``: whole changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from enterprise_service.cli.conversation import json_call
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.manage.files import read_object
from enterprise_service.cli.manage.noun import API
from enterprise_service.cli.manage.nouns import CHANGE, SUSPENDED
from enterprise_service.cli.manage.options import dry_run_option, options, reason_option, url_option, yes_option
from enterprise_service.cli.manage.shown import name_of
from enterprise_service.cli.manage.writes import Write, carry_out, changed_lines
from enterprise_service.cli.output import note, output_option
from enterprise_service.cli.tools import Tools

_OPTIONS = (dry_run_option, reason_option, yes_option, url_option, output_option)


@click.command("revert")
@click.argument("record", type=CHANGE.key_type, metavar="REVISION")
@options(*_OPTIONS)
@click.pass_obj
def revert(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
    """Undo a change, by another one. Credentials are never revived."""
    call = json_call("POST", f"{CHANGE.path(given, given['record'])}/revert", {})
    answer = carry_out(tools, Write(call=call, asks=True, lines=changed_lines), given)
    for skipped in () if answer is None else answer.fields.get("skipped") or ():
        note(f"not brought back: {name_of(skipped)}")
    return ExitCode.YES


@click.command("apply")
@click.argument("file", metavar="FILE")
@options(*_OPTIONS)
@click.pass_obj
def apply(tools: Tools, /, **given: Any) -> int:  # noqa: ANN401 - options
    """Make the edits in a JSON FILE, all of them or none; `-` is stdin.

    The file has `edits`, up to 1,000, each with `op` (create, update or delete), `kind`, `domain`, `id` and `fields`,
    and perhaps `reason`, which wins over --reason.
    """
    fields = read_object(given["file"])
    call = json_call("POST", f"{API}/changes", fields)
    carry_out(tools, Write(call=call, asks=_destroys(fields), lines=changed_lines), given)
    return ExitCode.YES


def _destroys(fields: Mapping[str, Any]) -> bool:
    """Whether an edit deletes or suspends something."""
    edits = fields.get("edits")
    return isinstance(edits, list) and any(map(_is_destructive, edits))


def _is_destructive(edit: object) -> bool:
    match edit:
        case {"op": "delete"}:
            return True
        case {"op": "update", "fields": {"status": str(status)}}:
            return status == SUSPENDED
        case _:
            return False
