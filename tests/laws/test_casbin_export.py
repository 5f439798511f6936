"""A program that reads the export with Casbin decides as we do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enterprise_adapters.memory import MemoryLeases
from enterprise_adapters.mongo import MongoDatabase, MongoPolicyExport
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.values.windows import Instant
from enterprise_service.bootstrap import open_store
from enterprise_service.chores.policy_export import PolicyExportChore
from enterprise_service.cli.policy.questions import sample
from enterprise_service.settings import Settings
from tests.support.command_line import ROOT, Machine
from tests.support.documents import document

QUESTIONS = 600


@pytest.fixture
def exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mongodb_uri: str
) -> Iterator[tuple[Snapshot, Instant]]:
    """The samples, exported at an instant."""
    machine = Machine(tmp_path, capsys)
    machine.load()
    settings = Settings(sqlite_path=machine.store)
    with open_store(settings, writes=False) as opened, closing(MongoDatabase(mongodb_uri)) as database:
        export, leases = MongoPolicyExport(database), MemoryLeases(opened.clock)
        PolicyExportChore(opened.follower, export, leases, opened.clock).refresh()
        written = export.status().written
        assert written is not None
        yield opened.follower.catch_up(), written.at


@pytest.fixture
def reader(exported: object, mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The enforcer that the page makes, by a plain cursor of the driver."""
    (program,) = [b.text for b in document("docs/how-to/read-the-casbin-export.md").blocks if b.language == "python"]
    monkeypatch.setenv("POLICY_MONGODB_URI", mongodb_uri)
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    exec(compile(program, "read-the-casbin-export.md", "exec"), names)  # noqa: S102 - it is ours
    yield names["enforcer"]
    names["client"].close()


def test_the_page_shows_an_allow(reader: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert capsys.readouterr().out.splitlines()[-1] == "True"


def test_casbin_decides_by_the_export_as_we_do(
    exported: tuple[Snapshot, Instant],
    reader: Any,  # noqa: ANN401 - pycasbin's
    report: Callable[[str], None],
) -> None:
    snapshot, now = exported
    seed = int.from_bytes(os.urandom(4))
    questions = [q for place in sample(snapshot.state, QUESTIONS, Random(seed)) for q in place.questions]
    ours = [decide(snapshot, question, now) for question in questions]
    theirs = [reader.enforce(q.subject, q.domain, q.resource, q.action) for q in questions]
    assert ours == theirs, f"seed {seed}"
    assert min(ours.count(True), ours.count(False)) >= 20
    report(f"export: {len(questions)} questions to a Casbin that reads it, {ours.count(True)} allowed, 0 different")
