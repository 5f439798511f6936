"""Servers that tests start: what they keep, what they ask for, and that nothing of them stays."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError
from redis import Redis
from redis.exceptions import AuthenticationError, ConnectionError, RedisError  # noqa: A004 - the driver's own names

from tests.support.servers import MongoServer, RedisServer, mongo, redis
from tests.support.servers.certificates import make_certificates
from tests.support.servers.mongo_programs import Mongod, MongoOptions, Secantusd
from tests.support.servers.programs import RedisProgram
from tests.support.servers.server import PORTS, kept_port
from tests.support.servers.shared import described_mongodb, described_redis

ROOT = Path(__file__).parents[3]

STARTER = """\
import sys, time
from pathlib import Path
from tests.support.servers import RedisServer
server = RedisServer(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""
INSTALLER = """\
import sys
from pathlib import Path
from tests.support.servers.tools import run
run(["sh", "-c", "sleep 60 & echo $!; wait"], Path(sys.argv[1]))
"""
MONGOD = """\
#!{python}
import os, sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
words = ["--host", given["--bind_ip"], "--port", given["--port"], "--storage-path", given["--dbpath"]]
os.execv("{program}", ["{program}", *words, "--sync-on-commit"])
"""


def client_of(uri: str) -> MongoClient[dict[str, object]]:
    return MongoClient(uri, serverSelectionTimeoutMS=2_000, socketTimeoutMS=500)


@pytest.mark.mongodb
def test_what_is_acknowledged_outlives_a_kill_at_the_same_place(tmp_path: Path) -> None:
    with MongoServer(tmp_path) as server, client_of(server.uri) as client:
        uri, pid = server.uri, server.pid
        client.kept.things.insert_many({"_id": number} for number in range(100))
        server.kill()
        assert not server.is_running
        server.start()
        assert (server.uri, server.pid == pid) == (uri, False)
        assert client.kept.things.count_documents({}) == 100


@pytest.mark.mongodb
def test_a_server_that_stands_still_answers_nothing_until_it_goes_on(tmp_path: Path) -> None:
    with MongoServer(tmp_path) as server, client_of(server.uri) as client:
        assert client.admin.command("ping")
        server.suspend()
        with pytest.raises(PyMongoError):
            client.admin.command("ping")
        server.resume()
        assert client.admin.command("ping")


@pytest.mark.mongodb
def test_a_stopped_server_is_gone_and_can_be_started_by_another(tmp_path: Path) -> None:
    with MongoServer(tmp_path) as server:
        server.suspend()
        server.stop()
        assert not server.is_running
        with MongoServer(tmp_path, server.port) as other, client_of(other.uri) as client:
            assert client.admin.command("ping")


@pytest.mark.mongodb
def test_a_mongodb_with_users_asks_for_one(tmp_path: Path) -> None:
    with MongoServer(tmp_path) as first, client_of(first.uri) as client:
        client.admin.command("createUser", "reader", pwd="secret", roles=[{"role": "read", "db": "kept"}])
        first.stop()
        with MongoServer(tmp_path, first.port, auth=True) as server:
            with client_of(server.uri) as stranger, pytest.raises(OperationFailure):
                stranger.kept.things.find_one()
            uri = server.uri.replace("//", "//reader:secret@")
            assert "secret" not in described_mongodb(uri)
            with client_of(uri) as reader:
                assert reader.kept.things.find_one() is None
                with pytest.raises(OperationFailure):
                    reader.kept.things.insert_one({"_id": 1})


@pytest.mark.mongodb
def test_a_mongodb_with_certificates_speaks_tls_only(tmp_path: Path) -> None:
    with MongoServer(tmp_path, certificates=make_certificates(tmp_path / "tls")) as server:
        with client_of(server.uri) as client:
            assert client.admin.command("ping")
        with client_of(f"mongodb://127.0.0.1:{server.port}/") as plain, pytest.raises(ServerSelectionTimeoutError):
            plain.admin.command("ping")


@pytest.mark.mongodb
def test_a_mongod_on_the_path_is_started_with_its_own_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mongod"
    if mongo.mongo_program().is_mongod:
        program.symlink_to(mongo.mongo_program().path)
    else:
        program.write_text(MONGOD.format(python=sys.executable, program=mongo.mongo_program().path))
        program.chmod(0o755)
    monkeypatch.setattr(mongo, "mongo_program", lambda: Mongod(program, "8.0.4"))
    with MongoServer(tmp_path) as server, client_of(server.uri) as client:
        assert client.admin.command("ping")


def test_a_mongod_with_users_is_a_set_whose_members_know_each_other(tmp_path: Path) -> None:
    options = MongoOptions(folder=tmp_path / "data", port=1, auth=True)
    words = Mongod(Path("mongod"), "8.0.4").words(options)
    key = Path(words[words.index("--keyFile") + 1])
    assert "--auth" in words
    assert words[words.index("--replSet") + 1] == "rs0"
    assert key.stat().st_mode & 0o777 == 0o600


def test_no_compatible_server_is_started_that_may_lose_what_it_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(Secantusd):
        def words(self, options: MongoOptions) -> list[str]:
            return [word for word in super().words(options) if word != "--sync-on-commit"]

    monkeypatch.setattr(mongo, "mongo_program", lambda: Forgetful(Path("secantusd-rs"), "1"))
    with pytest.raises(RuntimeError, match="without --sync-on-commit"):
        MongoServer(tmp_path).start()


def test_a_redis_is_reached_only_with_its_password_and_by_tls(tmp_path: Path) -> None:
    with RedisServer(tmp_path, password="opens", certificates=make_certificates(tmp_path / "tls")) as server:
        assert "opens" not in described_redis(server.url)
        with Redis.from_url(server.url) as client:
            assert client.ping()
        with Redis.from_url(server.url.replace(":opens@", "")) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
        with Redis(port=server.port, socket_timeout=2) as plain, pytest.raises(RedisError):
            plain.ping()


def test_a_redis_keeps_its_place_and_nothing_else(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.kill()
        with pytest.raises(ConnectionError):
            client.ping()
        server.start()
        assert client.get("key") is None


def test_a_server_is_not_taken_for_another_at_its_port(tmp_path: Path) -> None:
    with RedisServer(tmp_path) as server, pytest.raises(RuntimeError, match="something listens at port"):
        RedisServer(tmp_path / "other", server.port).start()


def test_a_server_that_ends_at_once_tells_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho out of luck\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(redis, "redis_program", lambda: RedisProgram(path=program, name="redis-server 7"))
    server = RedisServer(tmp_path)
    with pytest.raises(RuntimeError, match="redis-server 7 ended at once; it said:\nout of luck"):
        server.start()
    assert not server.is_running


def test_servers_die_with_the_run_that_started_them(tmp_path: Path) -> None:
    words = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        pid = int(run.stdout.readline() if run.stdout else "")
        run.kill()
    assert is_gone(pid)


def test_an_installation_dies_with_its_run_and_all_that_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with subprocess.Popen([sys.executable, "-c", INSTALLER, str(log)], cwd=ROOT) as program:
        pid = said_in(log)
        program.kill()
    assert is_gone(pid)


def said_in(log: Path) -> int:
    """The number that an installation says."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if log.exists() and (found := re.search(r"^(\d+)$", log.read_text(), re.MULTILINE)):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError("it said nothing")


def is_gone(pid: int) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_no_client_is_given_the_port_of_a_server_that_is_away() -> None:
    assert kept_port() in PORTS
    assert max(PORTS) < 32_768  # where Linux begins to give ports to clients; others begin higher
