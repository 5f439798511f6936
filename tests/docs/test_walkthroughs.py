"""What documents tell to type works, and says what they show."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.docs.executed import FROM_NOTHING, ON_SAMPLES, ON_SERVERS
from tests.support.command_line import POLICIES, SAMPLES
from tests.support.documents import Page, document, read_page
from tests.support.programs import COMMAND, environment, free_port
from tests.support.walkthrough import DocumentError, Walk, fits, make_checkout


@pytest.mark.parametrize("name", FROM_NOTHING)
def test_a_document_works_as_it_is_written(name: str, tmp_path: Path) -> None:
    walk = Walk(document(name), make_checkout(tmp_path))
    walk.go()
    assert walk.run >= FROM_NOTHING[name]


@pytest.fixture(scope="module")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as it is after `make run`."""
    data = tmp_path_factory.mktemp("samples") / "var"
    settings = environment(SQLITE_PATH=data / "enterprise.db")
    for words in ((POLICIES,), (SAMPLES, "--unmanaged")):
        subprocess.run([COMMAND, "policy", "load", *map(os.fspath, words)], env=settings, check=True)
    return data


@pytest.mark.parametrize("name", ON_SAMPLES)
def test_a_how_to_works_as_it_is_written(name: str, sample_data: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_data, tmp_path / "var")
    walk = Walk(document(name), make_checkout(tmp_path))
    walk.go()
    assert walk.run >= ON_SAMPLES[name]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of the project. Whatever noted its number in it is ended, however the walk ends."""
    yield make_checkout(tmp_path)
    for note in (tmp_path / "var").glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(note.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("name", ON_SERVERS)
def test_a_document_works_on_servers_of_other_programs(
    name: str, checkout: Path, mongodb_uri: str, redis_url: str
) -> None:
    replaced = {
        "mongodb://127.0.0.1:27017/pods": mongodb_uri,
        "redis://127.0.0.1:6379/0": redis_url,
        "3018": str(free_port()),
    }
    walk = Walk(document(name), checkout, replaced)
    walk.go()
    assert walk.run >= ON_SERVERS[name]


def page_of(tmp_path: Path, text: str) -> Page:
    path = tmp_path / "page.md"
    path.write_text(text)
    return read_page(path)


@pytest.mark.parametrize(
    "text",
    [
        "```sh\necho one\n```\n\n```text\ntwo\n```\n",
        "```sh\necho one\n```\n\n```text\none\ntwo\n```\n",
        "```sh\necho one\n```\n",
        "```sh\nfalse\n```\n",
    ],
    ids=["other text", "less text", "text that isn't shown", "a failure that isn't shown"],
)
def test_a_document_that_shows_something_else_is_noticed(text: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError):
        Walk(page_of(tmp_path, text), tmp_path).go()


def test_wildcards_stand_for_what_they_should() -> None:
    assert fits("a … c\n", "a b c\n")
    assert fits("a\n…\nd\n", "a\nb\nc\nd\n")
    assert fits("…\nd\n", "d\n")
    assert not fits("a … c\n", "a b\nc\n")
    assert not fits("a\n", "a\nb\n")
    assert not fits("a.c\n", "abc\n")
