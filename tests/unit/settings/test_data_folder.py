from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from enterprise_policy.errors import StoreRefusedError
from enterprise_service.data_folder import DataFolder

MAKE = """
import sys
from pathlib import Path
from enterprise_service.data_folder import DataFolder
sys.stdin.read(1)
folder = DataFolder(Path(sys.argv[1]))
print(*(secret.reveal() for secret in folder.service_secrets(make=True)), folder.bootstrap_key(make=True).reveal())
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "enterprise.db"


def test_secrets_are_made_once_for_their_owner_alone(store: Path) -> None:
    folder = DataFolder(store)
    (secret,), key = folder.service_secrets(make=True), folder.bootstrap_key(make=True)
    assert key is not None
    assert len(secret.reveal()) == len(key.reveal()) == 64
    assert secret != key
    assert folder.service_secrets(make=True) == (secret,)
    assert folder.bootstrap_key(make=False) == key
    assert {stat.S_IMODE(file.stat().st_mode) for file in store.parent.iterdir()} == {0o600}
    assert sorted(file.name for file in store.parent.iterdir()) == ["bootstrap.key", "service.secret"]
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700


def test_nothing_is_made_that_was_not_asked_for(store: Path) -> None:
    folder = DataFolder(store)
    assert folder.bootstrap_key(make=False) is None
    with pytest.raises(StoreRefusedError, match="there is no policy store"):
        folder.service_secrets(make=False)
    assert not store.parent.exists()


def test_a_store_whose_secret_is_gone_gets_no_other_one(store: Path) -> None:
    store.parent.mkdir()
    store.write_bytes(b"entries")
    with pytest.raises(StoreRefusedError, match=r"`service\.secret` beside it; put that file back"):
        DataFolder(store).service_secrets(make=True)
    assert [file.name for file in store.parent.iterdir()] == [store.name]


def test_each_line_is_a_secret(store: Path) -> None:
    store.parent.mkdir()
    (store.parent / "service.secret").write_text("the new one\n\n the old one \n")
    found = DataFolder(store).service_secrets(make=False)
    assert [secret.reveal() for secret in found] == ["the new one", "the old one"]


def test_an_empty_secret_is_refused(store: Path) -> None:
    store.parent.mkdir()
    (store.parent / "service.secret").write_text("\n")
    with pytest.raises(StoreRefusedError, match="is empty"):
        DataFolder(store).service_secrets(make=True)


def test_a_folder_that_cannot_be_made_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreRefusedError, match=r"service\.secret` can't be read or made: not a directory"):
        DataFolder(tmp_path / "file" / "enterprise.db").service_secrets(make=True)


def test_processes_that_make_secrets_at_once_agree(store: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE, os.fspath(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("g")
        process.stdin.close()
    said = set()
    for process in processes:
        assert process.stdout is not None
        said.add(process.stdout.read())
        process.stdout.close()
        assert process.wait(30) == 0
    assert len(said) == 1
    assert len(said.pop().split()) == 2
    assert sorted(file.name for file in store.parent.iterdir()) == ["bootstrap.key", "service.secret"]
