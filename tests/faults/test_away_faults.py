"""Pods that start while MongoDB is away, and pods that may only read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from enterprise_service.bootstrap import writing
from tests.support.cluster import Load
from tests.support.judging.evidence import Fault
from tests.support.judging.history import Kind
from tests.support.mongo_stores import raw_database
from tests.support.servers import MongoServer
from tests.support.stage import Place, Stage, judged, rates, stage, until
from tests.support.trouble import Trouble

pytestmark = pytest.mark.mongodb

PASSWORD = "planted-pass"
DATABASE = "policy"
COPY_STALENESS_SECONDS = 10
"""As old as a copy may be that decides: it is written five seconds after the start, and tells when it was right."""

LOAD = Load(writers=2, deciders=6, write_pause=0.05, decide_pause=0.02)

Report = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, seed=29) as made:
        yield made


def test_a_pod_starts_from_its_copy_while_mongodb_is_away_and_decides_until_that_is_too_old(
    on: Stage, report: Report
) -> None:
    pod, copy = on.pod("one", MAX_STALENESS_SECONDS=COPY_STALENESS_SECONDS), on.folder / "one" / "policy.copy"
    with on.cluster([pod], LOAD) as cluster:
        with cluster.working():
            until(copy.exists)
            trouble = Trouble(cluster, max_staleness=COPY_STALENESS_SECONDS)
            on.mongo.kill()
            pod.restart()
            until(lambda: pod.readiness()[0] != 0)
            status, found = pod.readiness()
            assert status == 503
            assert "MongoDB is disconnected" in found["dependencies"]["mongodb"]["message"]
            assert 0 < found["staleness_seconds"] < COPY_STALENESS_SECONDS
            until(lambda: pod.readiness()[1]["staleness_seconds"] > COPY_STALENESS_SECONDS + 0.5)
            time.sleep(2.0)  # some wait for a revision meanwhile that they demand
            trouble.end()
            on.mongo.start()
            pod.wait_ready()
            time.sleep(1.0)
        asked = [o for o in cluster.history.read() if o.kind is Kind.DECISION and not o.at_least]
        meanwhile = [o for o in asked if trouble.begun + 1 < o.begun < trouble.ended and o.answer is not None]
        decided = [o for o in meanwhile if o.status == 200]
        refused = [o for o in meanwhile if o.status != 200]
        judged(
            cluster,
            "store away at the start",
            report,
            limits=trouble.limits(deadline=COPY_STALENESS_SECONDS),
            faults=(
                Fault(name="decision by the copy", seen=len(decided), wanted=20),
                Fault(name="refused past the limit", seen=len(refused), wanted=10),
            ),
            rates=rates(1.0, 10.0),
        )
    assert {(o.status, o.answer.fields["code"]) for o in refused if o.answer} == {(503, "policy_unavailable")}
    ages = [o.answer.staleness_ms or 0 for o in decided if o.answer]
    assert max(ages) - min(ages) > 1_000
    assert max(o.ended for o in decided) < min(o.ended for o in refused) + 0.1


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[MongoServer]:
    """A server with a user who may read and write the policy, and one who may only read it."""
    with MongoServer(tmp_path) as server:
        with raw_database(server.uri_at(server.port, DATABASE)) as raw:
            for user, role in (("writer", "readWrite"), ("reader", "read")):
                raw.command("createUser", user, pwd=PASSWORD, roles=[{"role": role, "db": DATABASE}])
        server.stop()
        with MongoServer(tmp_path, server.port, auth=True) as asking:
            yield asking


def test_a_pod_that_only_decides_needs_no_right_to_write(
    tmp_path: Path, guarded: MongoServer, redis_url: str, redis_channel: str, report: Report
) -> None:
    writer, reader = (
        guarded.uri_at(guarded.port, DATABASE).replace("//", f"//{user}:{PASSWORD}@", 1)
        for user in ("writer", "reader")
    )
    at = Place(folder=tmp_path, uri=writer, direct_uri=writer, redis_url=redis_url, channel=redis_channel)
    with writing(at.settings):
        pass  # the store is made: who only reads can't do that
    deciding = at.pod("deciding", PLANE="decision", MONGODB_URI=reader)
    pods = [at.pod("all"), deciding]
    with at.cluster(pods, LOAD) as cluster:
        program = deciding.program
        trouble = Trouble(cluster)
        with cluster.working():
            time.sleep(6.0)  # its chores come every five seconds
        trouble.end()
        by_reader = [o for o in cluster.history.read() if o.pod == "deciding" and o.status == 200]
        judged(
            cluster,
            "a user who may only read",
            report,
            limits=trouble.limits(),
            demands=(trouble.demand("by a user who may only read"),),
            faults=(Fault(name="decided by who only reads", seen=len(by_reader), wanted=100),),
            rates=rates(),
        )
        assert deciding.stop() == 0
    assert program is not None
    assert [line for line in program.lines if "ERROR" in line or "authoriz" in line] == []
