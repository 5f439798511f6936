"""``doctor``: what is set, what is there, and what to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from enterprise_policy.errors import EnterpriseError, SettingsError
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.findings import Finding, bad, fine
from enterprise_service.cli.machine import machine_findings
from enterprise_service.cli.output import Format, coloured, emit, output_option, table_lines
from enterprise_service.cli.store_findings import store_findings
from enterprise_service.cli.tools import Tools
from enterprise_service.settings import Settings, Shown, read_settings, show


@click.command
@output_option
@click.pass_obj
def doctor(tools: Tools, /, *, output: Format) -> int:
    """Tell what is set, what is there, and what to mend. Ends with 1 when there is something to mend."""
    shown: list[Shown] = []
    try:
        settings = read_settings(tools.environment)
    except SettingsError as error:  # which store and address are meant isn't known: nothing can be said of them
        findings = [bad("settings", f"`{fault.pointer}` {fault.detail}", "set it right") for fault in error.faults]
    else:
        shown += show(settings)
        findings = [*machine_findings(settings), *_model(tools, settings), *store_findings(tools, settings)]
    emit(output, _data(shown, findings), lambda: _lines(shown, findings))
    return ExitCode.YES if all(finding.fine for finding in findings) else ExitCode.NO


def _model(tools: Tools, settings: Settings) -> Iterator[Finding]:
    folder = tools.policy_folder(settings)
    try:
        yield fine("model", f"digest {tools.model(settings).digest} in `{folder}`")
    except EnterpriseError as error:
        yield bad("model", str(error), "put the `model.conf` of this version into the folder, or take POLICY_DIR away")


def _data(shown: Sequence[Shown], findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "fine": all(finding.fine for finding in findings),
        "settings": [row._asdict() for row in shown],
        "findings": [finding._asdict() for finding in findings],
    }


def _lines(shown: Sequence[Shown], findings: Sequence[Finding]) -> Iterator[str]:
    if shown:
        yield from table_lines([tuple(row) for row in shown])
        yield ""
    width = max(len(finding.about) for finding in findings)
    for finding in findings:
        mark = coloured("ok  ", good=True) if finding.fine else coloured("MEND", good=False)
        yield f"{mark}  {finding.about:<{width}}  {finding.says}"
        if finding.mend:
            yield f"{'':{width + 6}}  mend: {finding.mend}"
