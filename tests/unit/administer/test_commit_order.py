"""Each step of a commit is judged at the state that it appends to, in the contract's order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from enterprise_policy.errors import (
    ForbiddenError,
    IdempotencyMismatchError,
    RevisionMismatchError,
    StoreRefusedError,
    StoreUnavailableError,
    TooLargeError,
    UnauthenticatedError,
)
from enterprise_policy.state.api_key import Scope
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.change import Idempotency, decode_change
from enterprise_policy.state.edits import Edit, create, delete, update
from enterprise_service.administer import commit as commit_module
from enterprise_service.administer.authority import Target
from enterprise_service.administer.commit import JUDGE_SECONDS, Request
from enterprise_service.administer.scene import Author, Expected, Scene
from tests.support.logs import AUTHOR, Process, append, raising
from tests.support.policies import api_key, clinic, organization, role
from tests.support.threads import at_once

KEY = api_key("k1", "o1", Scope.MANAGE, created_by="bootstrap")
BY_KEY = Author(actor="key:k1", credential="key:k1", request_id="r")
O1, C1 = organization("o1"), clinic("c1")
RENAMED = clinic("c1", name="New")


def process() -> Process:
    made = Process()
    made.make(*map(create, BUILT_IN_ROLES), create(O1), create(C1), create(KEY))
    return made


def renaming(scene: Scene) -> Iterable[Edit]:
    found = scene.state.clinics.get("platform", "c1")
    assert found is not None
    scene.ask_for(Target.of(update(C1, RENAMED)))
    scene.expect(found)
    return [update(found.record, RENAMED)]


def heads(process: Process) -> int:
    return process.log.inner.head().revision


def test_an_author_who_may_makes_the_change() -> None:
    one = process()
    assert one.commit(BY_KEY, Request(propose=renaming)).made
    assert decode_change(one.log.inner.read(1, 1)[0].body).actor == "key:k1"


def test_a_revoked_author_can_not_write_on_a_stale_snapshot() -> None:
    one = process()
    append(one.log.inner, delete(KEY))
    with pytest.raises(UnauthenticatedError):
        one.commit(BY_KEY, Request(propose=renaming))
    assert heads(one) == 2


def test_an_author_revoked_between_judging_and_appending_does_not_write() -> None:
    one = process()
    waiting = [lambda: append(one.log.inner, delete(KEY))]

    def step_in(name: str) -> None:
        if name == "append" and waiting:
            waiting.pop()()

    one.log.before = step_in
    with pytest.raises(UnauthenticatedError):
        one.commit(BY_KEY, Request(propose=renaming))
    assert heads(one) == 2


def test_an_author_without_a_valid_credential_gets_no_replay() -> None:
    one = process()
    request = Request(propose=renaming, idempotency=Idempotency("a", "b"))
    one.commit(BY_KEY, request)
    assert one.commit(BY_KEY, request).replayed
    append(one.log.inner, delete(KEY))
    with pytest.raises(UnauthenticatedError):
        one.commit(BY_KEY, request)


def test_the_same_key_with_something_else_comes_before_authority() -> None:
    one = process()
    one.commit(BY_KEY, Request(propose=renaming, idempotency=Idempotency("a", "b")))
    with pytest.raises(IdempotencyMismatchError):
        one.commit(
            BY_KEY, Request(propose=lambda _scene: [create(organization("o2"))], idempotency=Idempotency("a", "c"))
        )


def test_an_edit_that_its_use_case_forgot_to_ask_for_is_refused_all_the_same() -> None:
    one = process()
    with pytest.raises(ForbiddenError):
        one.commit(BY_KEY, Request(propose=lambda _scene: [create(organization("o2"))]))
    with pytest.raises(ForbiddenError):
        one.commit(BY_KEY, Request(propose=lambda _scene: [create(organization("o2"))], dry_run=True))
    assert heads(one) == 1


def test_another_revision_than_expected_is_refused_at_the_state_that_is_appended_to() -> None:
    one = process()
    expected = Expected(frozenset({1}))
    append(one.log.inner, update(C1, clinic("c1", name="Meanwhile")))
    with pytest.raises(RevisionMismatchError):
        one.commit(BY_KEY, Request(propose=renaming, expected=expected))
    assert heads(one) == 2


def test_a_tenants_change_that_takes_too_long_to_judge_is_cut_off() -> None:
    one = process()

    def slow(_scene: Scene) -> Iterable[Edit]:
        for number in range(3):
            one.clock.advance(JUDGE_SECONDS / 2)
            yield create(clinic(f"slow{number}"))

    with pytest.raises(TooLargeError):
        one.commit(BY_KEY, Request(propose=slow))
    assert heads(one) == 1
    assert one.commit(AUTHOR, Request(propose=slow)).made


def test_the_change_of_a_bundle_says_so() -> None:
    one = process()
    one.make(create(role("R@o1", managed_by="git")), bundle="git")
    assert decode_change(one.log.inner.read(1, 1)[0].body).bundle == "git"


def test_a_store_that_refuses_is_unavailable_to_the_caller() -> None:
    one = process()
    one.log.before = raising(StoreRefusedError("the store is only to be read"), "append")
    with pytest.raises(StoreUnavailableError):
        one.make(create(organization("o2")))
    assert heads(one) == 1


def test_who_waits_too_long_for_other_writers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_module, "QUEUE_SECONDS", 0.05)
    one = process()

    def slow(_scene: Scene) -> Sequence[Edit]:
        with pytest.raises(StoreUnavailableError, match="too many writers"):
            at_once(1, lambda _n: one.make(create(organization("o2"))))
        return ()

    one.commit(BY_KEY, Request(propose=slow))
    assert heads(one) == 1
