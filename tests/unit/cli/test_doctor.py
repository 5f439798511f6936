"""What `doctor` finds, and how it says to mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from enterprise_service.bootstrap import open_store
from enterprise_service.follow.checkpointing import seal
from enterprise_service.settings import read_settings
from tests.support.command_line import Machine
from tests.support.fake_service import fake_service
from tests.support.programs import free_port


@pytest.fixture
def loaded(machine: Machine) -> Machine:
    machine.load()
    machine.environment["PORT"] = str(free_port())
    return machine


def findings(machine: Machine, about: str, **environment: str) -> list[dict[str, Any]]:
    found = machine("doctor", "-o", "json", **environment).fields()["findings"]
    return [finding for finding in found if finding["about"] == about]


def finding(machine: Machine, about: str, **environment: str) -> dict[str, Any]:
    (only,) = findings(machine, about, **environment)
    return only


def change_store(machine: Machine, statement: str) -> None:
    with closing(sqlite3.connect(machine.store)) as connection, connection:
        connection.execute(statement)


def write_checkpoint(machine: Machine) -> None:
    with open_store(read_settings({"SQLITE_PATH": str(machine.store)}), writes=True) as opened:
        opened.store.checkpoints.write(seal(opened.follower.catch_up().state, opened.keyring))


def test_a_machine_that_is_well_has_nothing_to_mend(loaded: Machine) -> None:
    ended = loaded("doctor")
    assert (ended.code, "MEND" in ended.out) == (0, False)
    assert ended.out.splitlines()[0].split() == ["HOST", "127.0.0.1", "default"]


def test_settings_are_shown_with_where_they_come_from(loaded: Machine) -> None:
    fields = loaded("doctor", "-o", "json", LOG_LEVEL="ERROR").fields()
    assert set(fields) == {"fine", "settings", "findings"}
    assert {"name": "LOG_LEVEL", "value": "ERROR", "origin": "environment"} in fields["settings"]


def test_every_bad_setting_is_shown(machine: Machine) -> None:
    found = findings(machine, "settings", PORT="x", LOG_LEVEL="loud")
    assert [finding["says"].split()[0] for finding in found] == ["`PORT`", "`LOG_LEVEL`"]
    assert not any(finding["fine"] for finding in found)


def test_a_store_that_is_not_there_yet_is_no_trouble(machine: Machine) -> None:
    assert "isn't there yet" in finding(machine, "store")["says"]
    assert not machine.store.parent.exists()


def test_the_whole_chain_is_checked(loaded: Machine) -> None:
    assert finding(loaded, "chain") == {
        "about": "chain",
        "fine": True,
        "says": "all 3 changes verify",
        "mend": None,
    }
    write_checkpoint(loaded)
    change_store(loaded, "UPDATE policy_log SET body = CAST(body || ' ' AS BLOB) WHERE revision = 2")
    broken = finding(loaded, "chain")
    assert (broken["fine"], broken["says"]) == (False, "revision 2 of the log doesn't verify")
    assert "backup" in broken["mend"]
    assert loaded("doctor").code == 1


def test_the_newest_checkpoint_is_checked(loaded: Machine) -> None:
    assert "none yet" in finding(loaded, "checkpoint")["says"]
    write_checkpoint(loaded)
    assert finding(loaded, "checkpoint")["says"] == "the newest is of revision 3"
    change_store(loaded, "UPDATE checkpoints SET chain = mac")
    assert (finding(loaded, "checkpoint")["fine"], finding(loaded, "chain")["fine"]) == (False, True)


def test_secrets_that_others_may_read_are_told(loaded: Machine) -> None:
    loaded.secret.chmod(0o644)
    ended = loaded("doctor")
    assert ended.code == 1
    assert f"others than its owner may use `{loaded.secret}`" in ended.out
    assert f"mend: chmod 600 '{loaded.secret}'" in ended.out


def test_another_program_at_the_port_is_told(loaded: Machine) -> None:
    with fake_service() as stranger:
        found = finding(loaded, "address", PORT=stranger.url.rpartition(":")[2])
    assert (found["fine"], "can't be used: address already in use" in found["says"]) == (False, True)
    assert found["mend"] == "set `PORT` to another, or stop the other program"


@pytest.mark.parametrize(
    ("environment", "fine", "says"),
    [
        ({"HOST": "192.0.2.1"}, False, "can't be used"),
        ({"HOST": "no-such-host.invalid"}, False, "is no address of this machine"),
        ({"UNIX_SOCKET": "/nowhere/s"}, False, "there is no folder for the socket"),
        ({"UNIX_SOCKET": "/tmp/s"}, True, "the socket is `/tmp/s`"),  # noqa: S108 - nothing is made there
    ],
)
def test_the_address_is_looked_at(loaded: Machine, environment: dict[str, str], fine: bool, says: str) -> None:  # noqa: FBT001
    found = finding(loaded, "address", **environment)
    assert (found["fine"], says in found["says"]) == (fine, True)


@pytest.mark.parametrize(
    ("versions", "says"),
    [
        ({"casbin": "1.43.0", "pycasbin": "2.8.0"}, "`casbin` 1.43.0 is installed and overwrites `pycasbin`"),
        ({}, "`pycasbin` isn't installed"),
    ],
)
def test_the_distributions_of_casbin_are_looked_at(
    loaded: Machine, monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], says: str
) -> None:
    monkeypatch.setattr("enterprise_service.cli.machine._installed", versions.get)
    found = finding(loaded, "casbin")
    assert (found["fine"], found["says"]) == (False, says)


@pytest.fixture
def _full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    class Usage:
        free = 100 * 2**20

    with monkeypatch.context() as patched:
        patched.setattr("enterprise_service.cli.machine.shutil.disk_usage", lambda _: Usage)
        yield


@pytest.mark.usefixtures("_full_disk")
def test_a_disk_that_is_nearly_full_is_told(loaded: Machine) -> None:
    found = finding(loaded, "disk")
    assert (found["fine"], found["says"].split(" for ")[0]) == (False, "100 MiB free")


def test_a_model_that_cannot_be_used_is_told(loaded: Machine) -> None:
    (loaded.write(keeper="") / "model.conf").write_text("[matchers]\nm = true\n")
    found = finding(loaded, "model", POLICY_DIR=str(loaded.folder / "files"))
    assert (found["fine"], "of the model" in found["says"]) == (False, True)
