"""The tests of pycasbin, as its source distribution has them."""

from __future__ import annotations

import shutil
import sys
import tarfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import yaml

from tests.support.servers.tools import FailedError, alone, run, tools

VERSION: Final = "2.8.0"
NAME: Final = f"pycasbin-{VERSION}"
DIGEST: Final = "2615c8940d58caf03c9206246d9499209fd520448c682d2f2ca101c41d9b0aee"
EXAMPLES: Final = Path(__file__).with_name("examples.yaml")

_SECTIONS: Final[Mapping[str, str]] = {
    "r": "request_definition",
    "p": "policy_definition",
    "g": "role_definition",
    "e": "policy_effect",
    "m": "matchers",
}


def make_tree(folder: Path) -> Path:
    """Lay out the tests in ``folder``, with the models and policies that they name; the folder that has both."""
    tree = folder / NAME
    with tarfile.open(source_distribution()) as archive:
        wanted = [member for member in archive.getmembers() if member.name.startswith(f"{NAME}/tests/")]
        archive.extractall(folder, wanted, filter="data")
    (tree / "tests" / "__init__.py").touch()
    (tree / "examples" / "performance").mkdir(parents=True)
    examples = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    for name, text in examples["policies"].items():
        (tree / "examples" / name).write_text(text, encoding="utf-8")
    for name, text in examples["models"].items():
        (tree / "examples" / name).write_text("\n".join(_model(text)), encoding="utf-8")
    return tree


def _model(text: str) -> Iterator[str]:
    """The lines of a model file that has the definitions of ``text``."""
    for letter, section in _SECTIONS.items():
        yield f"[{section}]"
        yield from (line for line in text.splitlines() if line.startswith(letter))


def source_distribution() -> Path:
    """Where it is; fetched once, and kept.

    Raises ``FailedError`` when it can't be fetched, or isn't what it was.
    """
    path = tools() / f"{NAME}.tar.gz"
    with alone(NAME):
        if not path.exists():
            _fetch(path)
    digest = sha256(path.read_bytes()).hexdigest()
    if digest != DIGEST:
        raise FailedError(
            f"{path} has the SHA-256 {digest}, and not {DIGEST}: remove it, and find out where it is from"
        )
    return path


def _fetch(path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
    with TemporaryDirectory(dir=tools()) as folder:
        wanted = ("--no-deps", "--no-binary", ":all:", "--dest", folder, f"pycasbin=={VERSION}")
        run([*pip, "download", *wanted], tools() / f"{NAME}.log")
        shutil.move(Path(folder) / path.name, path)
