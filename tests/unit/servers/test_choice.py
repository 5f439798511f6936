"""Which programs the servers of tests are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.support.servers import build, debian, wheel
from tests.support.servers.choice import find_mongo_program, find_redis_program
from tests.support.servers.programs import NoProgramError, remembered
from tests.support.servers.tools import FailedError, tools

Machine: TypeAlias = Callable[..., None]

CARGO = """\
case $1 in
  --version) echo 'cargo 1.95.0 (abc 2026-01-01)'; exit ;;
esac
echo "$@" >>"$TOOLS_CACHE/cargo-calls"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin" "$CARGO_TARGET_DIR" && echo built >"$2/bin/secantusd-rs"
"""
BROKEN_CARGO = CARGO.partition("while")[0] + "echo 'error: no matching package'; exit 101\n"
REDIS = "echo Redis server v=7.0.15 sha=0\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine with nothing but what is put on it: ``machine(mongod="echo db version v8.0.4")``."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "mkdir", "echo", "env"):
        (programs / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TOOLS_CACHE", str(tmp_path / "tools"))
    monkeypatch.setattr(debian, "is_root", lambda: False)
    monkeypatch.setattr(wheel, "PYTHONS", ((2, 7), (2, 7)))

    def put(**scripts: str) -> None:
        for name, script in scripts.items():
            path = programs / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\n{script}")
            path.chmod(0o755)

    return put


def keep_built() -> None:
    build.built().parent.mkdir()
    build.built().write_text("kept")


def test_a_mongod_on_the_path_comes_first(machine: Machine) -> None:
    machine(mongod="echo db version v8.0.4; echo Build Info: {}\n")
    keep_built()
    assert find_mongo_program().name == "mongod 8.0.4 (replica set of one)"


def test_a_mongod_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine(mongod="exit 1\n")
    keep_built()
    assert find_mongo_program().path == build.built()


def test_what_was_built_before_is_taken_without_building(machine: Machine) -> None:
    machine(cargo=BROKEN_CARGO, cc="", cmake="")
    keep_built()
    assert find_mongo_program().name == "MongoDB-compatible secantusd-rs 0.5.3-beta.196 (--sync-on-commit)"
    assert not (tools() / "cargo-calls").exists()


def test_what_is_built_is_kept_and_nothing_else(machine: Machine) -> None:
    machine(cargo=CARGO, cc="", cmake="")
    assert find_mongo_program().path.read_text() == "built\n"
    assert (tools() / "cargo-calls").read_text().startswith("install secantus-mdb --version 0.5.3-beta.196 --locked ")
    assert {path.name for path in tools().iterdir() if path.is_dir()} == {"secantus-mdb-0.5.3-beta.196"}


def test_a_build_that_failed_is_told_and_not_tried_again(machine: Machine) -> None:
    machine(cargo=BROKEN_CARGO, cc="", cmake="")
    for _ in range(2):
        with pytest.raises(NoProgramError, match="no matching package"):
            find_mongo_program()
    assert len((tools() / "cargo-calls").read_text().splitlines()) == 1


def test_an_old_failure_does_not_count(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(cargo=BROKEN_CARGO, cc="", cmake="")
    with pytest.raises(FailedError):
        build.build()
    machine(cargo=CARGO)
    monkeypatch.setattr(build, "DAY", 0.0)
    assert build.build() == build.built()


@pytest.mark.parametrize(
    ("programs", "reason"),
    [
        ({}, "there is no cargo"),
        ({"cargo": "echo cargo 1.94.1\n"}, "cargo is older than 1.95"),
        ({"cargo": CARGO, "cc": ""}, "missing: cmake"),
        ({"cargo": CARGO, "cmake": ""}, "missing: build-essential"),
    ],
)
def test_a_machine_that_cannot_build_takes_the_one_without_a_compiler(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], reason: str
) -> None:
    machine(**programs)
    monkeypatch.setattr(wheel, "is_whole", lambda: True)
    with pytest.raises(FailedError, match=reason):
        build.build()
    assert find_mongo_program().name == "MongoDB-compatible secantusd-py 0.7.0b3 (--sync-on-commit)"


def test_with_none_it_says_in_one_line_how_to_get_one(machine: Machine) -> None:
    with pytest.raises(NoProgramError, match="put a `mongod` on the path, or install Rust") as raised:
        find_mongo_program()
    assert "there is no cargo; secantusdb needs Python" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_redis_server_on_the_path_comes_first(machine: Machine) -> None:
    machine(redis_server=REDIS)
    assert find_redis_program().name == "redis-server 7.0.15"


def test_root_installs_redis(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "is_root", lambda: True)
    target = '"${0%/*}/redis-server"'
    machine(chmod='/bin/chmod "$@"\n')
    machine(apt_get=f"[ $1 = update ] || {{ printf '#!/bin/sh\\n{REDIS}' >{target}; chmod 755 {target}; }}\n")
    assert find_redis_program().name == "redis-server 7.0.15"


def test_others_take_the_redis_that_is_unpacked_with_its_libraries(machine: Machine) -> None:
    place = debian.unpacked()
    for folder in ("usr/bin", "usr/lib/x86_64-linux-gnu"):
        (place / folder).mkdir(parents=True)
    (place / "usr/lib/x86_64-linux-gnu/liblzf.so.1").touch()
    server = place / "usr/bin/redis-server"
    server.write_text('#!/bin/sh\necho "v=$LD_LIBRARY_PATH"\n')
    server.chmod(0o755)
    assert find_redis_program().name == f"redis-server {place / 'usr/lib/x86_64-linux-gnu'}"


def test_without_redis_it_says_how_to_get_it(machine: Machine) -> None:
    with pytest.raises(NoProgramError, match="sudo apt-get install redis-server"):
        find_redis_program()


def test_a_folder_that_cannot_be_made_is_replaced_by_that_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tests.support.servers.tools.ROOT", tmp_path)
    monkeypatch.setenv("TOOLS_CACHE", str(tmp_path / "file/tools"))
    assert tools() == tmp_path / ".tools"


def test_that_there_is_none_is_remembered() -> None:
    asked: list[str] = []

    @remembered
    def find() -> str:
        asked.append("once")
        raise NoProgramError("none")

    for _ in range(2):
        with pytest.raises(NoProgramError, match="none"):
            find()
    assert asked == ["once"]
