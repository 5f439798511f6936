"""``policy validate``: are the files right?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.draft import Bundle
from enterprise_service.bundles.faults import FileFault, PolicyFilesError
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.output import Format, emit, output_option
from enterprise_service.cli.policy.files import (
    CasbinOptions,
    PolicyText,
    bundle_of,
    casbin_options,
    path_argument,
    read_policy,
)
from enterprise_service.cli.tools import Tools


@click.command
@path_argument
@casbin_options
@output_option
@click.pass_obj
def validate(tools: Tools, /, *, path: Path | None, output: Format, **casbin: bool) -> int:
    """Are the files at PATH right, each alone and all together? Ends with 2 when they aren't."""
    text = read_policy(tools, path)
    bundle = bundle_of(text, text.files, CasbinOptions(**casbin))
    faults = _faults(bundle)
    data = {
        "files": len(text.files),
        "records": len(bundle.drafts),
        "cases": len(bundle.cases),
        "faults": [asdict(fault) for fault in faults],
    }
    emit(output, data, lambda: _lines(text, bundle, faults))
    return ExitCode.INPUT if faults else ExitCode.YES


def _faults(bundle: Bundle) -> tuple[FileFault, ...]:
    try:
        state_of(bundle)
    except PolicyFilesError as error:
        return error.file_faults
    return ()


def _lines(text: PolicyText, bundle: Bundle, faults: tuple[FileFault, ...]) -> Iterator[str]:
    for shown in text.show(faults):
        yield f"{shown}\n"
    counts = f"{len(text.files)} files, {len(bundle.drafts)} records, {len(bundle.cases)} cases"
    yield f"{counts}: {len(faults) or 'no'} fault{'' if len(faults) == 1 else 's'}"
