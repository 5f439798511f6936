"""The examples of broken files: their names, their files, and what is shown for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from enterprise_service.bundles.casbin_csv import parse_casbin_csv
from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.draft import Bundle
from enterprise_service.bundles.faults import PolicyFilesError, render
from enterprise_service.bundles.parse import parse
from enterprise_service.ports.policy_files import SourceFile

FOLDER = Path(__file__).parent / "broken"


class Example(NamedTuple):
    """Files by path, and the faults as they are shown."""

    name: str
    files: dict[str, str]
    shown: str


def examples() -> Iterator[Example]:
    """All of them: `=== name`, for each file `--- path` and its text, then `--- faults` and what is shown."""
    for path in sorted(FOLDER.glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("\n=== ")[1:]:
            name, *texts = re.split(r"^--- |\n--- ", part)
            files = dict(text.partition("\n")[::2] for text in texts)
            shown = files.pop("faults").rstrip("\n")
            yield Example(name.strip(), {path: f"{text}\n" if text else "" for path, text in files.items()}, shown)


def source_files(files: dict[str, str]) -> list[SourceFile]:
    """``files``, text by path, as the port gives them."""
    return [SourceFile(path=path, text=text) for path, text in files.items()]


def bundle_of(files: dict[str, str]) -> Bundle:
    """What ``files`` say: policy files, or a Casbin policy called `policy.csv`."""
    if "policy.csv" in files:
        return parse_casbin_csv(files["policy.csv"], patterns=False)
    return parse(source_files(files))


def shown_for(files: dict[str, str]) -> str:
    """Every fault of ``files`` as it is shown; empty when there is none."""
    try:
        state_of(bundle_of(files))
    except PolicyFilesError as error:
        return "\n".join(render(fault, files.get(fault.path, "")) for fault in error.file_faults)
    return ""
