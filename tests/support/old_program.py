"""The version before this one, as a program: kept as an archive, run by the Python and the packages of the tests.

The archive is what `git archive TAG` gives of ``CONTENT``, packed by `xz -9e`.
"""

from __future__ import annotations

import os
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.programs import ROOT

VERSION: Final = "0.5.0"
ARCHIVE: Final = ROOT / f"tests/formats/programs/{VERSION}.tar.xz"
CONTENT: Final = (
    "src",
    "adapters",
    "policies/catalogue.yaml",
    "policies/model.conf",
    "policies/roles",
    "policies/schemas",
    "pyproject.toml",
)
"""What the archive has of the tag `v0.5.0`: all that runs."""

_COMMAND: Final = (
    "import sys; sys.argv[0] = 'enterprise-service'; from enterprise_service.bootstrap import main; main()"
)


@dataclass(frozen=True, slots=True)
class OldProgram:
    """The unpacked program in ``folder``."""

    folder: Path

    @property
    def words(self) -> tuple[str, ...]:
        """What stands for `enterprise-service` on a command line."""
        return (sys.executable, "-P", "-c", _COMMAND)

    @property
    def settings(self) -> dict[str, object]:
        """What has Python find this version and not the one that is tested."""
        return {"PYTHONPATH": os.pathsep.join(os.fspath(self.folder / part) for part in ("src", "adapters"))}


def unpacked(folder: Path) -> OldProgram:
    """Unpack it into ``folder``."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return OldProgram(folder)
