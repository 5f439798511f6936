"""One request makes one change or none, and is told which."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

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
from enterprise_service.administer.commit import Commit, Request, judge
from enterprise_service.administer.scene import Author, Scene, scene_of
from tests.support.logs import AUTHOR, Process, append, away
from tests.support.policies import clinic, organization, role, tree_state

O1, O2 = organization("o1"), organization("o2")


def entries(process: Process) -> int:
    return process.log.inner.head().revision


def test_a_change_is_durable_current_and_told() -> None:
    process = Process()
    made = process.make(create(O1), create(clinic("c1")))
    assert (made.revision, made.edits, made.made) == (1, (create(O1), create(clinic("c1"))), True)
    assert made.state.clinic("c1") == clinic("c1")
    assert process.follower.current is not None
    assert process.follower.current.revision == 1
    assert process.beside().follower.catch_up().state.clinic("c1") == clinic("c1")


def test_a_change_says_who_made_it_when_and_why() -> None:
    process = Process()
    process.clock.set(1_000_007)
    author = Author(actor="bootstrap", credential="bootstrap", request_id="r-1")
    process.commit(author, Request(propose=lambda _scene: [create(O1)], reason="because"))
    change = decode_change(process.log.inner.read(0, 1)[0].body)
    assert (change.actor, change.credential, change.request_id, change.reason) == (
        "bootstrap",
        "bootstrap",
        "r-1",
        "because",
    )
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

    def propose(scene: Scene) -> Sequence[Edit]:
        seen.append((scene.state.revision, scene.now))
        return [create(O2)]

    process.commit(AUTHOR, Request(propose=propose))
    assert seen == [(1, process.clock.now())]


def test_what_proposes_nothing_makes_nothing() -> None:
    process = Process()
    process.make(create(O1))
    nothing = process.make()
    assert (nothing.revision, nothing.edits, nothing.made) == (1, (), False)
    assert entries(process) == 1


def test_a_dry_run_is_judged_and_makes_nothing() -> None:
    process = Process()
    process.make(create(O1))
    tried = process.make(create(O2), dry_run=True)
    assert (tried.revision, tried.edits, tried.made) == (1, (create(O2),), False)
    assert tried.state.organization("o2") == O2
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

    def refuse(_scene: Scene) -> Sequence[Edit]:
        raise InvalidRequestError.at("/name", "is missing")

    with pytest.raises(InvalidRequestError):
        process.commit(AUTHOR, Request(propose=refuse))
    assert entries(process) == 0


def test_edits_are_judged_one_after_the_other() -> None:
    one, other = role("R@c1"), role("R@c2")
    scene = scene_of(tree_state(), 0, AUTHOR)
    judge(scene, lambda _scene: (create(one), create(other), delete(one), delete(clinic("c1"))))
    assert "c1" not in scene.state.tree
    with pytest.raises(InUseError):
        judge(
            scene_of(tree_state(), 0, AUTHOR),
            lambda _scene: (create(one), create(other), delete(clinic("c1")), delete(one)),
        )


def test_a_proposal_finds_where_its_last_edit_led() -> None:
    process = Process()
    found: list[bool] = []

    def propose(scene: Scene) -> Iterator[Edit]:
        yield create(O1)
        found.append("o1" in scene.state.tree and "o1" not in scene.before.tree)
        yield create(O2)

    assert process.commit(AUTHOR, Request(propose=propose)).made
    assert found == [True]


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


def test_a_change_that_was_made_is_followed_though_the_store_is_away_now() -> None:
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
    assert process.follower.current.revision == 2


def test_a_change_that_can_not_be_followed_yet_is_made_all_the_same(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process()
    process.make(create(O1))
    monkeypatch.setattr(process.follower, "go_on", lambda *_: False)
    made = process.make(create(O2))
    assert made.revision == 2 == entries(process)
    assert "revision 2 is durable but not followed yet" in caplog.text
    assert process.follower.catch_up().revision == 2


def test_a_revision_is_announced_once_it_is_durable_and_only_then() -> None:
    process, told = Process(), list[tuple[int, int]]()
    commit = Commit(
        process.follower,
        process.log,
        process.keyring,
        process.clock,
        lambda number: told.append((number, entries(process))),
    )
    commit(AUTHOR, Request(propose=lambda _scene: [create(O1)]))
    commit(AUTHOR, Request(propose=lambda _scene: []))
    commit(AUTHOR, Request(propose=lambda _scene: [create(O2)], dry_run=True))
    process.log.before = away()
    with pytest.raises(StoreUnavailableError):
        commit(AUTHOR, Request(propose=lambda _scene: [create(O2)]))
    assert told == [(1, 1)]


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
