"""Exactly once: whoever else writes, and whatever answer is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from enterprise_policy.errors import (
    ConflictError,
    IdempotencyMismatchError,
    InvalidRequestError,
    StoreUnavailableError,
    UnknownReferenceError,
)
from enterprise_policy.state.change import Idempotency, canonical, decode_change
from enterprise_policy.state.edits import Edit, create, delete
from enterprise_policy.state.policy_state import empty_state
from enterprise_policy.values.windows import DAY, SECOND
from enterprise_service.administer.commit import ATTEMPTS, Committed, Request
from enterprise_service.administer.scene import Author, Scene
from enterprise_service.follow.checkpointing import seal
from enterprise_service.ports.change_log import ChangeLog, LogEntry, RevisionTakenError
from tests.support.logs import AUTHOR, Process, append, away
from tests.support.policies import KEYRING, assignment, organization, role
from tests.support.threads import at_once

O1, O2 = organization("o1"), organization("o2")
R = role("R@platform")
KEY = Idempotency("key", "digest")


def ids(process: Process) -> list[str]:
    """The organizations in the log, in order."""
    changes = [decode_change(entry.body) for entry in process.log.inner.read(0, 10_000)]
    return [edit.record.id for change in changes for edit in change.edits]


def before_each_append(process: Process, *writes: Callable[[], object]) -> None:
    """Just before the process appends for the n-th time, let the n-th of ``writes`` happen."""
    waiting = list(writes)

    def step_in(name: str) -> None:
        if name == "append" and waiting:
            waiting.pop(0)()

    process.log.before = step_in


def test_who_was_second_is_judged_anew_at_what_the_first_has_written() -> None:
    process = Process()
    seen: list[set[str]] = []

    def propose(scene: Scene) -> Sequence[Edit]:
        seen.append({v.record.id for v in scene.state.organizations})
        return [create(O1)]

    before_each_append(process, lambda: append(process.log.inner, create(O2)))
    made = process.commit(AUTHOR, Request(propose=propose))
    assert (made.revision, made.made) == (2, True)
    assert seen == [set(), {"o2"}]
    assert ids(process) == ["o2", "o1"]


def test_two_edits_never_break_an_invariant_together() -> None:
    process = Process()
    process.make(create(R))
    before_each_append(process, lambda: append(process.log.inner, delete(R)))
    with pytest.raises(UnknownReferenceError):
        process.make(create(assignment("ann", "R@platform", "platform")))
    assert ids(process) == ["R", "R"]


def test_who_is_always_second_is_told_in_the_end() -> None:
    process = Process()
    others = (lambda n=n: append(process.log.inner, create(organization(f"x{n}"))) for n in range(ATTEMPTS + 5))
    before_each_append(process, *others)
    with pytest.raises(ConflictError, match="others changed the policy too often meanwhile; try again"):
        process.make(create(O1))
    assert process.log.calls.count("append") == ATTEMPTS
    assert "o1" not in ids(process)


def test_many_writers_of_many_processes_each_make_their_change_once() -> None:
    first = Process()
    processes = [first, first.beside(), first.beside()]

    def write(number: int) -> list[Committed]:
        process = processes[number % len(processes)]
        return [process.make(create(organization(f"o{number}-{turn}"))) for turn in range(10)]

    made = [one for each in at_once(9, write) for one in each]
    assert sorted(one.revision for one in made) == list(range(1, 91))
    assert sorted(ids(first)) == sorted(f"o{n}-{t}" for n in range(9) for t in range(10))
    states = {process.follower.catch_up().state.position for process in processes}
    assert len(states) == 1


# --- lost answers -----------------------------------------------------------------------------------------


def test_an_append_whose_answer_was_lost_is_made_once() -> None:
    process = Process()
    process.log.after = away("append")
    made = process.make(create(O1))
    assert (made.revision, made.edits, made.made) == (1, (create(O1),), True)
    assert ids(process) == ["o1"]


def test_an_append_that_was_tried_twice_by_the_driver_is_made_once() -> None:
    process = Process()

    def taken(name: str) -> None:
        if name == "append":
            raise RevisionTakenError("revision 1 exists")

    process.log.after = taken
    assert process.make(create(O1)).made
    assert ids(process) == ["o1"]


def test_an_append_that_failed_is_not_made() -> None:
    process = Process()
    process.log.before = away("append")
    with pytest.raises(StoreUnavailableError):
        process.make(create(O1))
    assert ids(process) == []
    process.log.before = Process().log.before
    assert process.make(create(O1)).made


def test_an_append_of_unknown_outcome_is_unknown_and_its_repetition_tells() -> None:
    process = Process()

    def vanish(name: str) -> None:
        if name == "append":
            process.log.before = away()
            raise StoreUnavailableError("the answer was lost")

    process.log.after = vanish
    with pytest.raises(StoreUnavailableError):
        process.make(create(O1), idempotency=KEY)
    process.log.before = process.log.after = Process().log.before
    again = process.make(create(O1), idempotency=KEY)
    assert (again.revision, again.replayed) == (1, True)
    assert ids(process) == ["o1"]


def test_an_append_that_failed_while_another_was_made_is_not_taken_for_it() -> None:
    process = Process()

    def fail(name: str) -> None:
        if name == "append":
            append(process.log.inner, create(O2))
            raise StoreUnavailableError("the answer was lost")

    process.log.before = fail
    with pytest.raises(StoreUnavailableError, match="the answer was lost"):
        process.make(create(O1))
    assert ids(process) == ["o2"]


def newer_version_writes(log: ChangeLog) -> None:
    """Append a change of a format that is not known yet."""
    body = canonical({"format": 99, "edits": []})
    mac = KEYRING.link(empty_state(log.head().log_id).position, body)
    log.append(LogEntry(revision=1, body=body, mac=mac))


def test_a_change_by_a_newer_version_is_no_crash() -> None:
    process = Process()
    before_each_append(process, lambda: newer_version_writes(process.log.inner))
    with pytest.raises(StoreUnavailableError, match="revision 1 can't be understood"):
        process.make(create(O1))


# --- Idempotency-Key ----------------------------------------------------------------------------------------


def never(_scene: Scene) -> Sequence[Edit]:
    raise InvalidRequestError("a replay proposes nothing")


def test_the_same_request_again_gets_the_first_answer() -> None:
    process = Process()
    process.make(create(O1), idempotency=KEY)
    process.make(create(O2))
    for elsewhere in (process, process.beside()):
        again = elsewhere.commit(AUTHOR, Request(propose=never, idempotency=KEY))
        assert (again.revision, again.edits, again.made, again.replayed) == (1, (create(O1),), False, True)
    assert ids(process) == ["o1", "o2"]


def test_a_start_from_a_checkpoint_remembers_too() -> None:
    process = Process()
    process.make(create(O1), idempotency=KEY)
    process.checkpoints.write(seal(process.follower.catch_up().state, KEYRING))
    again = process.beside().commit(AUTHOR, Request(propose=never, idempotency=KEY))
    assert (again.revision, again.edits, again.replayed) == (1, (create(O1),), True)


def test_a_key_used_with_something_else_is_refused() -> None:
    process = Process()
    process.make(create(O1), idempotency=KEY)
    with pytest.raises(IdempotencyMismatchError):
        process.make(create(O2), idempotency=Idempotency("key", "another digest"))
    assert ids(process) == ["o1"]


def test_a_key_is_its_users_own() -> None:
    process = Process()
    process.make(create(O1), idempotency=KEY)
    other = Author(actor="bootstrap", credential="bootstrap", request_id="r")
    made = process.commit(other, Request(propose=lambda _scene: [create(O2)], idempotency=Idempotency("key", "other")))
    assert made.made
    assert ids(process) == ["o1", "o2"]


def test_a_key_holds_for_24_hours_and_is_free_after_a_later_change() -> None:
    process = Process()
    process.make(create(O1), idempotency=KEY)
    process.clock.advance(DAY / SECOND)
    process.make(create(O2))
    assert process.make(idempotency=KEY).replayed
    process.clock.advance(1)
    process.make(create(organization("o3")))
    made = process.make(create(organization("o4")), idempotency=KEY)
    assert made.made
    assert not made.replayed


def test_what_was_refused_or_only_tried_is_not_kept() -> None:
    process = Process()
    with pytest.raises(UnknownReferenceError):
        process.make(create(assignment("ann", "R@platform", "platform")), idempotency=KEY)
    process.make(create(O1), idempotency=KEY, dry_run=True)
    process.make(idempotency=KEY)
    assert process.make(create(O1), idempotency=KEY).made


def test_one_key_at_once_in_many_threads_makes_one_change() -> None:
    first = Process()
    processes = [first, first.beside()]
    made = at_once(8, lambda n: processes[n % 2].make(create(organization(f"o{n}")), idempotency=KEY))
    assert len(ids(first)) == 1
    assert sum(one.made for one in made) == 1
    assert sum(one.replayed for one in made) == 7
    assert {one.revision for one in made} == {1}
