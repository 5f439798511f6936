"""What the how-tos promise of a store holds."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from enterprise_policy.state.edits import Edit, create
from enterprise_policy.state.organization import Organization
from enterprise_service.administer.commit import Request
from enterprise_service.administer.scene import Author, Scene
from enterprise_service.bootstrap import writing
from enterprise_service.settings import Settings
from tests.support.command_line import POLICIES, ROOT, Machine
from tests.support.documents import document

ALLOWED = ("check", "dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")
AUTHOR = Author(actor="system:local", credential="local", request_id="test")


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    machine = Machine(tmp_path, capsys)
    machine.load()
    return machine


def chain_of(machine: Machine, **environment: str) -> str:
    """What `doctor` finds about the store and its chain."""
    findings = machine("doctor", "-o", "json", **environment).fields()["findings"]
    about = (found for found in findings if found["about"] in {"chain", "store"})
    return "; ".join(f"{'ok' if found['fine'] else 'bad'}: {found['says']}" for found in about)


# --- back up ---------------------------------------------------------------------------------------------------


def one_more(number: int, _scene: Scene) -> list[Edit]:
    return [create(Organization(id=f"o-{number}", name="One more"))]


@contextmanager
def writer(store: Path) -> Iterator[None]:
    """Somebody who changes the store all the time."""
    stop, written = Event(), Event()

    def write() -> None:
        with writing(Settings(sqlite_path=store)) as opened:
            for number in range(10_000):
                if stop.is_set():
                    return
                opened.commit(AUTHOR, Request(propose=partial(one_more, number)))
                written.set()

    thread = Thread(target=write)
    thread.start()
    try:
        assert written.wait(30)
        yield
    finally:
        stop.set()
        thread.join()


def backup_line(source: Path, target: Path) -> list[str]:
    """The line of Python that the page shows, with these paths."""
    page = document("docs/how-to/back-up-the-sqlite-store.md")
    (line,) = [block.text for block in page.blocks if block.text.startswith("python3 -c")]
    program = line.split('"')[1]
    assert line.split('"')[2].split() == ["/var/lib/enterprise/enterprise.db", "/backup/enterprise.db"]
    return [sys.executable, "-c", program, os.fspath(source), os.fspath(target)]


def test_a_backup_of_a_store_that_is_written_to_can_be_restored(machine: Machine, tmp_path: Path) -> None:
    copies = [tmp_path / f"copy-{number}.db" for number in range(5)]
    with writer(machine.store):
        for copy in copies:
            subprocess.run(backup_line(machine.store, copy), check=True)
    secret = machine.secret.read_text()
    for copy in copies:
        shutil.rmtree(machine.store.parent)
        machine.store.parent.mkdir()
        shutil.copy(copy, machine.store)
        machine.secret.write_text(secret)
        machine.secret.chmod(0o600)
        assert "changes verify" in chain_of(machine)
        assert machine(*ALLOWED).code == 0


def test_a_restored_store_without_its_secret_is_refused_and_the_secret_mends_it(machine: Machine) -> None:
    secret = machine.secret.read_text()
    machine.secret.unlink()
    assert machine(*ALLOWED).code == 3
    machine.secret.write_text(secret)
    assert machine(*ALLOWED).code == 0


# --- rotate the secret --------------------------------------------------------------------------------------------


def test_a_new_secret_signs_and_an_old_one_must_stay(machine: Machine, tmp_path: Path) -> None:
    old = machine.secret.read_text()
    both = tmp_path / "service.secrets"
    both.write_text(f"{secrets.token_hex(32)}\n{old}")
    rotated = {"SERVICE_SECRET_FILE": os.fspath(both)}
    role = machine.write(roles__keeper="kind: role\nid: keeper\n")
    assert machine("policy", "load", role, **rotated).code == 0
    assert "ok: all 4 changes verify" in chain_of(machine, **rotated)
    assert machine(*ALLOWED, **rotated).code == 0

    assert "bad: revision 4 of the log doesn't verify" in chain_of(machine)
    assert machine(*ALLOWED).code == 3
    new_alone = both.read_text().splitlines()[0]
    assert "bad: revision 1 of the log doesn't verify" in chain_of(machine, SERVICE_SECRET=new_alone)
    assert machine(*ALLOWED, SERVICE_SECRET=new_alone).code == 3


# --- Casbin -------------------------------------------------------------------------------------------------------


def exported(machine: Machine) -> Path:
    path = machine.folder / "policy.csv"
    ended = machine("policy", "export", "--format", "casbin")
    assert ended.code == 0
    path.write_text(ended.out)
    return path


def test_another_program_decides_by_an_export(machine: Machine) -> None:
    exported(machine)
    (machine.folder / "policies").symlink_to(POLICIES)
    (program,) = [b.text for b in document("docs/how-to/import-and-export-casbin.md").blocks if b.language == "python"]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=machine.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"
    denied = program.replace('"bright-harbor"', '"bright-downtown"')
    done = subprocess.run(
        [sys.executable, "-c", denied], cwd=machine.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_an_export_is_read_back_with_patterns_only(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    path = exported(machine)
    other = Machine(machine.folder / "other", capsys)
    assert other("policy", "validate", path).code == 2
    assert other("policy", "load", path, "--patterns", "--bundle", "from-casbin").code == 0
    assert other(*ALLOWED).code == 0
    assert other("check", "frank.desk", "read", "/patients/42/images", "-d", "bright-downtown").code == 1
    assert other("policy", "verify", "--questions", "200").code == 0


def test_a_plain_casbin_policy_is_imported_and_stays_reflexive(machine: Machine) -> None:
    path = machine.folder / "plain.csv"
    path.write_text("p, reader, acme, report, read\ng, ann, reader, acme\ng2, acme, platform\n")
    load = ("policy", "load", path, "--bundle", "from-casbin")
    assert machine(*load, "--dry-run").code == 0
    assert machine("check", "ann", "read", "report", "-d", "acme").code == 1
    assert machine(*load).code == 0
    for subject, code in (("ann", 0), ("reader", 0), ("eve", 1)):
        assert machine("check", subject, "read", "report", "-d", "acme").code == code


# --- policy in git ---------------------------------------------------------------------------------------------------


def test_a_bundle_is_changed_as_its_files_are(machine: Machine) -> None:
    folder = machine.write(roles__keeper="kind: role\nid: keeper\n", tests__a="kind: cases\ncases: []\n")
    load = ("policy", "load", folder, "--bundle", "mine")
    assert machine(*load).out.splitlines()[-1].endswith("1 created")
    again = machine(*load, "-o", "json").fields()
    assert (again["made"], again["edits"]) == (False, [])
    (folder / "roles" / "keeper.yaml").rename(folder / "roles" / "porter.yaml")
    (folder / "roles" / "porter.yaml").write_text("kind: role\nid: porter\n")
    edits = machine(*load, "-o", "json").fields()["edits"]
    assert [(edit["op"], edit["id"]) for edit in edits] == [("create", "porter"), ("delete", "keeper")]
    assert machine(*ALLOWED).code == 0


def test_three_checks_need_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path, capsys)
    policy = ROOT / "policies"
    for words in (("validate",), ("test",), ("verify", "--questions", "100")):
        command, *options = words
        assert machine("policy", command, policy, *options).code == 0
    assert not machine.store.exists()
