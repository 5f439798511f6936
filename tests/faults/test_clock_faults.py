"""The wall clock of a pod is set back and ahead while it works: nothing hangs on it but windows.

How old a policy is goes by another clock. What has ended doesn't begin again when the clock is set back a little.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from enterprise_adapters.disk_checkpoint import DiskCheckpoint
from enterprise_adapters.memory import ManualClock
from enterprise_adapters.mongo import MongoDatabase, MongoLeases
from enterprise_adapters.mongo.leases import SKEW
from enterprise_adapters.system_clock import STEP_BACK, SystemClock
from enterprise_policy.state.edits import create
from enterprise_policy.values.windows import DAY, SECOND, Instant, format_instant
from enterprise_service.chores.local_copy import LocalCopyChore
from enterprise_service.follow.local_copies import begin_from
from tests.support import skewed_service
from tests.support.cluster import Cluster, Load
from tests.support.judging.client import Client, HttpConnection
from tests.support.judging.evidence import Demand, Evidence, Fault, Limits, Rate
from tests.support.judging.history import Asked, Kind
from tests.support.judging.judge import judge
from tests.support.logs import Process
from tests.support.pods import Pod
from tests.support.policies import KEYRING, organization
from tests.support.skewed_service import OFFSET, set_clock
from tests.support.stage import BOUND_SECONDS, Place, figure, until

HOUR = 3_600 * SECOND
MANY_YEARS = 3_650 * DAY
ASKED: Asked = ("locum", "north", "/charts/1", "read")
SKEWED = "skewed"

Report = Callable[[str], None]


# --- a clock by itself ------------------------------------------------------------------------------------


class Hand:
    """The hand of the system's clock, in microseconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at: Instant = 1_000 * DAY
        monkeypatch.setattr(time, "time_ns", lambda: 1_000 * self.at)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    return Hand(monkeypatch)


def test_a_clock_that_is_set_back_a_little_waits(hand: Hand) -> None:
    clock, begun = SystemClock(), hand.at
    for back in (1, SECOND, STEP_BACK):
        assert clock.now() == begun
        hand.at = begun - back
        assert clock.now() == begun
    for later in (-1, 0, 1, HOUR):
        hand.at = begun + later
        assert clock.now() == max(begun, hand.at)


def test_a_clock_that_was_wrong_is_followed_back(hand: Hand) -> None:
    clock, begun = SystemClock(), hand.at
    assert clock.now() == begun
    for back in (STEP_BACK + 1, HOUR, MANY_YEARS // 5):
        hand.at = begun - back
        assert clock.now() == hand.at
        hand.at = begun
        assert clock.now() == begun


def test_steps_back_that_follow_each_other_are_not_taken_for_small_ones(hand: Hand) -> None:
    """Many small ones are a large one: time isn't kept waiting for ever."""
    clock, begun = SystemClock(), hand.at
    clock.now()
    hand.at = begun - STEP_BACK
    assert clock.now() == begun
    hand.at = begun - STEP_BACK - 1
    assert clock.now() == hand.at


# --- what is kept by the wall clock -----------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [-MANY_YEARS, -HOUR, -SKEW // 2, SKEW // 2, HOUR, MANY_YEARS])
def test_a_lease_of_one_whose_clock_is_wrong_keeps_nobody_out_for_long(mongodb_uri: str, ahead: Instant) -> None:
    """He has died with it; those whose clocks are right get it, at the latest when clocks may differ no further."""
    wrong, right = ManualClock(), ManualClock()
    wrong.set(right.now() + ahead)
    with closing(MongoDatabase(mongodb_uri)) as database:
        assert MongoLeases(database, wrong).acquire("chore", "dead", 60.0)
        right.advance(60.0 + SKEW / SECOND)
        assert MongoLeases(database, right).acquire("chore", "next", 60.0)
        assert not MongoLeases(database, right).acquire("chore", "another", 60.0)


@pytest.mark.parametrize("ahead", [-MANY_YEARS, -HOUR, HOUR, MANY_YEARS])
def test_a_copy_is_never_taken_for_younger_than_it_is(tmp_path: Path, ahead: Instant) -> None:
    """By a clock that was set back its age isn't known; by one that was set ahead it is too old to decide by."""
    process, disk = Process(), DiskCheckpoint(tmp_path / "policy.copy")
    process.make(create(organization()))
    LocalCopyChore(process.follower, disk, KEYRING, process.clock).run()
    process.clock.set(process.clock.now() + ahead)
    begun = begin_from(disk, KEYRING, process.clock)
    if ahead < 0:
        assert begun is None
    else:
        assert begun is not None
        assert process.clock.elapsed() - begun.confirmed_at == ahead / SECOND


# --- a pod's clock ----------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, mongodb_uri: str, redis_url: str, redis_channel: str) -> Place:
    return Place(folder=tmp_path, uri=mongodb_uri, direct_uri=mongodb_uri, redis_url=redis_url, channel=redis_channel)


@pytest.fixture
def offset(tmp_path: Path) -> Path:
    file = tmp_path / "offset"
    set_clock(file, 0)
    return file


@pytest.fixture
def skewed(place: Place, offset: Path) -> Pod:
    """A pod whose clock goes by ``offset``."""
    words = (sys.executable, str(Path(skewed_service.__file__)))
    return place.pod(SKEWED, words=words, **{OFFSET: offset})


@pytest.mark.mongodb
@pytest.mark.timeout(figure(120, 1_200))
def test_a_clock_that_jumps_makes_nothing_fresh_stale_or_wrong(
    place: Place, skewed: Pod, offset: Path, report: Report
) -> None:
    """The other pod's answers are right to the moment; both go on, write, and follow each other."""
    jumps = (-HOUR, HOUR, -MANY_YEARS, -SECOND, 0)
    with place.cluster([skewed, place.pod("right")], Load(writers=3, deciders=4, write_pause=0.02)) as cluster:
        begun = cluster.clock.elapsed()
        with cluster.working():
            time.sleep(1.0)
            for ahead in jumps:
                set_clock(offset, ahead)
                time.sleep(figure(1.2, 30.0))
                assert skewed.readiness()[0] == 200
        evidence = cluster.evidence(
            limits=Limits(bound=BOUND_SECONDS, max_staleness=BOUND_SECONDS, skew=max(map(abs, jumps)) / SECOND),
            demands=(Demand(name="a clock jumps", begun=begun, ended=cluster.clock.elapsed()),),
            rates=(Rate(kind=Kind.WRITE, wanted=5.0), Rate(kind=Kind.DECISION, wanted=50.0)),
        )
        seen = Fault(name="change of an hour before the one before", seen=set_back(evidence), wanted=5)
        verdict = judge(replace(evidence, faults=(seen,)))
        report(verdict.line("F22 a pod's clock set back and ahead"))
        verdict.check()
        judge(of_right_clocks(evidence)).check()
        assert min(o.answer.staleness_ms or 0 for o in evidence.decisions if o.answer is not None) >= 0


def set_back(evidence: Evidence) -> int:
    """How many changes were made an hour or more before those that they follow, by the clocks of who made them."""
    times = [evidence.changes[entry.revision].at for entry in evidence.entries]
    return sum(later <= earlier - HOUR // 2 for earlier, later in pairwise(times))


def of_right_clocks(evidence: Evidence) -> Evidence:
    """The same run without what the skewed pod decided, by no more than the time that an answer took."""
    kept = (o for o in evidence.operations if o.kind is not Kind.DECISION or o.pod != SKEWED)
    return replace(evidence, operations=tuple(kept), limits=replace(evidence.limits, skew=0.0))


@pytest.mark.mongodb
def test_what_has_ended_does_not_begin_again_when_a_clock_is_set_back_a_little(
    place: Place, skewed: Pod, offset: Path
) -> None:
    with place.cluster([skewed], Load(writers=1)) as cluster, client_of(cluster, skewed) as client:
        give_for_a_second(client)
        assert decided(client) == {True}
        until(lambda: decided(client, 1) == {False})
        for back in (SECOND, 60 * SECOND, STEP_BACK - 10 * SECOND):
            set_clock(offset, -back)
            assert decided(client) == {False}


@contextmanager
def client_of(cluster: Cluster, pod: Pod) -> Iterator[Client]:
    client = Client("asks", HttpConnection(pod.name, pod.port), cluster.history, cluster.clock)
    try:
        yield client
    finally:
        client.close()


def give_for_a_second(client: Client) -> None:
    permission = {"resource": ASKED[2], "action": ASKED[3]}
    ends = format_instant(SystemClock().now() + SECOND)
    for path, fields in (
        ("/domains/north/roles", {"id": "locum", "permissions": [permission]}),
        ("/domains/north/assignments", {"subject": ASKED[0], "role": "locum", "ends_at": ends}),
    ):
        answer = client.write("POST", path, fields)
        assert answer is not None
        assert answer.status == 201, answer


def decided(client: Client, times: int = 50) -> set[bool]:
    """What is said of the one who has it, several times."""
    answers = [client.ask(ASKED) for _ in range(times)]
    return {answer.fields["allowed"] for answer in answers if answer is not None}
