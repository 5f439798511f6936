"""What a command shows to a service, and to which."""

from __future__ import annotations

from pathlib import Path

import pytest

from enterprise_service.cli.transport import Reply
from tests.support.command_line import Machine
from tests.support.fake_service import FakeService

ASKED = ("check", "dr.lee", "read", "/patients/42/chart", "-d", "bright-harbor")
ANSWER = {"results": [{"allowed": True, "reason": {"code": "allowed_by_permission"}}], "revision": 3}
KEY = "k" * 40


def shown(machine: Machine, service: FakeService, **environment: str) -> str | None:
    service.answer(200, ANSWER)
    assert machine(*ASKED, "--url", service.url, **environment).code == 0
    return service.seen[-1].headers.get("Authorization")


def test_the_key_of_the_environment_is_shown(machine: Machine, service: FakeService) -> None:
    assert shown(machine, service, ENTERPRISE_SERVICE_KEY=KEY) == f"Bearer {KEY}"


def test_the_key_may_be_in_a_file(machine: Machine, service: FakeService, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert shown(machine, service, ENTERPRISE_SERVICE_KEY_FILE=str(file)) == f"Bearer {KEY}"


def test_a_service_on_this_machine_is_shown_the_key_of_its_data_folder(machine: Machine, service: FakeService) -> None:
    machine.store.parent.mkdir()
    machine.store.with_name("bootstrap.key").write_text(f"{KEY}\n")
    assert shown(machine, service) == f"Bearer {KEY}"
    assert shown(machine, service, ENTERPRISE_SERVICE_KEY="another") == "Bearer another"


def test_a_service_on_this_machine_is_shown_the_bootstrap_key_that_was_set(
    machine: Machine, service: FakeService
) -> None:
    assert shown(machine, service, BOOTSTRAP_API_KEY=KEY) == f"Bearer {KEY}"


def test_without_a_key_none_is_shown(machine: Machine, service: FakeService) -> None:
    assert shown(machine, service) is None


def test_no_key_of_this_machine_goes_to_another(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(
        "enterprise_service.cli.client.HttpTransport.send",
        lambda self, _: sent.append(self._key) or Reply(status=503, headers={}, body=b""),
    )
    assert machine(*ASKED, "--url", "http://example.org", BOOTSTRAP_API_KEY=KEY).code == 3
    assert sent == [None]


@pytest.mark.parametrize("key", ["a b", "ü" * 40, "a\nX-Other: b"])
def test_a_key_that_is_none_is_refused_and_not_told(machine: Machine, service: FakeService, key: str) -> None:
    ended = machine(*ASKED, "--url", service.url, ENTERPRISE_SERVICE_KEY=key)
    assert (ended.code, service.seen) == (2, [])
    assert key not in ended.err


def test_a_key_file_that_cannot_be_read_is_told(machine: Machine, service: FakeService) -> None:
    ended = machine(*ASKED, "--url", service.url, ENTERPRISE_SERVICE_KEY_FILE="/nowhere")
    assert (ended.code, service.seen) == (2, [])
    assert "`ENTERPRISE_SERVICE_KEY_FILE` names `/nowhere`" in ended.err


def test_a_refusal_says_where_a_key_is_looked_for(machine: Machine, service: FakeService) -> None:
    service.answer(401, {"code": "unauthenticated", "detail": "a valid credential is needed"})
    ended = machine(*ASKED, "--url", service.url)
    assert ended.code == 4
    assert "401 unauthenticated: a valid credential is needed; `ENTERPRISE_SERVICE_KEY`" in ended.err


def test_a_question_is_sent_as_the_contract_has_it(machine: Machine, service: FakeService) -> None:
    service.answer(200, ANSWER)
    machine(*ASKED, "--url", service.url, "--at-least", "7")
    sent = service.seen[-1]
    assert (sent.path, sent.headers["Content-Type"]) == ("/authorize/batch", "application/json")
    assert sent.fields == {
        "checks": [{"sub": "dr.lee", "dom": "bright-harbor", "obj": "/patients/42/chart", "act": "read"}],
        "explain": True,
        "at_least": 7,
    }
