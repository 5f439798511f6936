"""What this version writes the one before reads, and the other way round: an upgrade can be taken back."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.formats.golden import FOLDER
from tests.support.old_program import ARCHIVE, CONTENT, VERSION, OldProgram, unpacked
from tests.support.programs import ROOT, environment

PEER = ROOT / "tests/support/format_peer.py"
MODEL = ROOT / "policies/model.conf"
LOGS = ("log.jsonl", "log-with-keys.jsonl")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> OldProgram:
    return unpacked(tmp_path_factory.mktemp("old"))


def peer(program: OldProgram | None, *words: object) -> Mapping[str, Any]:
    """What one version says of what it has done; without a ``program`` it is this one."""
    settings = {} if program is None else program.settings
    command = [sys.executable, "-P", PEER, *words]
    done = subprocess.run([*map(str, command)], env=environment(**settings), cwd="/", capture_output=True, check=True)
    said: Mapping[str, Any] = json.loads(done.stdout)
    assert (program is not None) == Path(said["program"]).is_relative_to(program.folder if program else "/nowhere")
    return said


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("writer", ["the one before", "this one"])
def test_either_version_reads_the_log_and_the_checkpoint_of_the_other(
    old: OldProgram, tmp_path: Path, writer: str, log: str
) -> None:
    store = tmp_path / "enterprise.db"
    first, second = (old, None) if writer == "the one before" else (None, old)
    written = peer(first, "write", store, MODEL, FOLDER / log)
    read = peer(second, "read", store, MODEL)
    assert read["from_log"] == read["from_checkpoint"] == {name: written[name] for name in ("revision", "state")}
    assert 0 < read["checkpoint"] < read["from_log"]["revision"] == 10


def test_the_archive_is_the_tag() -> None:
    """A clone without tags has nothing to compare with; whoever makes the next archive has them."""
    found = git("archive", "--format=tar", f"v{VERSION}", *CONTENT)
    if found.returncode == 0:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as tag, tarfile.open(ARCHIVE) as archive:
            assert members(archive) == members(tag)
    else:
        assert git("rev-parse", "--verify", "--quiet", f"v{VERSION}").returncode != 0


def git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)


def members(archive: tarfile.TarFile) -> Mapping[str, tuple[bytes, str, bytes]]:
    """Each member with its type, where it links to, and its content."""
    found = {}
    for member in archive.getmembers():
        content = archive.extractfile(member) if member.isfile() else None
        found[member.name] = (member.type, member.linkname, b"" if content is None else content.read())
    return found
