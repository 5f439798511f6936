"""The promises of ``PolicyFiles``, on folders of a disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from enterprise_adapters.policy_files import DiskPolicyFiles
from enterprise_policy.errors import InvalidRequestError, NotFoundError
from tests.support.store_process import NOBODY


def fill(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def read(path: Path) -> dict[str, str]:
    return {file.path: file.text for file in DiskPolicyFiles(path).read()}


def test_yaml_files_of_all_folders_in_the_order_of_their_paths(tmp_path: Path) -> None:
    """PolicyFiles 1: by either ending and by no other."""
    wanted = ["catalogue.yaml", "roles/a.yaml", "roles/b.yml", "roles/deep/er/c.yaml", "tenants/a.yaml"]
    fill(tmp_path, {name: f"kind: {name}" for name in reversed(wanted)})
    fill(tmp_path, dict.fromkeys(["model.conf", "roles/a.yaml.bak", "roles/yaml", "roles/a.YAML", "a.json"], "no"))
    files = DiskPolicyFiles(tmp_path).read()
    assert [(file.path, file.text) for file in files] == [(f"{tmp_path}/{name}", f"kind: {name}") for name in wanted]


def test_paths_are_as_a_person_would_type_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PolicyFiles 1: relative to where he is, when he named the folder so."""
    fill(tmp_path, {"policies/roles/a.yaml": ""})
    monkeypatch.chdir(tmp_path)
    assert list(read(Path("policies"))) == ["policies/roles/a.yaml"]
    monkeypatch.chdir(tmp_path / "policies")
    assert list(read(Path())) == ["roles/a.yaml"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    """PolicyFiles 2: but not a hidden folder that was named itself."""
    fill(tmp_path / ".policies", {".a.yaml": "", ".git/b.yaml": "", "roles/.c.yaml": "", "d.yaml": ""})
    assert list(read(tmp_path / ".policies")) == [f"{tmp_path}/.policies/d.yaml"]


@pytest.mark.parametrize("target", ["../outside/a.yaml", "../outside", "../policies-2", "/etc"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    """PolicyFiles 2: of files and of folders, by the name of the link."""
    for folder in ("outside", "policies-2", "policies/roles"):
        fill(tmp_path / folder, {"a.yaml": "secret"})
    link = tmp_path / "policies" / "link.yaml"
    link.symlink_to(target)
    with pytest.raises(InvalidRequestError, match="leads out") as raised:
        DiskPolicyFiles(tmp_path / "policies").read()
    assert [fault.pointer for fault in raised.value.faults] == [str(link)]


def test_links_inside_are_followed_as_mounted_configuration_has_them(tmp_path: Path) -> None:
    """PolicyFiles 2: Kubernetes mounts files as links into a hidden folder, through a hidden link."""
    fill(tmp_path / "..2026_01_31", {"a.yaml": "a", "roles/b.yaml": "b"})
    (tmp_path / "..data").symlink_to("..2026_01_31")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    (tmp_path / "roles").symlink_to("..data/roles")
    assert read(tmp_path) == {f"{tmp_path}/a.yaml": "a", f"{tmp_path}/roles/b.yaml": "b"}


@pytest.mark.parametrize("target", [".", "../roles", "nowhere", "loop"])
def test_links_that_never_end_are_refused(tmp_path: Path, target: str) -> None:
    """PolicyFiles 2, 3: those to a folder above, to nothing and to themselves."""
    fill(tmp_path, {"roles/a.yaml": ""})
    (tmp_path / "roles" / "loop").symlink_to(target)
    with pytest.raises(InvalidRequestError, match=f"{tmp_path}/roles/loop`"):
        DiskPolicyFiles(tmp_path).read()


@pytest.mark.parametrize("content", [b"name: \xff", b"\xff\xfea\x00", b"\xed\xa0\x80", b"ok\nbut: \xc3"])
def test_a_file_that_is_no_utf8_is_named(tmp_path: Path, content: bytes) -> None:
    """PolicyFiles 3: with where it goes wrong; no file at all is given."""
    fill(tmp_path, {"a.yaml": "fine"})
    (tmp_path / "b.yaml").write_bytes(content)
    with pytest.raises(InvalidRequestError, match=r"b\.yaml`: isn't text in UTF-8 \(the byte at \d+ is wrong\)"):
        DiskPolicyFiles(tmp_path).read()


def test_text_is_given_untouched(tmp_path: Path) -> None:
    """PolicyFiles 3: line ends and marks included, so that places in it can be counted."""
    text = "\ufeffa: 1\r\nb: é\n\rc: \U0001f600\x00"
    fill(tmp_path, {"a.yaml": text})
    assert list(read(tmp_path).values()) == [text]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """PolicyFiles 3: what is no regular file can't be read."""
    os.mkfifo(tmp_path / "a.yaml")
    for path in (tmp_path, tmp_path / "a.yaml"):
        with pytest.raises(InvalidRequestError, match="no regular file"):
            DiskPolicyFiles(path).read()


def test_a_name_that_is_no_utf8_can_be_shown(tmp_path: Path) -> None:
    """PolicyFiles 3: an error about such a file is printable."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml"))
    path.write_bytes(b"\xff")
    with pytest.raises(InvalidRequestError) as raised:
        DiskPolicyFiles(tmp_path).read()
    assert rf"{tmp_path}/\udcff.yaml" in raised.value.detail.encode().decode()


READ_AS_NOBODY = """
import os, sys
from pathlib import Path
from enterprise_adapters.policy_files import DiskPolicyFiles
from enterprise_policy.errors import EnterpriseError
if os.geteuid() == 0:
    os.setuid(int(sys.argv[2]))
try:
    DiskPolicyFiles(Path(sys.argv[1])).read()
except EnterpriseError as error:
    print(error.code, error.detail)
"""


@pytest.mark.parametrize(
    ("locked", "asked"),
    [("roles/a.yaml", ""), ("roles", ""), ("", ""), ("", "roles"), ("roles/a.yaml", "roles/a.yaml")],
)
def test_what_may_not_be_read_is_named(open_folder: Path, locked: str, asked: str) -> None:
    """PolicyFiles 3: a file or a folder; never passed over in silence."""
    fill(open_folder, {"roles/a.yaml": "", "tenants/b.yaml": ""})
    (open_folder / locked).chmod(0o000)
    command = [sys.executable, "-c", READ_AS_NOBODY, str(open_folder / asked), str(NOBODY)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (open_folder / locked).chmod(0o700)
    assert said.startswith("invalid_request `")
    assert "can't be read: permission denied" in said
    assert str(open_folder / (locked or asked)) in said


def test_a_name_that_no_file_can_have_is_named(tmp_path: Path) -> None:
    """PolicyFiles 3: whatever the system says about it."""
    with pytest.raises(InvalidRequestError, match="can't be read: file name too long"):
        DiskPolicyFiles(tmp_path / ("x" * 300)).read()


@pytest.mark.parametrize("name", ["nowhere", "nowhere/a.yaml", "a.yaml/b.yaml"])
def test_a_folder_or_file_that_does_not_exist_is_not_found(tmp_path: Path, name: str) -> None:
    """PolicyFiles 4: by the name that was given."""
    fill(tmp_path, {"a.yaml": ""})
    with pytest.raises(NotFoundError, match=f"`{tmp_path}/{name}`"):
        DiskPolicyFiles(tmp_path / name).read()


@pytest.mark.parametrize("name", ["a.yaml", ".hidden.yml", "policy.txt"])
def test_a_single_file_is_read_whatever_its_name(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name: "text", "other.yaml": ""})
    assert read(tmp_path / name) == {f"{tmp_path}/{name}": "text"}


def test_a_folder_without_policy_files_gives_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
