from __future__ import annotations

import time
from pathlib import Path

import pytest

from enterprise_adapters.policy_files import DiskPolicyFiles
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.explain import explain
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_service.bundles.cases import Answer, load_cases, run_cases, state_of
from enterprise_service.bundles.draft import Case
from enterprise_service.bundles.faults import PolicyFilesError
from enterprise_service.bundles.parse import parse
from tests.unit.bundles.broken_files import source_files
from tests.unit.bundles.loading import NURSE

POLICIES = Path(__file__).parents[3] / "policies"
CASES = """\
kind: cases
description: Two cases.
cases:
  - name: Ann may
    subject: ann
    action: read
    resource: /x
    domain: acme
    expect: allow
    reason: allowed_by_permission
  - {name: Bob may not, subject: bob, action: read, resource: /x, domain: acme, expect: deny, reason: no_assignment}
"""


def cases() -> list[Case]:
    return load_cases(source_files({"r.yaml": NURSE, "tests/a_test.yaml": CASES}))


def test_cases_are_loaded_in_their_order_with_their_places() -> None:
    ann, bob = cases()

    assert ann == Case(
        path="tests/a_test.yaml",
        line=4,
        name="Ann may",
        subject="ann",
        action="read",
        resource="/x",
        domain="acme",
        allowed=True,
        reason="allowed_by_permission",
    )
    assert (bob.line, bob.name, bob.allowed, bob.reason) == (11, "Bob may not", False, "no_assignment")


def test_cases_with_a_fault_are_not_loaded() -> None:
    with pytest.raises(PolicyFilesError):
        load_cases(source_files({"a.yaml": CASES.replace("subject: bob, ", "")}))


@pytest.mark.parametrize(
    ("answer", "passed"),
    [
        (Answer(allowed=True, reason="allowed_by_permission"), True),
        (Answer(allowed=True), True),
        (Answer(allowed=False, reason="no_assignment"), False),
        (Answer(allowed=False), False),
        (Answer(allowed=True, reason="no_assignment"), False),
    ],
)
def test_a_case_passes_when_decision_and_reason_are_as_expected(answer: Answer, *, passed: bool) -> None:
    (outcome,) = run_cases(cases()[:1], lambda _: answer)

    assert outcome.passed is passed
    assert (outcome.case.name, outcome.answer) == ("Ann may", answer)


def test_what_asking_raises_is_no_outcome() -> None:
    def ask(_: Case) -> Answer:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        run_cases(cases(), ask)


def test_a_state_of_files_has_the_built_in_roles_and_what_the_files_say() -> None:
    state = state_of(parse(source_files({"r.yaml": NURSE})), 7)

    assert {role.record.id for role in state.roles} == {"nurse", *(role.id for role in BUILT_IN_ROLES)}
    assert (state.revision, state.at) == (1, 7)


def test_the_policies_that_come_with_the_program_decide_as_their_cases_say() -> None:
    bundle = parse(DiskPolicyFiles(POLICIES).read())
    state = state_of(bundle)
    snapshot, now = build(state), time.time_ns() // 1000

    def ask(case: Case) -> Answer:
        return Answer(allowed=decide(snapshot, case, now), reason=explain(state, case, now).code.value)

    assert len(bundle.cases) >= 60
    assert [outcome for outcome in run_cases(bundle.cases, ask) if not outcome.passed] == []
