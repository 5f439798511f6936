"""What the fixtures of servers do to a run of tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pymongo.uri_parser import parse_uri

from tests.support.servers.shared import with_database

ROOT = Path(__file__).parents[3]

TESTS = """\
import pytest
@pytest.mark.mongodb
def test_marked(): pass
def test_plain(): pass
def test_uri(mongodb_uri): pass
@pytest.mark.parametrize("store", ["memory", pytest.param("mongodb", marks=pytest.mark.mongodb)])
def test_store(store): pass
def test_redis(redis_url): pass
"""


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_these.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.servers.fixtures", "-p", "no:cacheprovider", *words]
    kept = {name: value for name, value in os.environ.items() if name not in {"MONGODB_URI", "REDIS_URL"}}
    complete = {**kept, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=folder, env=complete, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("seed", ["1", "2"])
def test_what_needs_a_mongodb_comes_last_in_any_order(tmp_path: Path, seed: str) -> None:
    said = run(tmp_path, "--collect-only", "-q", f"--randomly-seed={seed}").stdout
    names = [line.partition("::")[2] for line in said.splitlines() if "::" in line]
    assert sorted(names[:3]) == ["test_plain", "test_redis", "test_store[memory]"]
    assert sorted(names[3:]) == ["test_marked", "test_store[mongodb]", "test_uri"]


def test_a_run_without_any_server_fails_and_skips_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, PATH="", HOME=str(tmp_path), TOOLS_CACHE=str(tmp_path / "tools"), PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "no MongoDB can be had for the tests" in done.stdout
    assert "skipped" not in done.stdout


@pytest.mark.mongodb
def test_a_run_tells_which_servers_it_used(tmp_path: Path) -> None:
    assert "servers: MongoDB" in run(tmp_path).stdout


@pytest.mark.mongodb
def test_servers_that_are_given_are_used(mongodb_uri: str, redis_url: str, tmp_path: Path) -> None:
    said = run(tmp_path, MONGODB_URI=mongodb_uri, REDIS_URL=redis_url).stdout
    assert re.search(r"servers: MongoDB [\d.]+ of MONGODB_URI at 127.0.0.1:\d+; Redis [\d.]+ of REDIS_URL at", said)


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("mongodb://u:p@a:1,b:2/?replicaSet=rs0", "admin"),
        ("mongodb://u:p@a:1,b:2/first?replicaSet=rs0", "first"),
        ("mongodb://u:p@a:1/first?authSource=other", "other"),
        ("mongodb://a:1/first", None),
    ],
)
def test_a_user_is_looked_up_where_he_was(uri: str, source: str | None) -> None:
    before, after = parse_uri(uri), parse_uri(with_database(uri, "fresh"))
    assert after["database"] == "fresh"
    assert after["options"].get("authSource") == source
    assert (before["nodelist"], before["username"]) == (after["nodelist"], after["username"])
