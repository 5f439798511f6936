"""The service in a command's own process: the same paths, the owner as the caller, nothing that others could reach."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from enterprise_policy.errors import StoreRefusedError
from enterprise_service.bootstrap import management, tools
from enterprise_service.cli.transport import Call, Reply, Transport
from enterprise_service.settings import read_settings
from tests.support.sample_policy import EDITS, commit, settings_of


def posted(transport: Transport, path: str, fields: Mapping[str, object]) -> Reply:
    headers = {"Content-Type": "application/json"}
    return transport.send(Call(method="POST", target=path, headers=headers, body=json.dumps(fields).encode()))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    commit(tmp_path, *EDITS)
    return {name: str(value) for name, value in settings_of(tmp_path).items()}


def test_the_owner_of_the_store_manages_it_without_a_credential(environment: dict[str, str]) -> None:
    with management(read_settings(environment)) as transport:
        made = posted(transport, "/api/v1/organizations", {"id": "acme", "name": "Acme"})
        assert made.status == 201
        revision = int(made.headers["x-policy-revision"])
        change = json.loads(transport.send(Call(method="GET", target=f"/api/v1/changes/{revision}")).body)
        assert (change["actor"], change["credential"]) == ("system:local", "local")
    with management(read_settings(environment)) as transport:
        assert transport.send(Call(method="GET", target="/api/v1/organizations/acme")).status == 200


def test_it_works_on_whatever_the_plane_of_this_machine_is(environment: dict[str, str]) -> None:
    for plane in ("decision", "management"):
        with management(read_settings({**environment, "PLANE": plane})) as transport:
            assert transport.send(Call(method="GET", target="/api/v1/organizations")).status == 200


def test_it_decides_at_once(environment: dict[str, str]) -> None:
    with management(read_settings(environment)) as transport:
        question = {"sub": "dr.lee", "dom": "c1", "obj": "/patients/42/chart", "act": "read"}
        assert json.loads(posted(transport, "/authorize", question).body)["allowed"] is True


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    elsewhere = {name: str(value) for name, value in settings_of(tmp_path / "mistaken").items()}
    with pytest.raises(StoreRefusedError, match="there is no policy store"), management(read_settings(elsewhere)):
        pass
    assert not (tmp_path / "mistaken").exists()


def test_no_thread_is_left_behind(environment: dict[str, str]) -> None:
    before = set(threading.enumerate())
    with management(read_settings(environment)) as transport:
        assert transport.send(Call(method="GET", target="/health/readiness")).status in {200, 503}
        assert set(threading.enumerate()) == before


def test_commands_find_it_among_their_tools(environment: dict[str, str]) -> None:
    assert tools(environment).management is management
