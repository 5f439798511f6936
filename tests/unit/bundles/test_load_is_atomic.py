from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from enterprise_adapters.memory import MemoryChangeLog, MemoryCheckpoints
from enterprise_adapters.sqlite import Database, SqliteChangeLog, SqliteCheckpoints
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.bundles.parse import parse
from tests.unit.bundles.broken_files import source_files
from tests.unit.bundles.committing import Committing, bundle_of
from tests.unit.bundles.loading import ACME, NURSE

ROOT = Path(__file__).parents[3]


def test_files_of_which_one_is_bad_apply_nothing() -> None:
    log = MemoryChangeLog()
    committing = Committing(log, MemoryCheckpoints())
    before = log.head()

    with pytest.raises(PolicyFilesError):
        committing.load(parse(source_files({"a.yaml": NURSE, "b.yaml": ACME, "c.yaml": "kind: role\n"})))

    assert log.head() == before


def test_a_load_is_one_change_and_the_same_again_is_none() -> None:
    log = MemoryChangeLog()
    committing = Committing(log, MemoryCheckpoints())
    before = log.head().revision

    first, again = committing.load(bundle_of("one")), committing.load(bundle_of("one"))

    assert (first.made, first.revision, len(first.edits)) == (True, before + 1, 52)
    assert (again.made, again.revision, again.edits) == (False, before + 1, ())


def test_a_load_that_is_killed_has_applied_all_or_nothing(tmp_path: Path) -> None:
    path, chance = tmp_path / "enterprise.db", random.Random(20260131)
    for _ in range(4):
        acknowledged = _load_and_kill(path, chance.uniform(0.0, 0.3))

        database = Database(path)
        state = Committing(SqliteChangeLog(database), SqliteCheckpoints(database)).follower.catch_up().state
        organization = state.organization("acme")
        database.close()
        assert organization is not None
        names = {versioned.record.subject for versioned in state.assignments}
        assert names == {f"{organization.name}{number}" for number in range(50)}
        assert state.revision >= acknowledged


def _load_and_kill(path: Path, seconds: float) -> int:
    """Kill it ``seconds`` after its first load was acknowledged; the newest revision that was."""
    command = [sys.executable, "-m", "tests.unit.bundles.committing", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            pytest.fail("the process has no output")
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        lines = [first, *process.stdout.read().splitlines()]
    return max(int(line.split()[1]) for line in lines if len(line.split()) == 2)
