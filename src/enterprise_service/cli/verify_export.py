"""``verify export``: is the export for other Casbin tools what the policy says now?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import click

from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.values.windows import format_instant
from enterprise_service.chores.export_comparison import Differences, compare, rows_of
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.lazy import LazyGroup, Place
from enterprise_service.cli.output import Format, coloured, emit, output_option
from enterprise_service.cli.tools import Exporting, Tools
from enterprise_service.ports.policy_export import Row, Rule, Written
from enterprise_service.settings import read_settings

NONE: Final = "the embedded store has no export for Casbin tools: `policy export` writes the rules out"
SHOWN: Final = 20

_COMMANDS: Final = {
    "export": Place("verify_export:export", "Is the export for Casbin tools what the policy says now?"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs from the ``rules`` rules of ``revision``; ``written`` is what the export says of itself."""

    revision: int
    rules: int
    differences: Differences
    written: Written | None


@click.group(cls=LazyGroup, places=_COMMANDS)
def verify() -> None:
    """Compare what was made from the policy with the policy."""


@click.command
@click.option("--heal", is_flag=True, help="Write what differs, and compare again.")
@output_option
@click.pass_obj
def export(tools: Tools, /, *, heal: bool, output: Format) -> int:
    """Is the export for Casbin tools, the collection `casbin_rule`, what the policy says now?

    Ends with 1 when it isn't. A running service brings it there moments after each change.
    """
    with tools.exporting(read_settings(tools.environment)) as exporting:
        if exporting is None:
            raise Failure(ExitCode.INPUT, NONE)
        found, healed = _compare(tools, exporting), 0
        if heal and found.differences:
            healed = len(found.differences)
            _refresh(exporting)
            found = _compare(tools, exporting)
    data = _data(found, healed)
    emit(output, data, lambda: _lines(data))
    return ExitCode.NO if found.differences else ExitCode.YES


def _compare(tools: Tools, exporting: Exporting) -> Compared:
    written = exporting.export.status().written
    state = exporting.follower.catch_up().state
    rules = list(rows_of(effective_rules(state, tools.clock().now())))
    differences = compare(rules, exporting.export.rows())
    return Compared(revision=state.revision, rules=len(rules), differences=differences, written=written)


def _refresh(exporting: Exporting) -> None:
    if exporting.chore.refresh() is None:
        raise Failure(ExitCode.UNREACHABLE, "another process began to write the export meanwhile; try again")


def _data(found: Compared, healed: int) -> dict[str, Any]:
    differences, written = found.differences, found.written
    return {
        "equal": not differences,
        "revision": found.revision,
        "rules": found.rules,
        "missing": len(differences.missing),
        "extra": len(differences.extra),
        "different": len(differences.different),
        "healed": healed,
        "written_revision": None if written is None else written.revision,
        "written_at": None if written is None else format_instant(written.at),
        "differences": [shown for shown, _ in zip(_shown(differences), range(SHOWN), strict=False)],
    }


def _shown(differences: Differences) -> Iterator[dict[str, Any]]:
    for rule in differences.missing:
        yield {"what": "missing", "rule": rule, "found": None}
    for row in differences.extra:
        yield {"what": "extra", "rule": None, "found": _found(row)}
    for rule, row in differences.different:
        yield {"what": "different", "rule": rule, "found": _found(row)}


def _found(row: Row) -> Rule:
    """What is in a row; of one that is no rule, what it is called."""
    return row.rule or (str(row.handle[0]),)


def _lines(data: dict[str, Any]) -> Iterator[str]:
    for difference in data["differences"]:
        texts = [", ".join(rule) for rule in (difference["rule"], difference["found"]) if rule is not None]
        yield f"{coloured(difference['what'].upper(), good=False)} {'; found '.join(texts)}"
    if data["healed"]:
        yield f"{data['healed']} differences were healed"
    counts = f"{data['missing']} missing, {data['extra']} extra, {data['different']} different"
    yield f"{data['rules']} rules of revision {data['revision']}: {counts}"
    if data["written_at"] is None:
        yield "the export was never written"
    else:
        yield f"the export was last written at {data['written_at']}, from revision {data['written_revision']}"
