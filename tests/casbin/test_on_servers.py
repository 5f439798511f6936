"""Programs with enforcers on MongoDB and Redis: each has what the other did, and the service decides alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from enterprise_adapters.mongo import MongoChangeLog, MongoCheckpoints, MongoDatabase
from enterprise_adapters.redis import RedisHints
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_service.ports.hints import Hints
from tests.casbin.callbacks import Called
from tests.support.casbin_programs import Program, filled, policy_of
from tests.support.logs import Process, TroubledLog
from tests.support.policies import allow, assignment, clinic, organization, role

PRINT = ["role:o1/dentist", "o1", "/charts/:id", "print", "allow"]
QUESTION = "lee c1 /charts/1 print"

NewProcess = Callable[[], Process]
NewHints = Callable[[], Hints]


@pytest.fixture
def new_process(mongodb_uri: str) -> Iterator[NewProcess]:
    """Makes processes of one store, each with connections of its own."""
    with ExitStack() as stack:

        def new() -> Process:
            database = MongoDatabase(mongodb_uri)
            log = stack.enter_context(closing(MongoChangeLog(database)))
            return Process(log=TroubledLog(log), checkpoints=MongoCheckpoints(database))

        yield new


@pytest.fixture
def new_hints(redis_url: str, redis_channel: str) -> Iterator[NewHints]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(RedisHints(redis_url, redis_channel)))


@pytest.fixture
def process(new_process: NewProcess) -> Process:
    records = (organization("o1"), clinic("c1"), role("dentist@o1", allow("/charts/:id", "read")))
    return filled(new_process(), *BUILT_IN_ROLES, *records, assignment("lee", "dentist@o1", "c1"))


def test_a_change_of_one_program_reaches_the_other_and_the_service(
    process: Process, new_process: NewProcess, new_hints: NewHints
) -> None:
    one, other = Program(process, hints=new_hints()), Program(new_process(), hints=new_hints())
    called = Called(lambda _revision: other.reload())
    other.watcher.set_update_callback(called)
    one.enforcer.set_watcher(one.watcher)
    assert not other.allows(QUESTION)
    one.enforcer.add_policy(*PRINT)
    assert called.next() == "2"
    for program in (one, other):
        assert program.allows(QUESTION)
        assert program.service_allows(QUESTION)
    other.watcher.close()


def test_without_redis_it_is_found_by_looking(process: Process, new_process: NewProcess) -> None:
    other = Program(new_process(), poll_seconds=0.1)
    called = Called(lambda _revision: other.reload())
    other.watcher.set_update_callback(called)
    Program(process).enforcer.remove_grouping_policy("lee", "role:o1/dentist", "c1")
    assert called.next() == "2"
    assert not other.allows("lee c1 /charts/1 read")
    other.watcher.close()


def test_two_programs_that_save_lose_and_double_nothing(process: Process, new_process: NewProcess) -> None:
    one, other = Program(process), Program(new_process())
    one.enforcer.add_policy(*PRINT)
    other.enforcer.add_grouping_policy("kim", "role:o1/dentist", "c1")
    for program in (one, other, one):
        program.enforcer.save_policy()
    held = policy_of(process).rules()
    assert held.revision == 3
    assert tuple(PRINT) in held.rules.p
    assert {link[0] for link in held.rules.g} == {"lee", "kim"}
