"""`migrate`: what is applied, what is pending, and that it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import pytest

from enterprise_policy.errors import StoreUnavailableError
from enterprise_policy.values.windows import parse_instant
from enterprise_service.bootstrap import tools
from enterprise_service.chores.holder import this_process
from enterprise_service.cli.tools import Tools
from enterprise_service.ports.migrations import Migration, Migrations
from tests.support.command_line import Machine

AT = "2026-11-24T10:00:00Z"


@dataclass
class Steps(Migrations):
    """Three steps, of which some are applied."""

    applied: list[int] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)
    away: bool = False

    def status(self) -> Sequence[Migration]:
        return [self._step(number) for number in (1, 2, 3)]

    def _step(self, number: int) -> Migration:
        at = parse_instant(AT) if number in self.applied else None
        return Migration(number=number, name=f"step {number}", applied_at=at)

    def up(self, holder: str) -> Sequence[Migration]:
        self._begin(holder)
        pending = [number for number in (1, 2, 3) if number not in self.applied]
        self.applied += pending
        return [self._step(number) for number in pending]

    def down(self, holder: str, to: int) -> Sequence[Migration]:
        self._begin(holder)
        gone = [self._step(number) for number in reversed(self.applied) if number > to]
        self.applied = [number for number in self.applied if number <= to]
        return gone

    def _begin(self, holder: str) -> None:
        self.holders.append(holder)
        if self.away:
            raise StoreUnavailableError("another process migrates now")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps(applied=[1])

    def with_steps(environment: Mapping[str, str]) -> Tools:
        return replace(tools(environment), migrations=lambda _settings: nullcontext(steps))

    monkeypatch.setattr("tests.support.command_line.tools", with_steps)
    return steps


def fields(*numbers: int) -> list[dict[str, object]]:
    return [{"number": number, "name": f"step {number}", "applied_at": AT} for number in numbers]


def test_what_is_applied_and_what_is_pending_is_shown(machine: Machine, steps: Steps) -> None:
    ended = machine("migrate", "status")
    assert (ended.code, ended.out) == (0, f"1  step 1  {AT}\n2  step 2  pending\n3  step 3  pending\n")
    assert machine("migrate", "status", "-o", "json").fields()["migrations"][1]["applied_at"] is None
    assert steps.holders == []


def test_what_is_pending_is_applied(machine: Machine, steps: Steps) -> None:
    assert machine("migrate", "up", "-o", "json").fields() == {"applied": fields(2, 3)}
    ended = machine("migrate", "up")
    assert (ended.code, ended.out) == (0, "nothing is pending\n")
    assert steps.holders == [this_process()] * 2


def test_what_was_applied_is_taken_back(machine: Machine, steps: Steps) -> None:
    steps.applied = [1, 2, 3]
    assert machine("migrate", "down", "--to", "1", "-o", "json").fields() == {"taken_back": fields(3, 2)}
    ended = machine("migrate", "down", "--to", "1")
    assert (ended.code, ended.out) == (0, "nothing was applied above it\n")
    assert machine("migrate", "down", "--to", "0").out == f"1  step 1  {AT}\n"


@pytest.mark.parametrize("words", [(), ("--to", "-1"), ("--to", "x")])
def test_how_far_down_has_to_be_said(machine: Machine, steps: Steps, words: tuple[str, ...]) -> None:
    assert machine("migrate", "down", *words).code == 2
    assert steps.holders == []


def test_that_another_process_migrates_is_no_answer(machine: Machine, steps: Steps) -> None:
    steps.away = True
    ended = machine("migrate", "up")
    assert (ended.code, ended.out, ended.err) == (3, "", "error: another process migrates now\n")


@pytest.mark.parametrize("words", [("status",), ("up",), ("down", "--to", "0")])
def test_the_embedded_store_has_none(machine: Machine, words: tuple[str, ...]) -> None:
    ended = machine("migrate", *words)
    assert (ended.code, ended.out) == (0, "the embedded store has no migrations\n")
    ((found,),) = [machine("migrate", *words, "-o", "json").fields().values()]
    assert found == []
    assert not machine.store.exists()
