"""What the program itself puts into a store."""

from __future__ import annotations

from dataclasses import replace

from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.change import decode_change
from enterprise_policy.state.edits import create
from enterprise_policy.state.model_pin import ModelPin
from enterprise_service.administer.commit import Committed
from enterprise_service.administer.genesis import AUTHOR, genesis
from tests.support.logs import Process, append
from tests.support.threads import at_once


def start(process: Process) -> Committed:
    return process.commit(AUTHOR, genesis(process.model))


def test_a_first_start_makes_the_model_and_the_built_in_roles_in_one_change() -> None:
    process = Process()
    assert start(process).made
    state = process.follower.catch_up().state
    assert state.revision == 1
    assert state.model_digest == process.model.digest
    assert {v.record for v in state.roles} == set(BUILT_IN_ROLES)
    change = decode_change(process.log.inner.read(0, 1)[0].body)
    assert (change.actor, change.reason) == ("system:program", "what comes with the program")


def test_every_later_start_makes_nothing() -> None:
    process = Process()
    start(process)
    for again in (process, process.beside()):
        assert (start(again).revision, start(again).made) == (1, False)
    assert process.log.inner.head().revision == 1


def test_processes_that_start_at_once_make_one_change() -> None:
    first = Process()
    made = at_once(4, lambda _number: start(first.beside()))
    assert sum(one.made for one in made) == 1
    assert first.log.inner.head().revision == 1


def test_an_upgrade_adds_what_is_new_and_brings_up_to_date_what_has_changed() -> None:
    process = Process()
    changed, *rest = BUILT_IN_ROLES[:-1]
    old = replace(changed, permissions=changed.permissions[:1], description="As it was.")
    append(process.log.inner, create(ModelPin(digest=process.model.digest)), *map(create, (old, *rest)))
    made = start(process)
    assert {edit.record.id for edit in made.edits} == {changed.id, BUILT_IN_ROLES[-1].id}
    assert {v.record for v in process.follower.catch_up().state.roles} == set(BUILT_IN_ROLES)
