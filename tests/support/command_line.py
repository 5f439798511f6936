"""The command line, in this process, on a machine with a data folder of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from enterprise_service.bootstrap import tools
from enterprise_service.cli.main import run

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
SAMPLES = POLICIES / "samples/tenants"


class Captured(Protocol):
    """What a command said."""

    @property
    def out(self) -> str:
        """On stdout."""

    @property
    def err(self) -> str:
        """On stderr."""


class Capture(Protocol):
    """Pytest's ``capsys``."""

    def readouterr(self) -> Captured:
        """What was said since the last call."""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def fields(self) -> Any:  # noqa: ANN401 - JSON
        """What it said on stdout, as JSON."""
        return json.loads(self.out)


@dataclass
class Machine:
    """Call it with the words of a command."""

    folder: Path
    capture: Capture
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """The store's file."""
        return self.folder / "data" / "enterprise.db"

    @property
    def secret(self) -> Path:
        """The file of the service secret."""
        return self.store.with_name("service.secret")

    def __call__(self, *words: object, **environment: str) -> Ended:
        """Run a command, with more in its environment."""
        self.capture.readouterr()
        found = {"SQLITE_PATH": os.fspath(self.store), **self.environment, **environment}
        code = run([str(word) for word in words], tools(found))
        shown = self.capture.readouterr()
        return Ended(int(code), shown.out, shown.err)

    def load(self) -> None:
        """Load the policy and the samples of this repository."""
        for words in ((POLICIES,), (SAMPLES, "--unmanaged")):
            ended = self("policy", "load", *words)
            if ended.code != 0:
                raise RuntimeError(ended.err)

    def write(self, **texts: str) -> Path:
        """A folder with policy files; in their names `__` stands for `/`."""
        folder = self.folder / "files"
        for name, text in texts.items():
            file = folder / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder
