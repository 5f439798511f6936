from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from enterprise_service.bootstrap import tools
from enterprise_service.cli.tools import Tools
from tests.support.command_line import Machine
from tests.support.fake_service import FakeService, fake_service
from tests.unit.cli.stand_in import StandIn, served


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    return Machine(tmp_path, capsys)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        yield fake


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Answers for the store of the machine."""
    found = StandIn()

    def with_stand_in(environment: Mapping[str, str]) -> Tools:
        return replace(tools(environment), management=found.transport)

    monkeypatch.setattr("tests.support.command_line.tools", with_stand_in)
    return found


@pytest.fixture
def url(stand_in: StandIn) -> Iterator[str]:
    """Where the same answers are given over HTTP."""
    with served(stand_in) as where:
        yield where


@pytest.fixture(params=["here", "there"])
def place(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Both places in which a command of management can be carried out, as its words."""
    return () if request.param == "here" else ("--url", request.getfixturevalue("url"))


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """`serve` sets the log up for its process, which is that of the tests here."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
