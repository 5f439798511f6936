"""Pods, and the MongoDB that they stand on stands still, dies, is slow, resets them, or can't be heard.

Each run is judged by all that clients saw and by the log. The figures are small; with `THOROUGH` in the environment
they are those of a long run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.cluster import Load
from tests.support.judging.evidence import Fault
from tests.support.pods import Pod
from tests.support.stage import Stage, figure, judged, rates, stage, standing_still, until
from tests.support.trouble import Trouble

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(figure(120, 1_200))]

WRITE_SECONDS = 2.5
"""When a write is refused at the latest."""

SLACK_SECONDS = 0.5
"""For a busy machine."""

Report = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, seed=13) as made:
        yield made


def says_disconnected(pod: Pod) -> bool:
    status, fields = pod.readiness()
    return status == 503 and "MongoDB is disconnected" in fields["dependencies"]["mongodb"].get("message", "")


def test_while_mongodb_stands_still_decisions_go_on_and_writes_are_refused_in_time(on: Stage, report: Report) -> None:
    every, deciding = on.pod("all"), on.pod("deciding", PLANE="decision")
    with on.cluster([every, deciding], Load(writers=4, deciders=2, write_pause=0.02)) as cluster:
        with cluster.working():
            time.sleep(1.5)
            trouble = Trouble(cluster)
            with standing_still(on.mongo):
                time.sleep(WRITE_SECONDS)
                assert says_disconnected(every)
                assert deciding.readiness()[0] == 200
                time.sleep(figure(2.0, 27.0))
                trouble.end()
            until(lambda: every.readiness()[0] == 200, 10.0)
            time.sleep(1.0)
        refused = [o for o in trouble.writes() if o.begun > trouble.begun + 0.2]
        judged(
            cluster,
            "F9 MongoDB stands still",
            report,
            limits=trouble.limits(),
            demands=(trouble.demand("MongoDB stands still"),),
            faults=(Fault(name="write refused", seen=len(refused), wanted=4),),
            rates=rates(2.0),
        )
    assert {o.status for o in refused} == {503}
    assert max(o.ended - o.begun for o in refused) < WRITE_SECONDS + SLACK_SECONDS


def test_no_write_is_lost_when_mongodb_is_killed_in_the_middle_of_a_thousand(on: Stage, report: Report) -> None:
    pods = [on.pod("one", workers=2), on.pod("two", workers=2)]
    kills, chance = 0, Random(5)
    with on.cluster(pods, Load(writers=6, deciders=2, write_pause=0.0, decide_pause=0.01)) as cluster:
        programs = [pod.program for pod in pods]
        trouble = Trouble(cluster)
        with cluster.working():
            for part in range(1, 6):
                until(lambda part=part: cluster.known.newest >= part * 200, 60.0)
                if part < 5:
                    on.mongo.kill()
                    kills += 1
                    time.sleep(chance.uniform(0.2, 1.0))
                    on.mongo.start()
            time.sleep(0.5)
        trouble.end()
        verdict = judged(
            cluster,
            "F10 MongoDB killed",
            report,
            limits=trouble.limits(),
            demands=(trouble.demand("MongoDB is killed"),),
            faults=(Fault(name="MongoDB killed", seen=kills, wanted=4),),
            rates=rates(),
        )
        assert verdict.acknowledged >= 1_000
        assert [pod.program for pod in pods] == programs


def test_a_write_whose_answer_is_lost_is_there_once(on: Stage, report: Report) -> None:
    pods, count = [on.pod("one"), on.pod("two")], figure(20, 200)
    with on.cluster(pods, Load(writers=3, deciders=2, decide_pause=0.01)) as cluster:
        trouble = Trouble(cluster)
        with cluster.working():
            for number in range(1, count + 1):
                on.cuts.next()
                until(lambda number=number: on.to_mongo.seen["insert's answer cut"] >= number)
            time.sleep(0.5)
        trouble.end()
        cut = on.to_mongo.seen["insert's answer cut"]
        judged(
            cluster,
            "F12 insert's answer cut",
            report,
            limits=trouble.limits(),
            demands=(trouble.demand("answers are cut"),),
            faults=(Fault(name="insert's answer cut", seen=cut, wanted=count),),
            rates=rates(1.0, 10.0),
        )


def test_a_slow_mongodb_that_resets_connections_costs_nobody_a_right_answer(on: Stage, report: Report) -> None:
    pods = [on.pod("one"), on.pod("two")]
    faults, seen = on.to_mongo.faults, on.to_mongo.seen
    with on.cluster(pods, Load(writers=3, deciders=2, decide_pause=0.01)) as cluster:
        with cluster.working():
            time.sleep(1.0)
            trouble = Trouble(cluster)
            faults.latency, faults.jitter, faults.resets = figure((0.04, 0.03, 0.5), (0.2, 0.15, 0.5))
            on.to_mongo.reset_all()  # so that all connections are such as are made from now on
            time.sleep(figure(6.0, 60.0))
            trouble.end()
            faults.heal()
            time.sleep(1.0)
        judged(
            cluster,
            "F13 MongoDB slow, connections reset",
            report,
            limits=trouble.limits(),
            demands=(trouble.demand("MongoDB is slow"),),
            faults=(
                Fault(name="delayed", seen=seen["delayed"], wanted=100),
                Fault(name="reset", seen=seen["reset"], wanted=10),
            ),
            rates=rates(1.0, 10.0),
        )
