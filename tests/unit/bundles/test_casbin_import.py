from __future__ import annotations

from itertools import product

from hypothesis import given

from enterprise_adapters.casbin import Oracle
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.decide.compile import build
from enterprise_policy.decide.decide import decide
from enterprise_policy.decide.question import Question
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.bundles.casbin_csv import parse_casbin_csv
from enterprise_service.bundles.casbin_rows import format_casbin_csv
from enterprise_service.bundles.cases import state_of
from tests.support.oracle import MODEL
from tests.unit.bundles.csv_policies import CsvPolicy, csv_policies, questions
from tests.unit.bundles.folders import CLINICS, ORGANIZATIONS, PEOPLE, UNHURRIED, folders
from tests.unit.bundles.loading import ACME, NOW, empty, loaded

PLAIN_MODEL = MODEL.replace("resourceMatch(r.obj, p.obj)", "r.obj == p.obj").replace(
    '(p.act == "*" || r.act == p.act)', "r.act == p.act"
)


def imported(text: str, *, patterns: bool) -> PolicyState:
    return state_of(parse_casbin_csv(text, patterns=patterns))


def assert_equal_decisions(state: PolicyState, oracle: Oracle) -> None:
    snapshot = build(state)
    for question in questions():
        assert decide(snapshot, question, NOW) is oracle.decide(question), question


@UNHURRIED
@given(csv_policies(patterns=False))
def test_a_plain_policy_is_decided_as_casbin_decides_it(policy: CsvPolicy) -> None:
    assert_equal_decisions(imported(policy.text, patterns=False), Oracle(PLAIN_MODEL, policy))


@UNHURRIED
@given(csv_policies(patterns=True))
def test_a_policy_with_patterns_is_decided_as_casbin_decides_it(policy: CsvPolicy) -> None:
    assert_equal_decisions(imported(policy.text, patterns=True), Oracle(MODEL, policy))


@UNHURRIED
@given(folders())
def test_our_own_export_is_imported_as_the_same_decisions(texts: tuple[str, ...]) -> None:
    state = loaded(empty(), *texts) if texts else empty()
    again = imported(format_casbin_csv(effective_rules(state, NOW)), patterns=True)

    before, after = build(state), build(again)
    domains = ("platform", *ORGANIZATIONS, *CLINICS, "nowhere")
    for asked in product((*PEOPLE, "lee"), domains, ("/x", "/x/1", "note"), ("read", "write")):
        question = Question(*asked)
        assert decide(after, question, NOW) is decide(before, question, NOW), question


def test_an_export_of_an_import_is_the_import_again() -> None:
    text = "p, admin, acme, /x, read\ng, ann, admin, acme\ng2, acme, platform\n"
    state = imported(text, patterns=False)
    exported = format_casbin_csv(effective_rules(state, NOW))

    assert format_casbin_csv(effective_rules(imported(exported, patterns=True), NOW)) == exported


def test_rights_to_manage_survive_the_way_out_and_back() -> None:
    tenant = ACME + "assignments: [{subject: ann, role: organization-admin, domain: acme}]\n"
    state = loaded(empty(), tenant)
    again = imported(format_casbin_csv(effective_rules(state, NOW)), patterns=True)

    asked = Question("ann", "acme", "/management/roles", "create")
    assert decide(build(again), asked, NOW)
    assert not decide(build(again), asked._replace(subject="bob"), NOW)
