"""Reasons in words, whole or as far as a caller is told them."""

from __future__ import annotations

from typing import Any

import pytest

from enterprise_policy.decide.reason import ReasonCode
from enterprise_service.cli.exit_codes import ExitCode
from enterprise_service.cli.reasons import sentence
from tests.support.command_line import Machine
from tests.support.fake_service import FakeService


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("unknown_domain", "there is no such domain"),
        ("domain_suspended", "the domain is suspended"),
        ("denied_by_permission", "a permission denies it"),
        ("allowed_by_permission", "a permission allows it"),
        ("assignment_not_current", "a role that would allow it isn't held now"),
        ("no_matching_permission", "no role held here allows it"),
        ("no_assignment", "no role is held here"),
        ("something_new", "for a reason that this version doesn't know"),
    ],
)
def test_a_code_alone_makes_a_sentence(code: str, said: str) -> None:
    assert sentence({"code": code}) == said


def test_every_code_has_a_sentence() -> None:
    assert not any("doesn't know" in sentence({"code": code.value}) for code in ReasonCode)


WINDOW: dict[str, Any] = {
    "code": "assignment_not_current",
    "role": {"domain": "platform", "id": "r"},
    "assigned_in": "d",
    "starts_at": None,
    "ends_at": "2020-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({}, "is held in `d` until 2020-01-01T00:00:00Z only"),
        ({"starts_at": "2019-01-01T00:00:00Z", "ends_at": None}, "is held in `d` from 2019-01-01T00:00:00Z only"),
        ({"ends_at": None}, "is held in `d` by a provider who isn't verified"),
    ],
)
def test_a_window_is_told_as_far_as_it_has_bounds(window: dict[str, str | None], said: str) -> None:
    assert sentence({**WINDOW, **window}).endswith(said)


def test_what_cannot_be_printed_is_escaped() -> None:
    assert "\x1b" not in sentence({"code": "domain_suspended", "domain": "\x1b[2J"})


def test_explain_shows_as_much_as_the_service_tells(machine: Machine, service: FakeService) -> None:
    service.answer(200, {"results": [{"allowed": False, "reason": {**WINDOW, "via": []}}], "revision": 9})
    ended = machine("check", "a", "b", "/c", "-d", "d", "--explain", "--url", service.url)
    assert ended.code == ExitCode.NO
    assert ended.out.splitlines()[4:] == [
        "code         `assignment_not_current`",
        "role         `r` of `platform`",
        "assigned_in  `d`",
        "starts_at    open",
        "ends_at      `2020-01-01T00:00:00Z`",
        "via          none",
    ]


def test_a_decision_that_its_reason_contradicts_is_no_answer(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.load()
    monkeypatch.setattr("enterprise_service.cli.asking.decide", lambda *_: True)
    ended = machine("check", "eve", "read", "/x", "-d", "platform")
    assert (ended.code, ended.out) == (ExitCode.FAULT, "")
