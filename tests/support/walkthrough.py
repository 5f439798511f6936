"""Runs the blocks of a document as a reader would type them, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.support.documents import Block, Page
from tests.support.programs import ROOT, Program, environment, free_port

PORT: Final = "3017"
"""The port that documents name; a walk takes a free one in its place."""

ANY: Final = "…"
NOT_RUN: Final = "not run:"
SERVICE: Final = "terminal: service"
FILE: Final = "file: "

_SHARED: Final = ("bin", "include", "lib")
_NOTED: Final = ("pyproject.toml", "requirements-dev.lock", "requirements.lock", "setup.py")
"""What `ops/venv.sh` compares an environment with."""

_COPIED: Final = ("Makefile", "ops", "policies", *_NOTED)
_IDENTITY: Final = "import os, sys; print(os.getcwd(), sys.version, os.path.realpath(sys._base_executable), sep='\\n')"


class DocumentError(Exception):
    """What a document shows isn't what happens."""


def make_checkout(folder: Path) -> Path:
    """A copy of the project in ``folder``, as it is after `make venv`; its environment is that of the tests."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    made = folder / ".venv" / "made"
    made.mkdir(parents=True)
    for name in _SHARED:
        (made.parent / name).symlink_to(Path(sys.prefix) / name)
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", made.parent)
    for name in _NOTED:
        shutil.copy(ROOT / name, made)
    python = made.parent / "bin" / "python"
    identity = subprocess.run([python, "-c", _IDENTITY], cwd=folder, capture_output=True, text=True, check=True)
    (made / "identity").write_text(identity.stdout)
    return folder


def expected_after(blocks: Sequence[Block], place: int) -> Block | None:
    """The block of text that shows what the one at ``place`` says, if there is one."""
    following = blocks[place + 1] if place + 1 < len(blocks) else None
    return following if following is not None and following.language == "text" else None


def fits(expected: str, actual: str) -> bool:
    """Whether ``actual`` is ``expected``, in which `…` is anything on a line, and a line of it any lines."""
    lines = [_line(line) for line in expected.rstrip("\n").split("\n")]
    return re.fullmatch("".join(lines), actual.rstrip("\n") + "\n") is not None


def _line(line: str) -> str:
    if line == ANY:
        return r"(?:.*\n)*"
    return ".*".join(map(re.escape, line.split(ANY))) + r"\n"


class Walk:
    """One walk through a document, in a checkout and at a port of its own."""

    def __init__(self, page: Page, checkout: Path, replaced: Mapping[str, str] = MappingProxyType({})) -> None:
        """``replaced`` has what else stands in the document for something that differs from place to place."""
        self.run = 0
        self._replaced = replaced
        self._blocks = page.blocks
        self._checkout = checkout
        self._port = str(free_port())
        path = os.pathsep.join([os.fspath(checkout / ".venv" / "bin"), os.environ["PATH"]])
        self._environment = environment(PORT=self._port, PATH=path)

    def go(self) -> None:
        """Do all that the document says. Raises ``DocumentError`` where something else happens than it shows."""
        start = next((p for p, block in enumerate(self._blocks) if block.comment == SERVICE), None)
        if start is None:
            self._follow(range(len(self._blocks)))
            return
        self._follow(range(start))
        with self._service(start):
            self._follow(range(start + 1, len(self._blocks)))

    def _follow(self, places: range) -> None:
        for place in places:
            block = self._blocks[place]
            if block.comment.startswith(FILE):
                self._save(block)
            elif block.language == "sh" and not block.comment.startswith(NOT_RUN):
                self._type(block, expected_after(self._blocks, place))

    def _save(self, block: Block) -> None:
        name = block.comment.removeprefix(FILE).partition(";")[0]
        (self._checkout / name).write_text(block.text)

    def _type(self, block: Block, shown: Block | None) -> None:
        """Run the block in a shell. One that shows nothing has to say nothing, and to succeed."""
        done = subprocess.run(
            ["sh", "-c", self._ported(block.text)],
            cwd=self._checkout,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.run += 1
        if shown is None and (done.returncode != 0 or done.stdout):
            raise DocumentError(f"{block.where} ended with {done.returncode} and said:\n{done.stdout}")
        if shown is not None and not fits(self._ported(shown.text), done.stdout):
            raise DocumentError(f"{shown.where} shows something else than was said:\n{done.stdout}")

    @contextmanager
    def _service(self, place: int) -> Iterator[None]:
        """The service that the block starts, ended by Ctrl-C when the walk is over."""
        block, shown = self._blocks[place], expected_after(self._blocks, place)
        if shown is None:
            raise DocumentError(f"{block.where} doesn't show what the service says")
        last = self._ported(shown.text).rstrip("\n").split("\n")[-1]
        command = f"cd {self._checkout} && exec {block.text.strip()}"
        with Program(["sh", "-c", command], {"PORT": self._port}) as service:
            service.wait_for(lambda line: line == last)
            self.run += 1
            if not fits(self._ported(shown.text), "\n".join(service.lines)):
                raise DocumentError(f"{shown.where} shows something else than was said:\n" + "\n".join(service.lines))
            yield
            service.signal_all(signal.SIGINT)
            service.end()
            if not service.is_gone():
                raise DocumentError(f"{block.where}: Ctrl-C left something running")

    def _ported(self, text: str) -> str:
        for shown, actual in {PORT: self._port, **self._replaced}.items():
            text = text.replace(shown, actual)
        return text
