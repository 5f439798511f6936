"""The cases of `policies/tests`, decided on every way there is: each must give the decision and the reason."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import casbin
import pytest

from enterprise_adapters.casbin import Oracle, register
from enterprise_adapters.policy_files import DiskPolicyFiles
from enterprise_adapters.system_clock import SystemClock
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.decide.question import Question
from enterprise_policy.decide.snapshot import Snapshot
from enterprise_service.bundles.cases import state_of
from enterprise_service.bundles.draft import Case
from enterprise_service.bundles.parse import parse
from tests.support.programs import COMMAND, ROOT, Program, environment, free_port

POLICIES = ROOT / "policies"
BUNDLE = parse(DiskPolicyFiles(POLICIES).read())
CASES = BUNDLE.cases
NOW = SystemClock().now()


def question(case: Case) -> Question:
    return Question(case.subject, case.domain, case.resource, case.action)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return build(state_of(BUNDLE, NOW))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A store with the policy and the samples, and a port for a service on it."""
    settings = {"SQLITE_PATH": os.fspath(tmp_path_factory.mktemp("store") / "s.db"), "PORT": str(free_port())}
    run(settings, "policy", "load", POLICIES)
    run(settings, "policy", "load", POLICIES / "samples/tenants", "--unmanaged")
    return settings


@pytest.fixture(scope="module")
def url(settings: dict[str, str]) -> Iterator[str]:
    with Program((COMMAND, "serve"), settings) as program:
        program.wait_for(lambda line: "Started server process" in line)
        yield f"http://127.0.0.1:{settings['PORT']}"


def run(settings: dict[str, str], *words: object, code: int = 0) -> str:
    done = subprocess.run(
        [COMMAND, *map(str, words)], env=environment(**settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_the_files_have_no_fault() -> None:
    assert BUNDLE.faults == ()
    assert len(CASES) > 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{Path(case.path).stem}: {case.name}")
def test_by_function(snapshot: Snapshot, case: Case) -> None:
    reason = explain(snapshot.state, question(case), NOW)
    assert (decide(snapshot, question(case), NOW), reason.code.value) == (case.allowed, case.reason)


def test_by_pycasbin(snapshot: Snapshot) -> None:
    model = (POLICIES / "model.conf").read_text()
    rules = effective_rules(snapshot.state, NOW)
    oracle = Oracle(model, rules)
    wrong = [case.name for case in CASES if oracle.decide(question(case)) is not case.allowed]
    assert wrong == []


def test_by_any_pycasbin_program_that_reads_the_export(settings: dict[str, str], tmp_path: Path) -> None:
    policy = tmp_path / "policy.csv"
    policy.write_text(run(settings, "policy", "export"))
    enforcer = casbin.Enforcer(os.fspath(POLICIES / "model.conf"), os.fspath(policy))
    register(enforcer)
    wrong = [case.name for case in CASES if enforcer.enforce(*enforced(case)) is not case.allowed]
    assert wrong == []


def enforced(case: Case) -> tuple[str, str, str, str]:
    return case.subject, case.domain, case.resource, case.action


PASSED = f"{len(CASES)} cases: {len(CASES)} passed, 0 failed\n"


def test_by_the_command_line_in_memory(tmp_path: Path) -> None:
    assert run({"SQLITE_PATH": os.fspath(tmp_path / "none.db")}, "policy", "test", POLICIES) == PASSED
    assert list(tmp_path.iterdir()) == []


def test_by_the_command_line_on_a_store(settings: dict[str, str]) -> None:
    assert run(settings, "policy", "test", POLICIES, "--store") == PASSED


def test_by_the_command_line_over_http(settings: dict[str, str], url: str) -> None:
    assert run(settings, "policy", "test", POLICIES, "--url", url) == PASSED


def test_over_http_one_by_one(settings: dict[str, str], url: str) -> None:
    key = Path(settings["SQLITE_PATH"]).with_name("bootstrap.key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with closing(HTTPConnection("127.0.0.1", int(settings["PORT"]), timeout=30)) as connection:
        for case in CASES:
            asked = {"sub": case.subject, "dom": case.domain, "obj": case.resource, "act": case.action}
            connection.request("POST", "/authorize", json.dumps({**asked, "explain": True}), headers)
            answer = json.loads(connection.getresponse().read())
            assert (answer["allowed"], answer["reason"]["code"]) == (case.allowed, case.reason), case.name


def by_reason(cases: Sequence[Case]) -> list[Case]:
    """One case of each reason, and of each file."""
    return list({key: case for case in cases for key in (case.reason, case.path)}.values())


def on_the_store(_url: str) -> list[str]:
    return []


def over_http(url: str) -> list[str]:
    return ["--url", url]


@pytest.mark.parametrize("where", [on_the_store, over_http])
def test_by_the_command_line_one_by_one(settings: dict[str, str], url: str, where: Callable[[str], list[str]]) -> None:
    chosen = by_reason(CASES)
    assert {case.reason for case in chosen} == {case.reason for case in CASES}
    for case in chosen:
        words = ["check", case.subject, case.action, case.resource, "-d", case.domain, "-o", "json", *where(url)]
        said = run(settings, *words, code=0 if case.allowed else 1)
        assert f'"code": "{case.reason}"' in said, case.name
