"""`enterprise-service serve` as an operator has it: how it starts, what it refuses, what it writes, how it ends."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.fake_service import fake_service
from tests.support.programs import COMMAND, ROOT, Program, environment, free_port

ASKED = ("dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "enterprise.db"


def command(store: Path, *words: object, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *map(str, words)],
        env=environment(SQLITE_PATH=store, **settings),
        capture_output=True,
        text=True,
        check=False,
    )


def load(store: Path) -> None:
    assert command(store, "policy", "load", ROOT / "policies").returncode == 0
    assert command(store, "policy", "load", ROOT / "policies/samples/tenants", "--unmanaged").returncode == 0


@contextmanager
def serving(store: Path, *words: str, **settings: object) -> Iterator[Program]:
    with Program((COMMAND, "serve", *words), {"SQLITE_PATH": store, "WEB_CONCURRENCY": 1, **settings}) as program:
        program.wait_for(lambda line: "Started server process" in line)
        yield program


def refused(store: Path, *words: str, **settings: object) -> tuple[int, list[str]]:
    with Program((COMMAND, "serve", *words), {"SQLITE_PATH": store, **settings}) as program:
        code = program.end()
        assert program.is_gone()
    return code, [line for line in program.lines if not line.startswith("{")]


def check(store: Path, url: str, *words: object) -> tuple[int, str]:
    done = command(store, "check", *ASKED, "--url", url, *words)
    return done.returncode, done.stdout.split("\n")[0] or done.stderr


# --- starting and ending --------------------------------------------------------------------------------------------


def test_a_first_start_makes_a_store_that_is_ready_and_denies(store: Path) -> None:
    port = free_port()
    with serving(store, "--port", str(port)) as program:
        assert check(store, f"http://127.0.0.1:{port}") == (1, "DENY")
        program.signal(signal.SIGTERM)
        assert program.end() == 0
        assert program.is_gone()
    made = {file.name: stat.S_IMODE(file.stat().st_mode) for file in store.parent.iterdir()}
    assert made == {"enterprise.db": 0o600, "service.secret": 0o600, "bootstrap.key": 0o600}
    records = json.loads(command(store, "policy", "export", "--format", "json").stdout)
    assert records["revision"] == 1
    assert {role["id"] for role in records["records"]["role"]} == {
        "platform-admin",
        "organization-admin",
        "clinic-admin",
        "auditor",
        "decision-client",
    }


def test_a_load_reaches_the_running_service_by_itself(store: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serving(store, PORT=port):
        assert check(store, url) == (1, "DENY")
        load(store)
        until = time.monotonic() + 5
        while check(store, url) != (0, "ALLOW"):
            assert time.monotonic() < until
        assert check(store, url, "--at-least", "3") == (0, "ALLOW")
        assert check(store, url, "--at-least", "4")[0] == 3


def test_ctrl_c_ends_it_well(store: Path) -> None:
    with serving(store, PORT=free_port()) as program:
        program.signal_all(signal.SIGINT)
        assert program.end() == 0
        assert program.is_gone()


def test_it_listens_at_a_unix_socket(store: Path, tmp_path: Path) -> None:
    load(store)
    path = tmp_path / "s"
    body = json.dumps({"sub": "dr.lee", "dom": "bright-harbor", "obj": "/patients/42/chart", "act": "read"})
    curl = ["curl", "-sS", "--unix-socket", os.fspath(path), "-H", "Content-Type: application/json", "-d", body]
    with serving(store, UNIX_SOCKET=path, DECISION_AUTH="none"):
        done = subprocess.run([*curl, "http://x/authorize"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"allowed": True, "revision": 3}


def test_secrets_may_come_from_files(store: Path, tmp_path: Path) -> None:
    for name in ("secret", "key"):
        (tmp_path / name).write_text(f"{name}-of-the-tests-which-is-long-enough\n")
    files = {"SERVICE_SECRET_FILE": tmp_path / "secret", "BOOTSTRAP_API_KEY_FILE": tmp_path / "key"}
    port = free_port()
    with serving(store, PORT=port, **files):
        assert [file.name for file in store.parent.iterdir() if file.suffix in (".secret", ".key")] == []
        done = command(store, "check", *ASKED, "--url", f"http://127.0.0.1:{port}", **files)
        assert (done.returncode, done.stderr) == (1, "")
        assert check(store, f"http://127.0.0.1:{port}")[0] == 4


# --- planes ---------------------------------------------------------------------------------------------------------


def digest(store: Path) -> Mapping[str, tuple[int, int]]:
    return {file.name: (file.stat().st_size, file.stat().st_mtime_ns) for file in store.parent.iterdir()}


def test_a_process_that_only_decides_writes_nothing(store: Path) -> None:
    load(store)
    command(store, "check", *ASKED)
    before, port = digest(store), free_port()
    with serving(store, PORT=port, PLANE="decision", DECISION_AUTH="none"):
        assert check(store, f"http://127.0.0.1:{port}") == (0, "ALLOW")
    assert digest(store) == before


def test_a_process_that_only_decides_follows_what_others_write(store: Path) -> None:
    assert command(store, "policy", "load", ROOT / "policies").returncode == 0
    port = free_port()
    with serving(store, PORT=port, PLANE="decision", DECISION_AUTH="none"):
        assert check(store, f"http://127.0.0.1:{port}") == (1, "DENY")
        load(store)
        assert check(store, f"http://127.0.0.1:{port}", "--at-least", "3") == (0, "ALLOW")


def test_a_process_that_only_manages_does_not_decide(store: Path) -> None:
    port = free_port()
    with serving(store, PORT=port, PLANE="management"):
        code, said = check(store, f"http://127.0.0.1:{port}")
    assert (code, "404 not_found" in said) == (3, True)


# --- what it refuses, a line for each reason ------------------------------------------------------------------------


def test_bad_settings_are_refused_with_a_line_for_each(store: Path) -> None:
    code, lines = refused(store, PORT="x", LOG_LEVEL="loud", MONGODB_URI="mongo://user:hunter2@x")
    assert code == 2
    assert [line.split()[1] for line in lines] == ["`PORT`", "`MONGODB_URI`", "`LOG_LEVEL`"]
    assert "hunter2" not in "".join(lines)
    assert not store.parent.exists()


def test_decisions_for_everybody_are_refused(store: Path) -> None:
    code, lines = refused(store, "--host", "0.0.0.0", "--decision-auth", "none")  # noqa: S104 - it must not
    assert (code, len(lines)) == (2, 1)
    assert lines[0].startswith("error: `DECISION_AUTH` may be `none` only at loopback or a Unix socket")


def test_a_port_that_is_taken_is_told(store: Path) -> None:
    with fake_service() as stranger:
        port = stranger.url.rpartition(":")[2]
        assert refused(store, PORT=port) == (3, [f"error: cannot listen at `127.0.0.1:{port}`: it is taken"])


def test_a_file_that_is_no_store_is_told(store: Path) -> None:
    store.parent.mkdir()
    store.with_name("service.secret").write_text("a secret of some length\n")
    store.write_bytes(b"no database" * 100)
    code, (line,) = refused(store)
    assert (code, line.startswith(f"error: the policy store `{store}` is no SQLite file")) == (3, True)


def test_a_store_whose_secret_is_gone_is_told(store: Path) -> None:
    load(store)
    store.with_name("service.secret").unlink()
    code, (line,) = refused(store)
    assert code == 3
    assert line.endswith("put that file back, or set `SERVICE_SECRET` to what it was")


def test_a_store_that_another_secret_signed_is_told(store: Path) -> None:
    load(store)
    code, (line,) = refused(store, SERVICE_SECRET="another secret of the tests")
    assert (code, "revision 1 of the log doesn't verify" in line, "another `SERVICE_SECRET`" in line) == (3, True, True)


def test_a_model_that_is_not_decided_is_told(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    text = (ROOT / "policies/model.conf").read_text().replace('p.sub != "" && ', "")
    (folder / "model.conf").write_text(text)
    code, (line,) = refused(store, POLICY_DIR=folder)
    assert (code, "the matcher lacks the clause" in line) == (2, True)


def test_a_process_that_only_decides_makes_no_store(store: Path) -> None:
    code, (line,) = refused(store, PLANE="decision")
    assert (code, line) == (3, f"error: there is no policy store `{store}`")
    assert not store.parent.exists()


# --- the log --------------------------------------------------------------------------------------------------------


def test_the_log_is_json_says_what_is_dangerous_and_has_no_secret(store: Path) -> None:
    port, key = free_port(), "key-" + "k" * 40
    settings = {"PORT": port, "BOOTSTRAP_API_KEY": key, "SERVICE_SECRET": "secret-" + "s" * 40}
    with serving(store, DECISION_AUTH="none", DRAIN_SECONDS=1, **settings) as program:
        command(store, "check", *ASKED, "--url", f"http://127.0.0.1:{port}", **settings)
        program.signal(signal.SIGTERM)
        assert program.end() == 0
    lines = [json.loads(line) for line in program.lines]
    assert all(list(line)[:4] == ["time", "level", "logger", "message"] for line in lines)
    warnings = [line["message"] for line in lines if line["level"] == "WARNING"]
    assert warnings == [
        "the bootstrap key is valid: whoever has it may do everything; it is in `BOOTSTRAP_API_KEY`",
        "`DRAIN_SECONDS` has no effect in this version, which stops as soon as it is told to",
        "decisions need no credential, since `DECISION_AUTH` is `none`",
    ]
    assert [line for line in lines if line["level"] == "ERROR"] == []
    assert key not in "".join(program.lines)
    assert "s" * 40 not in "".join(program.lines)


def test_a_first_start_without_its_mongodb_ends_so_that_it_is_tried_again(store: Path) -> None:
    there = {"MONGODB_URI": f"mongodb://user:hunter2@127.0.0.1:{free_port()}/enterprise", "SERVICE_SECRET": "s" * 32}
    code, lines = refused(store, LOCAL_COPY=str(store.with_name("policy.copy")), **there)
    assert (code, len(lines)) == (3, 1)
    assert "the policy store can't be used now" in lines[0]
    assert "hunter2" not in lines[0]
