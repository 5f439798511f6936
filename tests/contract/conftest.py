"""The stores that the suite runs on: each test of a port runs once for each adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.stores import STORES, NewStores, TriedStore


@pytest.fixture(params=sorted(STORES))
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStores]:
    stores = NewStores(STORES[request.param], tmp_path)
    yield stores
    stores.close()


@pytest.fixture
def store(new_store: NewStores) -> TriedStore:
    return new_store()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can get to: the one that pytest makes is its owner's alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
