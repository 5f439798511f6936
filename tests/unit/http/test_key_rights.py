"""What an API key or a token lets its holder ask, and what he is told."""

from __future__ import annotations

import resource

import pytest

from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.record import Status
from enterprise_policy.values.windows import ALWAYS, Window
from enterprise_service.administer.genesis import AUTHOR as PROGRAM
from enterprise_service.administer.genesis import genesis
from enterprise_service.http.edge import standing
from tests.support.gates import Gated
from tests.support.keys import Issued, issued
from tests.support.logs import MODEL_READ
from tests.support.policies import assignment, clinic, organization
from tests.support.raw_http import Reply
from tests.support.sample_policy import ALLOWED, REASONS

SECOND = 1_000_000
BATCH = {"checks": [ALLOWED]}
TARGETS = pytest.mark.parametrize(
    ("target", "fields"), [("/authorize", ALLOWED), ("/authorize/batch", BATCH)], ids=["one", "batch"]
)


@pytest.fixture
def asked() -> Gated:
    """The sample policy, the built-in roles, and another organization `o2` with its clinic `c9`."""
    asked = Gated(tokens={"anna": "anna", "lee": "dr.lee"})
    asked.process.commit(PROGRAM, genesis(MODEL_READ))
    asked.process.make(create(organization("o2")), create(clinic("c9", "o2", organization_id="o2")))
    return asked


def made(asked: Gated, domain: str, *scopes: Scope, **more: object) -> Issued:
    key = issued(domain, *scopes, **more)
    asked.process.make(create(key.record))
    return key


def holds(subject: str, role: str, domain: str, window: Window = ALWAYS) -> Edit:
    """The edit by which ``subject`` gets a built-in role."""
    return create(assignment(subject, f"{role}@platform", domain, window=window))


def asking(asked: Gated, key: str, domain: str) -> int:
    return asked.ask({**ALLOWED, "dom": domain}, key=key).status


# --- where ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize(
    ("domain", "may", "may_not"),
    [
        ("c1", ["c1"], ["c2", "o1", "platform", "c9", "nowhere"]),
        ("o1", ["o1", "c1", "c2", "c3", "c4"], ["platform", "o2", "c9", "nowhere"]),
        ("platform", ["platform", "o1", "c1", "c4", "o2", "c9", "nowhere"], []),
    ],
    ids=["clinic", "organization", "platform"],
)
def test_a_key_may_ask_in_its_domain_and_below(
    asked: Gated, scope: Scope, domain: str, may: list[str], may_not: list[str]
) -> None:
    key = made(asked, domain, scope)
    assert {name: asking(asked, key.text, name) for name in may} == dict.fromkeys(may, 200)
    assert {name: asking(asked, key.text, name) for name in may_not} == dict.fromkeys(may_not, 403)


def test_a_domain_that_is_not_there_is_refused_like_one_out_of_sight(asked: Gated) -> None:
    key = made(asked, "o1")
    there, nowhere = (asked.ask({**ALLOWED, "dom": name}, key=key.text) for name in ("c9", "nowhere"))
    assert there.code == "forbidden"
    assert {**there.fields, "request_id": ""} == {**nowhere.fields, "request_id": ""}


@pytest.mark.parametrize("domain", ["c9", "nowhere"])
def test_one_such_domain_forbids_the_batch_with_its_place(asked: Gated, domain: str) -> None:
    key = made(asked, "o1")
    reply = asked.ask({"checks": [ALLOWED, {**ALLOWED, "dom": domain}, ALLOWED]}, "/authorize/batch", key=key.text)
    assert (reply.status, reply.code) == (403, "forbidden")
    assert [fault["pointer"] for fault in reply.fields["errors"]] == ["/checks/1/dom"]


def test_in_a_suspended_domain_the_answer_is_a_deny(asked: Gated) -> None:
    key = made(asked, "c4")
    assert asked.ask({**ALLOWED, "dom": "c4"}, key=key.text).fields["allowed"] is False
    asked.process.make(update(organization("o1"), organization("o1", status=Status.SUSPENDED)))
    assert asked.ask({**ALLOWED, "dom": "c4"}, key=key.text).fields["allowed"] is False


def test_the_answer_is_the_same_as_the_administrators(asked: Gated) -> None:
    key = made(asked, "platform")
    for question in [question for question, _ in REASONS.values()]:
        assert asked.ask(question, key=key.text).fields == asked.ask(question).fields


def test_a_clinic_that_moves_away_takes_the_right_with_it(asked: Gated) -> None:
    key = made(asked, "c2")
    asked.process.make(create(clinic("c5", "c2")))
    assert asking(asked, key.text, "c5") == 200
    asked.process.make(update(clinic("c5", "c2"), clinic("c5", "c1")))
    assert asking(asked, key.text, "c5") == 403


# --- when -------------------------------------------------------------------------------------------------


def test_a_persons_right_is_that_of_his_current_assignments(asked: Gated) -> None:
    now = asked.process.clock.now()
    asked.process.make(holds("anna", "decision-client", "c1", Window(now + SECOND, now + 2 * SECOND)))
    statuses = []
    for step in range(4):
        asked.process.clock.set(now + step * SECOND)
        statuses.append(asking(asked, "anna", "c1"))
    assert statuses == [403, 200, 403, 403]


@pytest.mark.parametrize("scope", [Scope.MANAGE, Scope.AUDIT])
def test_what_a_key_has_by_its_maker_ends_and_begins_with_what_he_holds(asked: Gated, scope: Scope) -> None:
    """At one snapshot: time alone changes it."""
    clock, now = asked.process.clock, asked.process.clock.now()
    asked.process.make(holds("anna", "organization-admin", "o1", Window(now + SECOND, now + 2 * SECOND)))
    key = made(asked, "o1", scope, created_by="anna")
    statuses = []
    for moment in (now, now + SECOND - 1, now + SECOND, now + 2 * SECOND - 1, now + 2 * SECOND, now + SECOND):
        clock.set(moment)
        statuses.append(asking(asked, key.text, "c1"))
    assert statuses == [403, 403, 200, 200, 403, 200]


def test_what_a_key_has_by_itself_does_not_end_with_its_maker(asked: Gated) -> None:
    key = made(asked, "o1", Scope.DECIDE, Scope.AUDIT, created_by="anna")
    assert asking(asked, key.text, "c1") == 200
    reply = asked.ask({**ALLOWED, "explain": True}, key=key.text)
    assert reply.fields["reason"] == {"code": "allowed_by_permission"}


def test_a_right_that_comes_with_the_revision_that_is_asked_for_counts(asked: Gated) -> None:
    key = made(asked, "o1")
    beside = asked.process.beside()
    revision = beside.make(create(clinic("c7"))).revision
    assert asking(asked, key.text, "c7") == 403
    late = {**ALLOWED, "dom": "c7", "at_least": revision}
    assert asked.ask(late, key=key.text).fields == {"allowed": False, "revision": revision}


@TARGETS
def test_a_key_that_ends_with_the_revision_that_is_asked_for_is_worth_nothing(
    asked: Gated, target: str, fields: dict[str, object]
) -> None:
    key = made(asked, "o1")
    revision = asked.process.beside().make(delete(key.record)).revision
    assert asked.ask(fields, target, key=key.text).status == 200
    assert asked.ask({**fields, "at_least": revision}, target, key=key.text).status == 401


@TARGETS
def test_forbidden_comes_before_a_revision_that_is_not_there(
    asked: Gated, target: str, fields: dict[str, object]
) -> None:
    assert asked.ask({**fields, "at_least": 100}, target, key=made(asked, "c2").text).code == "forbidden"
    assert asked.ask({**fields, "at_least": 100}, target, key=made(asked, "c1").text).code == "revision_not_reached"


# --- what he is told ----------------------------------------------------------------------------------------


def reason(asked: Gated, key: str, fields: dict[str, object] = ALLOWED) -> Reply:
    reply = asked.ask({**fields, "explain": True}, key=key)
    assert reply.status == 200
    return reply


def test_a_key_that_only_decides_is_told_the_code(asked: Gated) -> None:
    key = made(asked, "o1", Scope.DECIDE)
    for code, (question, _) in REASONS.items():
        if code != "unknown_domain":
            assert reason(asked, key.text, question).fields["reason"] == {"code": code}


@pytest.mark.parametrize("scope", [Scope.QUERY, Scope.AUDIT, Scope.MANAGE])
def test_a_key_that_may_query_is_told_the_whole_reason(asked: Gated, scope: Scope) -> None:
    key = made(asked, "o1", scope)
    for code, (question, more) in REASONS.items():
        if code != "unknown_domain":
            assert reason(asked, key.text, question).fields["reason"] == {"code": code, **more}


def test_elsewhere_names_only_what_the_key_is_about(asked: Gated) -> None:
    asked.process.make(create(assignment("dr.lee", "decision-client@platform", "c9")))
    wide, narrow = made(asked, "platform", Scope.QUERY), made(asked, "c2", Scope.QUERY)
    question = {**ALLOWED, "dom": "c2"}
    assert reason(asked, wide.text, question).fields["reason"]["elsewhere"] == ["c1", "c9"]
    assert reason(asked, narrow.text, question).fields["reason"]["elsewhere"] == []


# --- a person about himself -----------------------------------------------------------------------------------


def about_himself(asked: Gated, **more: object) -> dict[str, object]:
    """What the sample's dentist is told of his right, with the token of his."""
    return dict(asked.ask({**ALLOWED, "explain": True, **more}, key="lee").fields["reason"])


def test_a_person_asks_about_himself_anywhere_and_is_told_everything(asked: Gated) -> None:
    for question, more in (REASONS[code] for code in ("allowed_by_permission", "denied_by_permission")):
        assert about_himself(asked, obj=question["obj"]).items() >= more.items()
    asked.process.make(update(clinic("c1"), clinic("c1", status=Status.SUSPENDED)))
    assert about_himself(asked) == {"code": "domain_suspended", "domain": "c1"}


def test_where_he_has_nothing_he_does_not_learn_whether_there_is_anything(asked: Gated) -> None:
    asked.process.make(create(clinic("c8", "o2", organization_id="o2", status=Status.SUSPENDED)))
    for domain in ("c9", "c8", "nowhere", "c4"):
        assert about_himself(asked, dom=domain) == {"code": "no_assignment", "elsewhere": []}


def test_elsewhere_is_the_same_whether_the_domain_is_there_or_not(asked: Gated) -> None:
    asked.process.make(holds("dr.lee", "auditor", "c2"))
    for domain in ("c9", "nowhere"):
        assert about_himself(asked, dom=domain) == {"code": "no_assignment", "elsewhere": ["c2"]}


def test_a_domain_where_he_may_ask_is_called_what_it_is(asked: Gated) -> None:
    asked.process.make(holds("dr.lee", "decision-client", "platform"))
    assert about_himself(asked, dom="nowhere") == {"code": "unknown_domain"}


def test_in_a_batch_he_asks_about_nobody_else(asked: Gated) -> None:
    own, other = {**ALLOWED, "dom": "nowhere"}, {**ALLOWED, "sub": "dr.old"}
    assert asked.ask({"checks": [own, ALLOWED]}, "/authorize/batch", key="lee").status == 200
    reply = asked.ask({"checks": [own, other, own]}, "/authorize/batch", key="lee")
    assert (reply.status, [fault["pointer"] for fault in reply.fields["errors"]]) == (403, ["/checks/1/dom"])


# --- memory -------------------------------------------------------------------------------------------------


def test_more_domains_than_are_remembered_are_judged_all_the_same(
    asked: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "DOMAINS_REMEMBERED", 2)
    key = made(asked, "o1")
    for _ in range(3):
        for domain, status in {"c1": 200, "c2": 200, "c9": 403, "c3": 200, "nowhere": 403, "c4": 200}.items():
            assert asking(asked, key.text, domain) == status


def test_asking_about_strangers_grows_nothing(asked: Gated) -> None:
    keys = [made(asked, "platform", Scope.QUERY).text, made(asked, "o1", Scope.MANAGE).text]

    def ask(number: int) -> None:
        fields = {"sub": f"s{number}", "dom": f"d{number}", "obj": f"/r/{number}", "act": f"a{number}"}
        asked.ask(fields, key=keys[number % 2], may_wait=False)

    for number in range(10_000):
        ask(number)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(10_000, 100_000):
        ask(number)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 5_000
