"""secantusd-rs, built from its sources once and kept: it takes some minutes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Final

from tests.support.servers.debian import install
from tests.support.servers.tools import FailedError, is_younger, output_of, run, say, tools

CRATE: Final = "secantus-mdb"
VERSION: Final = "0.5.3-beta.196"
RUST: Final = (1, 95)
DAY: Final = 86_400.0


def built() -> Path:
    """Where it is, once it is."""
    return tools() / f"{CRATE}-{VERSION}" / "secantusd-rs"


def build() -> Path:
    """Build it, unless that failed within the last day.

    Raises ``FailedError`` when it can't be built here; says why.
    """
    failed = tools() / f"{CRATE}-{VERSION}.failed"
    if is_younger(failed, DAY):
        raise FailedError(f"building {CRATE} failed before (remove {failed} to try again): {failed.read_text()}")
    cargo = _cargo()
    try:
        _need_compiler()
        _build(cargo)
    except FailedError as error:
        say(str(error))
        failed.write_text(str(error))
        raise
    return built()


def _build(cargo: str) -> None:
    """An interrupted build goes on where it was; what is done appears at once or not at all."""
    say(f"building {CRATE} {VERSION}, once: 3 to 6 minutes")
    target, root = (tools() / f"{CRATE}-{VERSION}.{part}" for part in ("target", "root"))
    options = ("--version", VERSION, "--locked", "--ignore-rust-version", "--root", root)
    run([cargo, "install", CRATE, *options], tools() / f"{CRATE}.log", environment={"CARGO_TARGET_DIR": str(target)})
    built().parent.mkdir(exist_ok=True)
    new = built().with_suffix(".new")
    shutil.copy2(root / "bin" / built().name, new)
    new.replace(built())
    for folder in (target, root):
        shutil.rmtree(folder)


def _cargo() -> str:
    found = shutil.which("cargo") or shutil.which("cargo", path=os.path.expanduser("~/.cargo/bin"))  # noqa: PTH111
    if found is None:
        raise FailedError("there is no cargo")
    version = re.search(r"(\d+)\.(\d+)", output_of(found, "--version"))
    if version is None or tuple(map(int, version.groups())) < RUST:
        raise FailedError(f"{found} is older than {'.'.join(map(str, RUST))}")
    return found


def _need_compiler() -> None:
    packages = {"cc": "build-essential", "cmake": "cmake"}
    missing = [package for program, package in packages.items() if shutil.which(program) is None]
    if missing:
        install(*missing)
