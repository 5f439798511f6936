"""One request makes one change or none, and is told which."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from enterprise_policy.errors import (
    AlreadyExistsError,
    InUseError,
    InvalidRequestError,
    RevisionNotReachedError,
    StoreUnavailableError,
)
from enterprise_policy.state.change import decode_change
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_policy.state.policy_state import PolicyState
from enterprise_service.administer.commit import Author, Committed, Request, judge
from tests.support.logs import AUTHOR, Process, append, away
from tests.support.policies import clinic, organization, role, tree_state

O1, O2 = organization("o1"), organization("o2")


def entries(process: Process) -> int:
    return process.log.inner.head().revision


def test_a_change_is_durable_current_and_told() -> None:
    process = Process()
    made = process.make(create(O1), create(clinic("c1")))
    assert made == Committed(revision=1, edits=(create(O1), create(clinic("c1"))), made=True)
    assert process.follower.current is not None
    assert process.follower.current.revision == 1
    assert process.beside().follower.catch_up().state.clinic("c1") == clinic("c1")


def test_a_change_says_who_made_it_when_and_why() -> None:
    process = Process()
    process.clock.set(1_000_007)
    author = Author(actor="ann", credential="token", request_id="r-1")
    process.commit(author, Request(propose=lambda _state, _now: [create(O1)], reason="because"))
    change = decode_change(process.log.inner.read(0, 1)[0].body)
    assert (change.actor, change.credential, change.request_id, change.reason) == ("ann", "token", "r-1", "because")
    assert (change.at, change.log_id, change.revision) == (1_000_007, process.log.inner.head().log_id, 1)
    assert change.edits == (create(O1),)
    assert change.idempotency is None


def test_every_change_has_an_id_of_its_own() -> None:
    process = Process()
    for number in range(5):
        process.make(create(organization(f"o{number}")))
    assert len({decode_change(entry.body).id for entry in process.log.inner.read(0, 9)}) == 5


def test_a_proposal_sees_the_head_and_the_time() -> None:
    process = Process()
    append(process.log.inner, create(O1))
    seen: list[tuple[int, int]] = []

    def propose(state: PolicyState, now: int) -> Sequence[Edit]:
        seen.append((state.revision, now))
        return [create(O2)]

    process.commit(AUTHOR, Request(propose=propose))
    assert seen == [(1, process.clock.now())]


def test_what_proposes_nothing_makes_nothing() -> None:
    process = Process()
    process.make(create(O1))
    assert process.make() == Committed(revision=1)
    assert entries(process) == 1


def test_a_dry_run_is_judged_and_makes_nothing() -> None:
    process = Process()
    process.make(create(O1))
    assert process.make(create(O2), dry_run=True) == Committed(revision=1, edits=(create(O2),))
    with pytest.raises(AlreadyExistsError):
        process.make(create(O1), dry_run=True)
    assert entries(process) == 1
    assert process.log.calls.count("append") == 1


@pytest.mark.parametrize(
    "edits", [(create(O2), create(O1)), (create(O2), create(O2)), (create(clinic("c1", "o2", organization_id="o2")),)]
)
def test_what_is_refused_leaves_nothing(edits: tuple[Edit, ...]) -> None:
    process = Process()
    process.make(create(O1))
    with pytest.raises(Exception, match=r"exists|there is no"):
        process.make(*edits)
    assert entries(process) == 1
    assert process.follower.catch_up().state.organization("o2") is None


def test_an_error_of_the_proposal_is_the_answer() -> None:
    process = Process()

    def refuse(_state: PolicyState, _now: int) -> Sequence[Edit]:
        raise InvalidRequestError.at("/name", "is missing")

    with pytest.raises(InvalidRequestError):
        process.commit(AUTHOR, Request(propose=refuse))
    assert entries(process) == 0


def test_edits_are_judged_one_after_the_other() -> None:
    one, other = role("R@c1"), role("R@c2")
    assert "c1" not in judge(tree_state(), (create(one), create(other), delete(one), delete(clinic("c1"))), 0).tree
    with pytest.raises(InUseError):
        judge(tree_state(), (create(one), create(other), delete(clinic("c1")), delete(one)), 0)


def test_a_change_is_judged_at_what_others_have_written_meanwhile() -> None:
    process = Process()
    process.make(create(O1))
    append(process.log.inner, update(O1, organization("o1", name="One")))
    with pytest.raises(Exception, match="has changed"):
        process.make(update(O1, organization("o1", name="Eins")))
    assert entries(process) == 2


def test_with_the_store_away_nothing_is_promised() -> None:
    process = Process()
    process.make(create(O1))
    process.log.before = away()
    with pytest.raises(StoreUnavailableError):
        process.make(create(O2))
    assert entries(process) == 1


def test_a_change_that_can_not_be_followed_yet_is_made_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    process = Process()
    process.make(create(O1))

    def go_away_after_append(name: str) -> None:
        if name == "append":
            process.log.before = away()

    process.log.after = go_away_after_append
    made = process.make(create(O2))
    assert made.made
    assert made.revision == 2 == entries(process)
    assert process.follower.current is not None
    assert process.follower.current.revision == 1
    assert "revision 2 is durable but not followed yet: the store is away" in caplog.text


def test_an_append_is_told_with_its_mac(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "enterprise_service.administer.commit")
    process = Process()
    process.make(create(O1))
    told = [vars(record) for record in caplog.records if record.getMessage() == "revision 1 appended"]
    assert [(record["revision"], record["mac"]) for record in told] == [(1, process.log.inner.head().mac.hex())]


def test_what_was_made_can_be_demanded() -> None:
    process = Process()
    made = process.make(create(O1))
    assert process.beside().follower.catch_up(at_least=made.revision).revision == 1
    with pytest.raises(RevisionNotReachedError):
        process.follower.catch_up(at_least=made.revision + 1)
