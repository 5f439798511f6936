"""API keys by each way in: made and revoked elsewhere, used here."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from enterprise_adapters.sqlite import Database, SqliteKeyUse
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.edits import create, delete
from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.http.edge.second_look import VAIN_SECONDS
from enterprise_service.settings import read_settings
from tests.support.keys import Issued, issued, key_text, keyring_of
from tests.support.sample_policy import ALLOWED, EDITS, commit, settings_of
from tests.support.ways import InProcess, Served, Way, our_server, wsgi_server

PROPAGATION_SECONDS = 1.0
"""Polls are at most a quarter of a second apart; the machine may be busy."""

TIMES = 12
"""So many connections reach every worker, most likely."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of these tests' own: they write to it."""
    folder = tmp_path_factory.mktemp("keys")
    commit(folder, *EDITS)
    return folder


@pytest.fixture(scope="module", params=["our server", "gunicorn", "in process"])
def way(request: pytest.FixtureRequest, folder: Path) -> Iterator[Way]:
    settings = settings_of(folder)
    if request.param == "in process":
        with build_service(read_settings({name: str(value) for name, value in settings.items()})) as service:
            yield InProcess(create_app(service))
    else:
        with {"our server": our_server, "gunicorn": wsgi_server}[request.param](settings) as server:
            yield server


def made(folder: Path, domain: str = "o1", *scopes: Scope) -> Issued:
    """A key that another process has made."""
    key = issued(domain, *scopes, keyring=keyring_of(folder))
    commit(folder, create(key.record))
    return key


def statuses(way: Way, headers: Mapping[str, str], fields: object = ALLOWED) -> set[int]:
    return {way.ask(fields, headers=headers).status for _ in range(TIMES)}


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PROPAGATION_SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_key_is_good_at_every_worker_as_soon_as_it_is_made(way: Way, folder: Path) -> None:
    time.sleep(VAIN_SECONDS)  # for a key that nobody has, which another test may have sent just now
    key = made(folder)
    assert statuses(way, key.authorized) == {200}
    assert statuses(way, key.authorized, {**ALLOWED, "dom": "nowhere"}) == {403}


def test_a_revoked_key_is_worth_nothing_at_every_worker(way: Way, folder: Path) -> None:
    key = made(folder)
    eventually(lambda: statuses(way, key.authorized) == {200})
    commit(folder, delete(key.record))
    eventually(lambda: way.ask(headers=key.authorized).status == 401)
    time.sleep(PROPAGATION_SECONDS)
    assert statuses(way, key.authorized) == {401}


def test_a_key_that_nobody_has_is_refused_like_any_credential(way: Way) -> None:
    reply, nothing = (way.ask(headers={"Authorization": f"Bearer {given}"}) for given in (key_text(), "nothing"))
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert {**reply.fields, "request_id": ""} == {**nothing.fields, "request_id": ""}


def test_no_answer_tells_the_key(way: Way, folder: Path) -> None:
    key = made(folder, "c2")
    eventually(lambda: statuses(way, key.authorized) == {403})
    answers = [
        way.ask(headers=key.authorized),
        way.ask({}, headers=key.authorized),
        way.ask({**ALLOWED, "at_least": 2**50}, headers=key.authorized),
        way.ask(headers={"Authorization": f"Bearer {key.text}0"}),
        way.ask(headers={"Authorization": key.text}),
        way.send("GET", "/authorize", [*key.authorized.items()]),
        way.send("GET", "/nowhere", [*key.authorized.items()]),
    ]
    assert [reply.status for reply in answers] == [403, 400, 403, 401, 401, 405, 404]
    for reply in answers:
        assert key.text[-64:] not in repr(reply)


# --- what is left behind ----------------------------------------------------------------------------------


def used_at(folder: Path, key: Issued) -> int | None:
    """When ``key`` was used, as the store knows it."""
    database = Database(folder / "enterprise.db", make=False)
    with closing(database):
        return SqliteKeyUse(database).last_used([key.record.id]).get(key.record.id)


def ended(server: Served) -> str:
    """All that ``server`` has said until its end."""
    server.program.signal(signal.SIGTERM)
    assert server.program.end() == 0
    return "\n".join(server.program.lines)


def test_the_use_of_a_key_is_kept_and_the_key_is_in_no_line(folder: Path) -> None:
    key, now = made(folder), time.time_ns() // 1_000
    with our_server(settings_of(folder, LOG_LEVEL="DEBUG"), workers=1) as server:
        assert server.ask(headers=key.authorized).status == 200
        assert server.ask({}, headers=key.authorized).status == 400
        assert server.ask(headers={"Authorization": f"Bearer {key.text}x"}).status == 401
        said = ended(server)
    used = used_at(folder, key)
    assert used is not None
    assert now <= used <= time.time_ns() // 1_000
    assert key.text[-64:] not in said
    assert key.record.hash not in said


def test_where_nothing_is_written_no_use_is_either(folder: Path) -> None:
    key = made(folder)
    with our_server(settings_of(folder, PLANE="decision"), workers=1) as server:
        assert server.ask(headers=key.authorized).status == 200
        ended(server)
    assert used_at(folder, key) is None


def test_the_store_of_another_is_told_of_a_use_after_a_while(folder: Path) -> None:
    key = made(folder)
    with our_server(settings_of(folder), workers=1) as server:
        assert server.ask(headers=key.authorized).status == 200
        until = time.monotonic() + 10
        while used_at(folder, key) is None:
            assert time.monotonic() < until
            time.sleep(0.1)
