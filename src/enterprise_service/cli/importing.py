"""``import``: what an enterprise has already, into the store."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import click

from enterprise_service.bundles.faults import PolicyFilesError, printable, render
from enterprise_service.bundles.traces import Traces
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.output import Format, emit, note, output_option, table_lines
from enterprise_service.cli.tools import Tools
from enterprise_service.cli.trial import trial
from enterprise_service.imports.batch import Batch, Group
from enterprise_service.imports.lines import read_lines
from enterprise_service.imports.mapping import ImportMapping
from enterprise_service.imports.mapping_file import read_mapping
from enterprise_service.imports.report import KINDS, Fate, Refusal, Report
from enterprise_service.imports.run import Import, Rehearsal, writer
from enterprise_service.settings import read_settings

STEP: Final = 256 * 1024
"""Bytes after which the progress is shown again."""


@click.command("import")
@click.option("--mapping", "path", required=True, type=click.Path(path_type=Path), help="What the lines mean.")
@click.option("--overwrite", is_flag=True, help="Take what the lines say where people have changed it since, too.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@output_option
@click.argument("files", nargs=-1, required=True)
@click.pass_obj
def import_(tools: Tools, /, *, path: Path, files: Sequence[str], output: Format, **given: bool) -> int:
    """Bring in what FILES of JSON Lines hold (`-`: what comes in), into the store of this machine.

    Each organization is one change, with its clinics, providers and assignments. What can't be taken is told with the
    reason, and the rest is taken; then the end is 1. An import may be run again: only lines that changed since are
    taken again.
    """
    batch = Batch(_mapping(tools, path))
    with _reading(files) as advance:
        for name in files:
            with _opened(name) as file:
                batch.read(read_lines(name, file, advance))
    report = (_try if given["dry_run"] else _write)(tools, batch, overwrite=given["overwrite"])
    order = {name: place for place, name in enumerate(files)}
    report.refusals.sort(key=lambda refusal: (order[refusal.where.file], refusal.where.line))
    emit(output, _data(report, dry_run=given["dry_run"]), lambda: _lines(report, dry_run=given["dry_run"]))
    return ExitCode.NO if report.refusals else ExitCode.YES


def _mapping(tools: Tools, path: Path) -> ImportMapping:
    (file,) = tools.policy_files(path).read() if path.is_file() else (None,)
    if file is None:
        raise click.UsageError(f"there is no file `{path}`")
    try:
        return read_mapping(file)
    except PolicyFilesError as error:
        for fault in error.file_faults:
            note(f"{render(fault, file.text)}\n")
        count = len(error.file_faults)
        raise Failure(ExitCode.INPUT, f"{count} fault{'' if count == 1 else 's'} in the mapping") from error


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    try:
        with click.open_file(name, "rb") as file:
            yield file
    except OSError as error:
        raise click.FileError(name, (error.strerror or str(error)).lower()) from error


def _try(tools: Tools, batch: Batch, *, overwrite: bool) -> Report:
    with trial(tools) as tried:
        traces = None if overwrite or tried.log is None else Traces(tried.log)
        rehearsal = Rehearsal(batch.mapping.source, tried.state, tried.now)
        return Import(batch=batch, state=tried.state, traces=traces).run(rehearsal, list)


def _write(tools: Tools, batch: Batch, *, overwrite: bool) -> Report:
    with tools.writing(read_settings(tools.environment)) as writing:
        state = writing.follower.catch_up().state
        traces = None if overwrite else Traces(writing.log)
        return Import(batch=batch, state=state, traces=traces).run(
            writer(writing.commit, batch.mapping.source), _writing
        )


# --- progress, on a terminal ------------------------------------------------------------------------------------


def on_a_terminal() -> bool:
    """Whether somebody watches."""
    return sys.stderr.isatty()


@contextmanager
def _reading(files: Sequence[str]) -> Iterator[Callable[[int], object]]:
    """What to call with the number of bytes that were read."""
    sizes = [path.stat().st_size for path in map(Path, files) if path.is_file()]
    if not on_a_terminal() or len(sizes) < len(files):
        yield lambda _: None
        return
    with click.progressbar(length=sum(sizes), label="reading", file=sys.stderr, update_min_steps=STEP) as bar:
        yield bar.update


def _writing(groups: list[Group]) -> Iterable[Group]:
    if not on_a_terminal():
        yield from groups
        return
    with click.progressbar(groups, label="writing", file=sys.stderr) as bar:
        yield from bar


# --- the report -------------------------------------------------------------------------------------------------


def _data(report: Report, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "lines": report.lines,
        "changes": report.changes,
        "skipped": report.skipped,
        "repeated": report.repeated,
        "records": {kind.value: {fate.value: report.tally[kind, fate] for fate in Fate} for kind in KINDS},
        "refused": [_refused(refusal) for refusal in report.refusals],
    }


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {
        "file": refusal.where.file,
        "line": refusal.where.line,
        "kind": None if refusal.kind is None else refusal.kind.value,
        "field": refusal.field or None,
        "reason": refusal.reason,
    }


def _lines(report: Report, *, dry_run: bool) -> Iterator[str]:
    for refusal in report.refusals:
        about = (f"{refusal.where.file}:{refusal.where.line}", refusal.kind and refusal.kind.value, refusal.field)
        yield printable(": ".join((*filter(None, about), refusal.reason)))
    counted = [[kind.value, *(str(report.tally[kind, fate]) for fate in Fate)] for kind in KINDS]
    yield from table_lines([["", *(fate.value for fate in Fate)], *counted])
    left = f"{report.skipped} skipped, {report.repeated} repeated"
    done = "would be made" if dry_run else "made"
    yield f"{'dry run: ' if dry_run else ''}{report.lines} lines, {left}; changes {done}: {report.changes}"
