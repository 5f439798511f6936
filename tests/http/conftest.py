"""The service on the sample policy, by each way in."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.settings import read_settings
from tests.support.sample_policy import EDITS, commit, settings_of
from tests.support.ways import InProcess, Served, Way, our_server, wsgi_server


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store is that all ways use."""
    folder = tmp_path_factory.mktemp("store")
    commit(folder, *EDITS)
    return folder


@pytest.fixture(scope="session")
def served(folder: Path) -> Iterator[Served]:
    with our_server(settings_of(folder)) as server:
        yield server
        assert stopped(server) == 0


@pytest.fixture(scope="session")
def under_gunicorn(folder: Path) -> Iterator[Served]:
    with wsgi_server(settings_of(folder)) as server:
        yield server
        assert stopped(server) == 0


def stopped(server: Served) -> int:
    """Stop ``server``; its exit code."""
    server.program.signal(signal.SIGTERM)
    return server.program.end()


@pytest.fixture(scope="session")
def in_process(folder: Path) -> Iterator[InProcess]:
    settings = read_settings({name: str(value) for name, value in settings_of(folder).items()})
    with build_service(settings) as service:
        yield InProcess(create_app(service))


@pytest.fixture(params=["served", "under_gunicorn", "in_process"])
def way(request: pytest.FixtureRequest) -> Way:
    """Each way in, one after the other."""
    found: Way = request.getfixturevalue(request.param)
    return found
