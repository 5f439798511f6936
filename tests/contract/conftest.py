"""The stores that the suite runs on: each test of a port runs once for each adapter."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.promises import STORES as ALL_STORES
from tests.support.promises import Kept
from tests.support.stores import STORES, NewStores, TriedStore, stores_in_databases, stores_in_folders

MONGODB = pytest.param("mongodb", marks=pytest.mark.mongodb)
KEPT = pytest.StashKey[Kept]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what each test has shown of the promises that it cites."""
    report = yield
    store = store_of(item)
    if store is not None and (report.when == "call" or report.failed):
        kept = item.config.stash.setdefault(KEPT, Kept())
        kept.note(getattr(getattr(item, "obj", None), "__doc__", None) or "", store, passed=report.passed)
    return report


def store_of(item: pytest.Item) -> str | None:
    """The store that a test runs on: told by a parameter, else by what it asks for or the name of its module."""
    told = {str(value) for value in getattr(getattr(item, "callspec", None), "params", {}).values()}
    by_module = {"test_sqlite": "sqlite", "test_mongo_": "mongodb", "test_migrat": "mongodb"}
    needs_mongodb = "mongodb_uri" in getattr(item, "fixturenames", ())
    named = "mongodb" if needs_mongodb else by_module.get(item.path.stem[:11])
    return next((store for store in ALL_STORES if store in told), named)


@pytest.fixture(scope="session", autouse=True)
def table(report: Callable[[str], None], pytestconfig: pytest.Config) -> Iterator[None]:
    """Shows in the end which promises each store has kept."""
    yield
    for line in pytestconfig.stash.get(KEPT, Kept()).table():
        report(line)


@pytest.fixture(params=[*sorted(STORES), MONGODB])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStores]:
    if request.param in STORES:
        numbered = stores_in_folders(STORES[request.param], tmp_path)
    else:
        numbered = stores_in_databases(request.getfixturevalue("mongodb_uri"))
    stores = NewStores(numbered)
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
