"""secantusd-py: the same server without a compiler, slower. In an environment of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from tests.support.servers.tools import FailedError, output_of, run, say, tools

PACKAGE: Final = "secantusdb"
VERSION: Final = "0.7.0b3"
PYTHONS: Final = ((3, 10), (3, 13))
"""Its wheels are for these and those between."""


def wheel() -> Path:
    """Where it is, once it is."""
    return _environment() / "bin/secantusd-py"


def is_whole() -> bool:
    """Whether its installation came to its end."""
    return (_environment() / "whole").exists()


def install_wheel() -> Path:
    """Install it. Raises ``FailedError`` when that can't be done here; says why."""
    say(f"installing {PACKAGE} {VERSION}")
    log = tools() / f"{PACKAGE}.log"
    shutil.rmtree(_environment(), ignore_errors=True)
    run([_python(), "-m", "venv", _environment()], log)
    pip = (_environment() / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input")
    run([*pip, "install", "--only-binary", ":all:", f"{PACKAGE}=={VERSION}"], log)
    (_environment() / "whole").touch()
    return wheel()


def _environment() -> Path:
    return tools() / f"{PACKAGE}-{VERSION}"


def _python() -> str:
    for command in (sys.executable, "python3", "python3.13", "python3.12", "python3.11", "python3.10"):
        said = output_of(command, "-c", "import sys, venv; print(*sys.version_info[:2])").split()
        if said and PYTHONS[0] <= (int(said[0]), int(said[1])) <= PYTHONS[1]:
            return command
    raise FailedError(f"{PACKAGE} needs Python 3.10 to 3.13")
