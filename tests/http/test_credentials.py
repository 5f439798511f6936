"""Who may ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from enterprise_service.bootstrap import build_service
from enterprise_service.http.app import create_app
from enterprise_service.settings import read_settings
from tests.support.sample_policy import ALLOWED, AUTHORIZED, KEY, REASONS, settings_of
from tests.support.ways import InProcess, Way, our_server, wsgi_server

WRONG = {
    "another key": f"Bearer {KEY[:-1]}x",
    "a longer key": f"Bearer {KEY}x",
    "a shorter key": f"Bearer {KEY[:-1]}",
    "no key": "Bearer ",
    "no scheme": KEY,
    "another scheme": f"Basic {KEY}",
    "a token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.",
    "empty": "",
    "upper case": f"Bearer {KEY.upper()}",
}


@pytest.mark.parametrize("target", ["/authorize", "/authorize/batch"])
def test_without_a_credential_nothing_is_answered(way: Way, target: str) -> None:
    reply = way.ask(target=target, headers={})
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert (reply.header("www-authenticate") or "").startswith("Bearer")


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_credential_is_told_nothing_more(way: Way, case: str) -> None:
    reply = way.ask(headers={"Authorization": WRONG[case]})
    assert (reply.status, reply.code) == (401, "unauthenticated")
    assert reply.fields["detail"] == way.ask(headers={}).fields["detail"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(way: Way, scheme: str) -> None:
    assert way.ask(headers={"Authorization": f"{scheme} {KEY}"}).status == 200


# --- no credential needed -------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["our server", "gunicorn", "in process"])
def open_way(request: pytest.FixtureRequest, folder: Path) -> Iterator[Way]:
    """A service that wants no credential for decisions."""
    settings = settings_of(folder, DECISION_AUTH="none")
    if request.param == "in process":
        with build_service(read_settings({name: str(value) for name, value in settings.items()})) as service:
            yield InProcess(create_app(service))
    else:
        with {"our server": our_server, "gunicorn": wsgi_server}[request.param](settings) as server:
            yield server


def test_anybody_may_ask_when_that_is_set(open_way: Way) -> None:
    assert open_way.ask(headers={}).fields["allowed"] is True


@pytest.mark.parametrize("code", REASONS)
def test_the_anonymous_see_the_code_of_a_reason_alone(open_way: Way, code: str) -> None:
    reply = open_way.ask({**REASONS[code][0], "explain": True}, headers={})
    assert reply.fields["reason"] == {"code": code}


def test_the_key_shows_the_whole_reason_there_too(open_way: Way) -> None:
    assert "permission" in open_way.ask({**ALLOWED, "explain": True}, headers=AUTHORIZED).fields["reason"]


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_credential_is_refused_even_where_none_is_needed(open_way: Way, case: str) -> None:
    reply = open_way.ask(headers={"Authorization": WRONG[case]})
    assert (reply.status, reply.code) == (401, "unauthenticated")
