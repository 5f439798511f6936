"""The judge of runs finds every kind of bug that is planted, and nothing in what is right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from enterprise_policy.decide.snapshot import Snapshot
from enterprise_policy.state.chain import Keyring, Position
from enterprise_policy.state.change import Change, encode_change
from enterprise_policy.state.edits import Edit
from enterprise_policy.values.windows import SECOND
from enterprise_service.administer.commit import Commit, Committed, Request
from enterprise_service.administer.scene import Author
from enterprise_service.follow.follower import Follower
from enterprise_service.follow.freshness import Fresh, Freshness
from enterprise_service.http.edge import decisions
from enterprise_service.ports.change_log import LogEntry
from tests.support.judging.evidence import Demand, Evidence, Fault, Held
from tests.support.judging.history import Answer, Asked, History, Kind, Operation
from tests.support.judging.judge import LAWS, judge
from tests.support.judging.local_run import BOUND, local_run
from tests.support.judging.plain_policy import PlainPolicy
from tests.support.judging.workload import ACTIONS, RESOURCES, SUBJECTS, TENANTS, clinic_of, subject_of
from tests.support.policies import KEYRING

SEED = 7
STEPS = 500
LONG = 10 * SECOND

Plant = Callable[[Evidence], Evidence]


def run(folder: Path, seed: int = SEED) -> Evidence:
    with local_run(folder, seed) as running:
        return running.go(STEPS)


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return run(tmp_path_factory.mktemp("run"))


# --- what is right --------------------------------------------------------------------------------------------------


def test_nothing_is_found_in_what_is_right(right: Evidence, report: Callable[[str], None]) -> None:
    verdict = judge(right)
    verdict.check()
    assert verdict.acknowledged > 100
    assert verdict.decisions > 200
    assert verdict.unknown_there > 0
    assert verdict.unknown_absent > 0
    report(verdict.line("judge, two workers in this process"))


def test_the_run_that_is_judged_has_all_that_bugs_are_planted_in(right: Evidence) -> None:
    decided = [allowed for operation in right.decisions for allowed in operation.decided]
    assert decided.count(True) > 20
    assert decided.count(False) > 20
    assert any(operation.at_least for operation in right.decisions)
    assert any(operation.is_refused for operation in right.writes)
    assert any(operation.answer and operation.answer.replayed for operation in right.acknowledged)


def test_nothing_is_found_in_other_runs_that_are_right(tmp_path: Path) -> None:
    for seed in range(3):
        judge(run(tmp_path, seed)).check()


def test_a_history_reads_back_as_it_was_written(right: Evidence, tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for operation in right.operations:
        history.add(operation)
    assert history.read() == right.operations
    history.close()


def test_the_judge_takes_time_that_grows_with_the_history_alone(right: Evidence) -> None:
    """Each law looks at each operation once: a history told twice has twice the violations, not four times."""
    broken = plant_a_wrong_decision(right)
    twice = replace(broken, operations=broken.operations * 2)
    law = LAWS["L4 answers are right"]
    assert len(list(law(twice))) == 2 * len(list(law(broken)))


# --- bugs in what was recorded --------------------------------------------------------------------------------------


def one(right: Evidence, wanted: Callable[[Operation], bool]) -> Operation:
    """The operation in the middle of those that are wanted."""
    found = [operation for operation in right.operations if wanted(operation)]
    return found[len(found) // 2]


def with_operation(right: Evidence, old: Operation, new: Operation) -> Evidence:
    operations = tuple(new if operation is old else operation for operation in right.operations)
    return replace(right, operations=operations)


def answered(right: Evidence, old: Operation, **fields: object) -> Evidence:
    """``old`` got another answer; ``body`` may be fields, which get the answer's revision."""
    assert old.answer is not None
    answer = replace(old.answer, **fields)
    body = json.loads(answer.body) if answer.body else None
    if isinstance(body, dict) and "revision" in body and old.kind is Kind.DECISION:
        answer = replace(answer, body=json.dumps({**body, "revision": answer.revision}))
    return with_operation(right, old, replace(old, answer=answer))


def with_log(right: Evidence, changes: Sequence[Change], keyring: Keyring = KEYRING) -> Evidence:
    """The log has ``changes``, numbered and chained as it should."""
    position, entries = Position(right.log_id, 0, b""), list[LogEntry]()
    for revision, change in enumerate(changes, start=1):
        body = encode_change(replace(change, revision=revision))
        entries.append(LogEntry(revision=revision, body=body, mac=keyring.link(position, body)))
        position = Position(right.log_id, revision, entries[-1].mac)
    return replace(right, entries=tuple(entries))


def changes_of(right: Evidence) -> list[Change]:
    return [right.changes[revision] for revision in sorted(right.changes)]


def made_by(right: Evidence, operation: Operation) -> Change:
    return next(change for change in changes_of(right) if change.request_id == operation.request_id)


def is_made(operation: Operation) -> bool:
    return operation.is_acknowledged and operation.answer is not None and not operation.answer.replayed


def plant_a_dropped_write(right: Evidence) -> Evidence:
    lost = made_by(right, one(right, is_made))
    return with_log(right, [change for change in changes_of(right) if change is not lost])


def plant_a_cut_log(right: Evidence) -> Evidence:
    newest = max(o.answer.revision or 0 for o in right.acknowledged if o.answer is not None)
    return with_log(right, changes_of(right)[: newest - 1])


def plant_an_acknowledgement_of_nothing(right: Evidence) -> Evidence:
    unknown = one(right, lambda o: o.kind is Kind.WRITE and o.answer is None)
    answer = Answer(status=201, revision=right.head, staleness_ms=None, replayed=False, body="{}")
    return with_operation(right, unknown, replace(unknown, answer=answer))


def plant_a_write_done_twice(right: Evidence) -> Evidence:
    return with_log(right, [*changes_of(right), made_by(right, one(right, is_made))])


def plant_a_key_with_two_revisions(right: Evidence) -> Evidence:
    keys = {o.key for o in right.operations if is_made(o)}
    again = one(right, lambda o: o.answer is not None and o.answer.replayed and o.key in keys)
    assert again.answer is not None
    return answered(right, again, revision=(again.answer.revision or 0) + 1)


def plant_a_repetition_that_is_refused(right: Evidence) -> Evidence:
    again = one(right, lambda o: o.answer is not None and o.answer.replayed)
    return answered(right, again, status=409, revision=None)


def plant_swapped_tenants(right: Evidence) -> Evidence:
    """What was to be given in one tenant is given in the other."""
    given = one(right, lambda o: is_made(o) and "/assignments" in o.target and o.method == "POST")
    there, old = changes_of(right), made_by(right, given)
    swapped = [Edit(None, replace(edit.record, domain=other_tenant(edit.record.domain))) for edit in old.edits]
    return with_log(right, [replace(c, edits=tuple(swapped)) if c is old else c for c in there])


def other_tenant(domain: str) -> str:
    first, second = TENANTS
    return domain.replace(first, second) if first in domain else domain.replace(second, first)


def plant_half_of_a_change(right: Evidence) -> Evidence:
    many = made_by(right, one(right, lambda o: is_made(o) and o.target.endswith("/changes")))
    return with_log(right, [replace(c, edits=c.edits[:-1]) if c is many else c for c in changes_of(right)])


def plant_half_of_an_unknown_change(right: Evidence) -> Evidence:
    """The same, and nobody was told that it is done."""
    many = one(right, lambda o: is_made(o) and o.target.endswith("/changes"))
    halved = plant_half_of_a_change(right)
    operations = (replace(o, answer=None) if o.key == many.key else o for o in halved.operations)
    return replace(halved, operations=tuple(operations))


def plant_another_body(right: Evidence) -> Evidence:
    made = one(right, lambda o: is_made(o) and o.key is not None)
    return with_operation(right, made, replace(made, body=made.body.replace("}", ' , "x": 1}', 1)))


def plant_a_refused_write(right: Evidence) -> Evidence:
    refused = one(right, lambda o: o.kind is Kind.WRITE and o.is_refused)
    made = made_by(right, one(right, is_made))
    there = replace(made, id="planted", request_id=refused.request_id, idempotency=None, edits=())
    return with_log(right, [*changes_of(right), there])


def plant_a_write_of_nobody(right: Evidence) -> Evidence:
    there = replace(changes_of(right)[-1], id="planted", request_id="planted", idempotency=None, edits=())
    return with_log(right, [*changes_of(right), there])


def plant_a_gap(right: Evidence) -> Evidence:
    middle = len(right.entries) // 2
    return replace(right, entries=right.entries[:middle] + right.entries[middle + 1 :])


def plant_a_changed_entry(right: Evidence) -> Evidence:
    entries = list(right.entries)
    middle = len(entries) // 2
    entries[middle] = replace(entries[middle], body=entries[middle].body.replace(b'"at":"2026', b'"at":"2027'))
    return replace(right, entries=tuple(entries))


def plant_another_signature(right: Evidence) -> Evidence:
    return with_log(right, changes_of(right), Keyring([b"somebody else's secret"]))


def plant_an_entry_of_another_log(right: Evidence) -> Evidence:
    changes = changes_of(right)
    return with_log(right, [*changes[:-1], replace(changes[-1], log_id="another")])


def plant_an_edit_that_meets_nothing(right: Evidence) -> Evidence:
    """Two changes are there in the wrong order: one deletes what the other makes."""
    taken = one(right, lambda o: is_made(o) and o.method == "DELETE")
    changes, record = changes_of(right), made_by(right, taken).edits[0].record
    first = next(c for c in changes if any(edit.after == record for edit in c.edits))
    return with_log(right, [*(c for c in changes if c is not first), first])


def plant_a_wrong_decision(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.decided == (False,))
    return answered(right, asked, body=json.dumps({"allowed": True, "revision": 0}))


def plant_a_wrong_denial(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.decided == (True,))
    return answered(right, asked, body=json.dumps({"allowed": False, "revision": 0}))


def plant_two_answers_swapped(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and len(set(o.decided)) == 2)
    fields = {"results": [{"allowed": not allowed} for allowed in asked.decided], "revision": 0}
    return answered(right, asked, body=json.dumps(fields))


def plant_wrong_decisions_for_casbin(right: Evidence) -> Evidence:
    wide = replace(right, limits=replace(right.limits, sample=len(right.decisions)))
    return plant_a_wrong_decision(wide)


def plant_an_expired_grant(right: Evidence) -> Evidence:
    """A decision that hung on a window is made long after it."""
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.decided == (True,) and hangs_on_a_window(right, o))
    return with_operation(right, asked, replace(asked, begun_at=asked.begun_at + LONG, ended_at=asked.ended_at + LONG))


def hangs_on_a_window(right: Evidence, operation: Operation) -> bool:
    assert operation.answer is not None
    policy = policy_at(right, operation.answer.revision or 0)
    return policy.answers(operation.questions[0], [operation.ended_at + LONG]) == {False}


def policy_at(right: Evidence, revision: int) -> PlainPolicy:
    policy = PlainPolicy()
    for change in changes_of(right)[:revision]:
        policy.apply(change)
    return policy


def plant_a_revision_that_is_not_there(right: Evidence) -> Evidence:
    return answered(right, one(right, lambda o: o.kind is Kind.DECISION and o.status == 200), revision=right.head + 1)


def plant_a_revision_before_it_was_sent(right: Evidence) -> Evidence:
    first = next(o for o in right.operations if o.kind is Kind.DECISION and o.status == 200)
    return answered(right, first, revision=right.head)


def plant_an_error_that_allows(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200)
    return answered(right, asked, status=503, revision=None, body='{"allowed": true}')


def plant_an_allow_without_a_revision(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.decided == (True,))
    return answered(right, asked, revision=None, body='{"allowed": true}')


def plant_an_answer_that_is_no_boolean(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.decided == (True,))
    return answered(right, asked, body='{"allowed": "yes", "revision": 0}')


def plant_a_demand_that_is_ignored(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200 and o.at_least > 1)
    return answered(right, asked, revision=asked.at_least - 1)


def plant_a_revision_that_is_denied(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200 and o.at_least > 1)
    return answered(right, asked, status=409, revision=None, body="{}")


def plant_a_slow_demand(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.at_least > 1)
    return with_operation(right, asked, replace(asked, ended=asked.begun + right.limits.deadline + 0.1))


def plant_an_old_list(right: Evidence) -> Evidence:
    read = one(right, lambda o: o.kind is Kind.READ and o.status == 200)
    return answered(right, read, revision=right.known_at(read.begun) - 1)


def plant_a_step_back(right: Evidence) -> Evidence:
    """The worker of a connection answers at r, and then at r - 1."""
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200)
    assert asked.answer is not None
    later = replace(asked, begun=asked.ended, request_id="planted")
    back = with_operation(right, asked, asked)
    back = replace(back, operations=(*back.operations, later))
    return answered(back, later, revision=(asked.answer.revision or 0) - 1)


def plant_a_grant_after_its_end(right: Evidence) -> Evidence:
    """What was revoked is still allowed, by the revision before, when the bound is over; and it says how old it is."""
    taken, asked = one_revocation(right)
    assert taken.answer is not None
    revision = (taken.answer.revision or 0) - 1
    some = one(right, lambda o: o.kind is Kind.DECISION and len(o.questions) == 1 and not o.at_least)
    body = json.dumps({"allowed": True, "revision": revision})
    stale = Answer(status=200, revision=revision, staleness_ms=990, replayed=False, body=body)
    fields = json.dumps(dict(zip(("sub", "dom", "obj", "act"), asked, strict=True)))
    late = replace(some, session="planted", body=fields, answer=stale, begun_at=taken.ended_at, ended_at=taken.ended_at)
    late = replace(late, begun=taken.ended + BOUND + 0.1, ended=taken.ended + BOUND + 0.2)
    return replace(right, operations=(*right.operations, late))


def one_revocation(right: Evidence) -> tuple[Operation, Asked]:
    """A write that takes something away, and a question whose answer it changes."""
    for taken in (o for o in right.operations if is_made(o) and o.method == "DELETE" and o.answer is not None):
        revision = made_by(right, taken).revision
        after, before = policy_at(right, revision), policy_at(right, revision - 1)
        for asked in all_questions():
            moments = [taken.ended_at]
            if before.answers(asked, moments) == {True} and after.answers(asked, moments) == {False}:
                return taken, asked
    raise LookupError("nothing was revoked")


def all_questions() -> Iterator[Asked]:
    for tenant in TENANTS:
        for subject in (subject_of(tenant, w, n) for w in ("w0", "w1") for n in range(SUBJECTS)):
            for domain in (tenant, clinic_of(tenant, 0), clinic_of(tenant, 1)):
                yield from ((subject, domain, resource, action) for resource in RESOURCES for action in ACTIONS)


def plant_a_staleness_that_is_not_told(right: Evidence) -> Evidence:
    asked = one(right, lambda o: is_behind(right, o))
    return answered(right, asked, staleness_ms=0)


def is_behind(right: Evidence, operation: Operation) -> bool:
    """Whether it was decided by less than was known."""
    answer = operation.answer
    known = right.known_at(operation.begun - 0.01)
    return operation.kind is Kind.DECISION and answer is not None and answer.status == 200 and answer.revision != known


def plant_a_policy_that_is_too_old(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200)
    return answered(right, asked, staleness_ms=int(right.limits.max_staleness * 1000) + 1)


def plant_a_tenant_that_looks_into_another(right: Evidence) -> Evidence:
    asked = one(right, lambda o: o.isolated and o.decided == (False,))
    return answered(right, asked, body=json.dumps({"allowed": True, "revision": 0}))


def plant_a_pod_that_ends_otherwise(right: Evidence) -> Evidence:
    first, *others = right.ends
    return replace(right, ends=(replace(first, content="another"), *others))


def plant_a_pod_that_ends_behind(right: Evidence) -> Evidence:
    first, *others = right.ends
    return replace(right, ends=(replace(first, revision=right.head - 1), *others))


def plant_a_pod_that_takes_long(right: Evidence) -> Evidence:
    first, *others = right.ends
    return replace(right, ends=(replace(first, seconds=right.limits.convergence + 0.1), *others))


def plant_refused_decisions(right: Evidence) -> Evidence:
    """One in a hundred was to be answered, and isn't."""
    asked = one(right, lambda o: o.kind is Kind.DECISION and o.status == 200 and not o.at_least)
    demand = Demand(name="the fault", begun=asked.begun, ended=asked.begun, ratio=0.99)
    return replace(answered(right, asked, status=503, body="{}"), demands=(demand,))


def plant_slow_decisions(right: Evidence) -> Evidence:
    return replace(right, demands=(Demand(name="the fault", begun=0.0, ended=1e9, ratio=0.5, p99=0.0001),))


def plant_a_time_without_questions(right: Evidence) -> Evidence:
    return replace(right, demands=(Demand(name="the fault", begun=-2.0, ended=-1.0, ratio=0.0),))


def plant_a_leak(right: Evidence) -> Evidence:
    before = Held(descriptors=20, threads=5, memory=1_000_000)
    return replace(right, held={"pod-1": (before, replace(before, descriptors=21))})


def plant_a_fault_that_did_not_happen(right: Evidence) -> Evidence:
    return replace(right, faults=(*right.faults, Fault(name="MongoDB killed", seen=0)))


def plant_a_run_that_did_nothing(right: Evidence) -> Evidence:
    operations = tuple(operation for operation in right.operations if operation.kind is not Kind.WRITE)
    return replace(right, operations=operations)


RECORDED: Mapping[str, tuple[Plant, ...]] = {
    "L1 nothing is lost": (
        plant_a_dropped_write,
        plant_a_cut_log,
        plant_an_acknowledgement_of_nothing,
        plant_swapped_tenants,
        plant_half_of_a_change,
        plant_another_body,
    ),
    "L2 nothing is invented": (plant_a_refused_write, plant_a_write_of_nobody, plant_half_of_an_unknown_change),
    "L2 nothing is doubled": (plant_a_write_done_twice, plant_a_key_with_two_revisions),
    "L2 what is sent again is answered again": (plant_a_repetition_that_is_refused,),
    "L3 the log is whole": (
        plant_a_gap,
        plant_a_changed_entry,
        plant_another_signature,
        plant_an_entry_of_another_log,
        plant_an_edit_that_meets_nothing,
    ),
    "L4 answers are right": (
        plant_a_wrong_decision,
        plant_a_wrong_denial,
        plant_two_answers_swapped,
        plant_an_expired_grant,
    ),
    "L4 answers are Casbin's": (plant_wrong_decisions_for_casbin,),
    "L4 no answer is from the future": (plant_a_revision_that_is_not_there, plant_a_revision_before_it_was_sent),
    "L5 an error allows nothing": (
        plant_an_error_that_allows,
        plant_an_allow_without_a_revision,
        plant_an_answer_that_is_no_boolean,
    ),
    "L6 you read what was written": (
        plant_a_demand_that_is_ignored,
        plant_a_revision_that_is_denied,
        plant_a_slow_demand,
        plant_an_old_list,
    ),
    "L7 revisions never fall": (plant_a_step_back,),
    "L8 what is revoked ends in time": (plant_a_grant_after_its_end,),
    "L8 staleness is told": (plant_a_staleness_that_is_not_told, plant_a_policy_that_is_too_old),
    "L9 tenants are isolated": (plant_a_tenant_that_looks_into_another,),
    "L10 all end alike": (
        plant_a_pod_that_ends_otherwise,
        plant_a_pod_that_ends_behind,
        plant_a_pod_that_takes_long,
    ),
    "L11 decisions go on": (plant_refused_decisions, plant_slow_decisions, plant_a_time_without_questions),
    "L12 nothing leaks": (plant_a_leak,),
    "L13 the faults took place": (plant_a_fault_that_did_not_happen, plant_a_run_that_did_nothing),
}


@pytest.mark.parametrize(
    ("law", "plant"),
    [(law, plant) for law, plants in RECORDED.items() for plant in plants],
    ids=lambda value: value if isinstance(value, str) else value.__name__.removeprefix("plant_"),
)
def test_a_planted_bug_is_caught_by_the_law_that_it_breaks(right: Evidence, law: str, plant: Plant) -> None:
    verdict = judge(plant(right))
    assert law in verdict.broken
    with pytest.raises(AssertionError, match=law):
        verdict.check()


def test_every_law_has_a_planted_bug() -> None:
    assert RECORDED.keys() == LAWS.keys()


def test_a_verdict_counts_what_was_lost_doubled_and_wrong(right: Evidence) -> None:
    assert judge(plant_a_cut_log(right)).lost == 1
    assert judge(plant_a_write_done_twice(right)).doubled >= 1
    assert judge(plant_a_tenant_that_looks_into_another(right)).wrong >= 2


# --- bugs in the service --------------------------------------------------------------------------------------------


def acknowledge_without_writing(patch: pytest.MonkeyPatch) -> None:
    """Each twentieth write is only tried."""
    call, count = Commit.__call__, iter(range(10_000))

    def only_try(commit: Commit, author: Author, request: Request) -> Committed:
        return call(commit, author, replace(request, dry_run=next(count) % 20 == 19))

    patch.setattr(Commit, "__call__", only_try)


def forget_keys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Commit, "_replay", lambda *_: None)


def decide_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decisions, "decide", lambda *_: True)


def ignore_denies_now_and_then(patch: pytest.MonkeyPatch) -> None:
    decide, count = decisions.decide, iter(range(100_000))
    patch.setattr(decisions, "decide", lambda *given: decide(*given) or next(count) % 30 == 29)


def ignore_demands(patch: pytest.MonkeyPatch) -> None:
    def newest(freshness: Freshness, revision: int, check: Callable[[Snapshot], None]) -> Fresh:
        return freshness.newest()

    patch.setattr(Freshness, "at_least", newest)


def tell_no_staleness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Follower, "staleness", lambda _: 0.0)


def serve_an_old_snapshot(patch: pytest.MonkeyPatch) -> None:
    """Each fifth time the first snapshot is served."""
    current, count = Follower.current.fget, iter(range(100_000))
    first: dict[Follower, Snapshot] = {}

    def served(follower: Follower) -> Snapshot | None:
        newest = current(follower)
        old = newest if newest is None else first.setdefault(follower, newest)
        return old if next(count) % 5 == 4 else newest

    patch.setattr(Follower, "current", property(served))


RUNNING: Mapping[str, tuple[Callable[[pytest.MonkeyPatch], None], str]] = {
    "acknowledges without writing": (acknowledge_without_writing, "L1 nothing is lost"),
    "forgets idempotency keys": (forget_keys, "L2 what is sent again is answered again"),
    "allows everything": (decide_all, "L9 tenants are isolated"),
    "allows now and then": (ignore_denies_now_and_then, "L4 answers are right"),
    "ignores a demanded revision": (ignore_demands, "L6 you read what was written"),
    "tells no staleness": (tell_no_staleness, "L8 staleness is told"),
    "goes back to an old snapshot": (serve_an_old_snapshot, "L7 revisions never fall"),
}


@pytest.mark.parametrize(("bug", "law"), RUNNING.values(), ids=RUNNING)
def test_a_bug_in_the_service_is_caught_by_the_law_that_it_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bug: Callable[[pytest.MonkeyPatch], None], law: str
) -> None:
    bug(monkeypatch)
    assert law in judge(run(tmp_path)).broken
