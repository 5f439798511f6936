"""Many writers at once, on two pods and one store: of those who exclude each other one wins, and nothing else is lost.

Clients of other things go on meanwhile, and all of it is judged.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from enterprise_adapters.memory import MemoryChangeLog
from enterprise_policy.state.built_in import BUILT_IN_ROLES
from enterprise_policy.state.edits import Edit, create, delete
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.policy_state import PolicyState, empty_state
from enterprise_policy.state.role import RoleRef
from enterprise_policy.values.names import PLATFORM
from tests.support.cluster import Cluster, Load
from tests.support.judging.client import Client, HttpConnection
from tests.support.judging.evidence import Evidence, Fault, Limits, read_log
from tests.support.judging.history import Answer
from tests.support.judging.judge import judge
from tests.support.logs import append
from tests.support.policies import KEYRING, assignment, organization, role
from tests.support.stage import BOUND_SECONDS, MAX_STALENESS_SECONDS, Place, figure
from tests.support.threads import at_once

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(figure(120, 1_800))]

TENANT = "north"
CLINICS, ROLES, ASSIGNMENTS = "/clinics", f"/domains/{TENANT}/roles", f"/domains/{TENANT}/assignments"
ADMINS = f"/domains/{PLATFORM}/assignments"
ADMIN = RoleRef(PLATFORM, "platform-admin")
LIMITS = Limits(bound=BOUND_SECONDS, max_staleness=MAX_STALENESS_SECONDS)
LOAD = Load(writers=1, deciders=2, write_pause=0.1, decide_pause=0.02)

Report = Callable[[str], None]
Send = Callable[[Client, int], Answer | None]


@dataclass(slots=True)
class Racers:
    """Writers who begin together, each with a pod of its own; ``races`` and ``overlaps`` count how often, and how well.

    A race overlaps when nobody had an answer yet when the last of them sent his request.
    """

    clients: Sequence[Client]
    races: int = 0
    overlaps: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def race(self, *sends: Send) -> list[Answer]:
        """What was answered to the first, to the second, and so on; the last of ``sends`` is that of all others."""
        times = [(0.0, 0.0)] * len(self.clients)

        def run(place: int) -> Answer:
            begun = time.monotonic()
            answer = sends[min(place, len(sends) - 1)](self.clients[place], place)
            times[place] = (begun, time.monotonic())
            assert answer is not None
            return answer

        answers = at_once(len(self.clients), run)
        self.races += 1
        self.overlaps += max(begun for begun, _ in times) < min(ended for _, ended in times)
        return answers

    def change(self, method: str, path: str, fields: object = None) -> Answer:
        """The answer to a change by the first of them alone, which has to be good."""
        answer = self.clients[0].write(method, path, fields)
        assert answer is not None
        assert answer.status < 300, answer
        return answer

    def name(self) -> str:
        """One that nothing has yet."""
        return f"raced-{next(self.numbers)}"


@pytest.fixture
def place(tmp_path: Path, mongodb_uri: str, redis_url: str, redis_channel: str) -> Place:
    return Place(folder=tmp_path, uri=mongodb_uri, direct_uri=mongodb_uri, redis_url=redis_url, channel=redis_channel)


@contextmanager
def racing(place: Place, count: int) -> Iterator[tuple[Cluster, Racers]]:
    """``count`` writers on two pods."""
    pods = [place.pod("one"), place.pod("two")]
    with ExitStack() as stack:
        cluster = stack.enter_context(place.cluster(pods, LOAD))
        clients = list[Client]()
        for number in range(count):
            connection = HttpConnection(pods[number % len(pods)].name, pods[number % len(pods)].port, 20.0)
            stack.callback(connection.close)
            clients.append(Client(f"racer-{number}", connection, cluster.history, cluster.clock))
        yield cluster, Racers(clients)


def judged(cluster: Cluster, name: str, report: Report, racers: Racers) -> Evidence:
    """All that there is to see, which was judged."""
    fault = Fault(name="writers at once", seen=racers.overlaps, wanted=racers.races // 5)
    evidence = cluster.evidence(limits=LIMITS, faults=(fault,))
    verdict = judge(evidence)
    report(verdict.line(name))
    verdict.check()
    return evidence


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def newest(answers: Sequence[Answer]) -> int:
    """The last revision that was made."""
    return max(answer.revision or 0 for answer in answers if answer.status < 300)


# --- one resource -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contested:
    """A collection; ``made`` are the fields of a record, given a name, and ``edited`` is the field that all edit."""

    collection: str
    edited: str
    made: Callable[[str], dict[str, Any]]


CONTESTED = (
    Contested(CLINICS, "name", lambda name: {"id": name, "organization_id": TENANT, "name": name}),
    Contested(ROLES, "description", lambda name: {"id": name}),
    Contested(ASSIGNMENTS, "reason", lambda name: {"subject": name, "role": "held"}),
)


@pytest.mark.parametrize("count", [2, 8])
def test_of_all_who_write_one_record_one_makes_each_revision(place: Place, report: Report, count: int) -> None:
    with racing(place, count) as (cluster, racers):
        with cluster.working():
            racers.change("POST", ROLES, {"id": "held"})
            for contested in CONTESTED:
                contest(racers, contested, rounds=figure(64, 2_000) // count)
        evidence = judged(cluster, f"F18 {count} writers on one record", report, racers)
        made = [o.answer.revision for o in evidence.acknowledged if o.answer and not o.answer.replayed]
        assert len(made) == len(set(made)) == evidence.head - evidence.since


def contest(racers: Racers, contested: Contested, rounds: int) -> None:
    """All make the same record, edit it, with and without a condition, and delete it."""
    count, made = len(racers.clients), contested.made(racers.name())
    answers = racers.race(lambda client, _: client.write("POST", contested.collection, made))
    assert statuses(answers) == {201: 1, 409: count - 1}
    (record,) = (answer.fields["id"] for answer in answers if answer.status == 201)
    path = f"{contested.collection}/{record}"
    for _ in range(rounds):
        expected = newest(answers)

        def edit(client: Client, number: int, expected: int | None = expected) -> Answer | None:
            fields = {contested.edited: f"{racers.races} by {number}"}
            return client.write("PATCH", path, fields, expected=expected)

        answers = racers.race(edit)
        assert statuses(answers) == {200: 1, 412: count - 1}
        answers = racers.race(lambda client, number, edit=edit: edit(client, number, None))
        assert statuses(answers) == {200: count}
    assert statuses(racers.race(lambda client, _: client.write("DELETE", path))) == {204: 1, 404: count - 1}


# --- what two edits must not break together ---------------------------------------------------------------


BUILT_IN = tuple(map(create, BUILT_IN_ROLES))
GIVEN = create(assignment("ann", "r@o1", "o1"))
ADMITTED = create(assignment("ann", f"{ADMIN.id}@{ADMIN.domain}", PLATFORM))


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ((create(role("r@o1", inherits=["s@o1"])), create(role("s@o1", inherits=["r@o1"]))), "inherits itself"),
        ((create(role("r@o1")), GIVEN, delete(role("r@o1"))), "is held by somebody, and gone"),
        ((*BUILT_IN, ADMITTED, delete(ADMITTED.record)), "has no administrator"),
    ],
)
def test_what_would_be_broken_shows(made: tuple[Edit, ...], wrong: str) -> None:
    log = MemoryChangeLog()
    for edit in (create(organization("o1")), *made):
        append(log, edit)
    log_id, entries = read_log(log)
    evidence = Evidence(operations=(), log_id=log_id, entries=entries, keyring=KEYRING)
    told = list(broken(evidence))
    assert told
    assert all(wrong in each for each in told)


def test_no_two_edits_together_break_what_each_alone_keeps(place: Place, report: Report) -> None:
    with racing(place, 2) as (cluster, racers):
        with cluster.working():
            for break_together in (make_a_cycle, end_a_role_that_is_given, remove_the_last_administrators):
                break_together(racers, figure(45, 340))
        evidence = judged(cluster, "F19 pairs that exclude each other", report, racers)
        assert racers.races >= 100
        assert list(broken(evidence)) == []


def make_a_cycle(racers: Racers, pairs: int) -> None:
    """Each of two roles is to inherit the other."""
    names = [racers.name(), racers.name()]
    for name in names:
        racers.change("POST", ROLES, {"id": name})

    def inherit(heir: int) -> Send:
        fields = {"inherits": [names[1 - heir]]}
        return lambda client, _: client.write("PATCH", f"{ROLES}/{names[heir]}", fields)

    for _ in range(pairs):
        answers = racers.race(inherit(0), inherit(1))
        assert sorted((answer.status, answer.fields.get("code")) for answer in answers) == [(200, None), (422, "cycle")]
        (heir,) = (name for name, answer in zip(names, answers, strict=True) if answer.status == 200)
        racers.change("PATCH", f"{ROLES}/{heir}", {"inherits": []})


def end_a_role_that_is_given(racers: Racers, pairs: int) -> None:
    """A role is deleted while it is assigned."""
    for _ in range(pairs):
        name = racers.name()
        racers.change("POST", ROLES, {"id": name})
        given, ended = racers.race(
            lambda client, _, name=name: client.write("POST", ASSIGNMENTS, {"subject": "ann", "role": name}),
            lambda client, _, name=name: client.write("DELETE", f"{ROLES}/{name}"),
        )
        refused = given if ended.status == 204 else ended
        assert (given.status, ended.status, refused.fields["code"]) in {
            (201, 409, "in_use"),
            (422, 204, "unknown_reference"),
        }


def remove_the_last_administrators(racers: Racers, pairs: int) -> None:
    """Of the last two each is removed."""
    given = {"domain": ADMIN.domain, "id": ADMIN.id}

    def admit(subject: str) -> str:
        made: str = racers.change("POST", ADMINS, {"subject": subject, "role": given}).fields["id"]
        return made

    ids = [admit("ann"), admit("bob")]
    for _ in range(pairs):
        answers = racers.race(
            *(lambda client, _, each=each: client.write("DELETE", f"{ADMINS}/{each}") for each in ids)
        )
        assert statuses(answers) == {204: 1, 409: 1}
        gone = next(place for place, answer in enumerate(answers) if answer.status == 204)
        ids[gone] = admit(racers.name())


def broken(evidence: Evidence) -> Iterator[str]:
    """What is wrong in any state that the log has been through."""
    state, had_admin = empty_state(evidence.log_id), False
    for entry in evidence.entries:
        state = apply_change(state, evidence.changes[entry.revision], entry.mac)
        roles = {versioned.record.ref: frozenset(versioned.record.inherits) for versioned in state.roles}
        yield from (f"revision {entry.revision}: {ref} inherits itself" for ref in roles if ref in above(ref, roles))
        held = {versioned.record.role for versioned in state.assignments}
        yield from (f"revision {entry.revision}: {ref} is held by somebody, and gone" for ref in held - roles.keys())
        has_admin = has_administrator(state)
        if had_admin and not has_admin:
            yield f"revision {entry.revision}: the platform has no administrator"
        had_admin |= has_admin


def above(ref: RoleRef, roles: dict[RoleRef, frozenset[RoleRef]]) -> frozenset[RoleRef]:
    """All that ``ref`` inherits, at any distance."""
    found, waiting = set[RoleRef](), [ref]
    while waiting:
        waiting += (new := roles.get(waiting.pop(), frozenset()) - found)
        found |= new
    return frozenset(found)


def has_administrator(state: PolicyState) -> bool:
    return any(versioned.record.role == ADMIN for versioned in state.assignments.items(PLATFORM))
