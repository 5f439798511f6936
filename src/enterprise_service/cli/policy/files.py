"""Policy files as commands take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from enterprise_policy.decide.model import read_model
from enterprise_service.bundles.casbin_csv import parse_casbin_csv
from enterprise_service.bundles.draft import Bundle
from enterprise_service.bundles.faults import FileFault, PolicyFilesError, StoreConflictError, render
from enterprise_service.bundles.parse import parse
from enterprise_service.cli.exit_codes import ExitCode, Failure
from enterprise_service.cli.output import note
from enterprise_service.cli.tools import Tools
from enterprise_service.ports.policy_files import SourceFile
from enterprise_service.settings import read_settings

F = TypeVar("F", bound=Callable[..., Any])

MODEL: Final = "model.conf"
NOT_LOADED: Final = ("samples", "tests")
"""Folders whose files are tried out with the others, and never loaded with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyText:
    """The files below ``path``, which is a folder or a file. ``name`` is what to call the bundle that they make."""

    path: Path
    name: str
    files: tuple[SourceFile, ...]

    @property
    def loaded(self) -> tuple[SourceFile, ...]:
        """The files without those that are only for trying out."""
        return tuple(file for file in self.files if _folder(file, self.path) not in NOT_LOADED)

    def show(self, faults: tuple[FileFault, ...]) -> Iterator[str]:
        """Each of ``faults`` with its place in the text."""
        texts = {file.path: file.text for file in self.files}
        return (render(fault, texts.get(fault.path, "")) for fault in faults)


def _folder(file: SourceFile, path: Path) -> str:
    """The folder right below ``path`` that ``file`` is in, or ``""``."""
    above = Path(file.path)
    return above.relative_to(path).parts[0] if above.is_relative_to(path) and above != path else ""


def path_argument(command: F) -> F:
    """Give ``command`` the argument PATH, as the parameter ``path``."""
    return click.argument("path", required=False, type=click.Path(path_type=Path))(command)


def read_policy(tools: Tools, path: Path | None) -> PolicyText:
    """The files at ``path``, or where the settings' policy is; a model among them is one that is decided by.

    Raises ``NotFoundError``, ``InvalidRequestError`` or ``ModelRefusedError``.
    """
    folder = tools.policy_folder(read_settings(tools.environment)) if path is None else path
    if (folder / MODEL).is_file():
        (model,) = tools.policy_files(folder / MODEL).read()
        read_model(model.text)
    name = "policies" if path is None else folder.resolve().stem
    return PolicyText(path=folder, name=name, files=tuple(tools.policy_files(folder).read()))


@dataclass(frozen=True, slots=True, kw_only=True)
class CasbinOptions:
    """``casbin`` says that the files are Casbin's CSV; ``patterns`` that patterns in them are meant as ours."""

    casbin: bool
    patterns: bool


def casbin_options(command: F) -> F:
    """Give ``command`` the options ``--casbin`` and ``--patterns``."""
    casbin = click.option("--casbin", is_flag=True, help="PATH is a policy in Casbin's CSV, whatever it is called.")
    patterns = click.option("--patterns", is_flag=True, help="In Casbin's CSV: `*` and `:name` are patterns.")
    return casbin(patterns(command))


def bundle_of(text: PolicyText, files: tuple[SourceFile, ...], options: CasbinOptions) -> Bundle:
    """What ``files`` of ``text`` say: policy files, or one of Casbin's, by its ending or by ``options``."""
    if options.casbin or text.path.suffix == ".csv":
        if len(files) != 1:
            raise click.UsageError(f"`{text.path}` must be one file of Casbin's")
        return parse_casbin_csv(files[0].text, patterns=options.patterns, path=files[0].path)
    if options.patterns:
        raise click.UsageError("--patterns is for Casbin's CSV only")
    return parse(files)


@contextmanager
def faults_shown(text: PolicyText) -> Iterator[None]:
    """Show what is wrong with the files on stderr, and end the command."""
    try:
        yield
    except PolicyFilesError as error:
        for shown in text.show(error.file_faults):
            note(f"{shown}\n")
        count = len(error.file_faults)
        plural = "" if count == 1 else "s"
        if isinstance(error, StoreConflictError):
            raise Failure(ExitCode.CONFLICT, f"{count} record{plural} of the store in the way of the files") from error
        raise Failure(ExitCode.INPUT, f"{count} fault{plural} in the policy files") from error
