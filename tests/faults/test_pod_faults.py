"""Processes of pods die, stand still, and start all at once, on a store and hints that are well.

Each run is judged by all that clients saw and by the log.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

from bench.store import AUTHOR, EDITS_OF_A_CHANGE, propose
from bench.workload import make_workload
from enterprise_policy.decide.casbin_form import effective_rules
from enterprise_policy.state.change import encode_change
from enterprise_policy.state.edits import create
from enterprise_policy.state.fold import apply_change
from enterprise_policy.state.organization import Organization
from enterprise_service.administer.commit import Request
from enterprise_service.bootstrap import open_store, writing
from enterprise_service.chores.export_comparison import compare, rows_of
from enterprise_service.follow.checkpointing import seal
from enterprise_service.ports.change_log import LogEntry
from enterprise_service.settings import Settings
from tests.support.cluster import Load
from tests.support.judging.client import HttpConnection
from tests.support.judging.evidence import Fault
from tests.support.judging.history import Kind
from tests.support.mortal_pod import EXPORT, Moment
from tests.support.pods import Pod, kill_one
from tests.support.policies import change_of
from tests.support.raw_http import Reply
from tests.support.sample_policy import KEY
from tests.support.stage import Place, figure, judged, rates, stage, until
from tests.support.threads import at_once
from tests.support.trouble import Trouble

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(figure(120, 1_200))]

KILLS = figure(20, 500)
DEATHS = figure(2, 20)
PAUSE_SECONDS = figure(5.0, 60.0)
CHANGES = figure(400, 5_000)
PAUSED_STALENESS_SECONDS = PAUSE_SECONDS / 2
EXPORT_SECONDS = 20.0
RULES = figure(100_000, 300_000)
RESTARTS = figure(3, 30)
HERD = 64
LOAD = Load(writers=4, deciders=3, write_pause=0.0, decide_pause=0.01)

Report = Callable[[str], None]


@pytest.fixture
def at(tmp_path: Path, mongodb_uri: str, redis_url: str, redis_channel: str) -> Place:
    return Place(folder=tmp_path, uri=mongodb_uri, direct_uri=mongodb_uri, redis_url=redis_url, channel=redis_channel)


def has_workers(pods: Sequence[Pod]) -> bool:
    return all(len(pod.processes()) == pod.workers and pod.readiness()[0] == 200 for pod in pods)


# --- death ----------------------------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_while_it_writes_loses_nothing(at: Place, report: Report) -> None:
    pods, chance, kills = [at.pod("one", workers=2), at.pod("two", workers=2)], Random(1), 0
    with at.cluster(pods, LOAD) as cluster:
        trouble = Trouble(cluster)
        with cluster.working():
            while kills < KILLS:
                time.sleep(0.3 + chance.uniform(0.0, 0.05))
                kills += kill_one(chance.choice(pods), chance)
            until(lambda: has_workers(pods))
            time.sleep(0.5)
        trouble.end()
        writes = [o for o in cluster.history.read() if o.kind is Kind.WRITE]
        judged(
            cluster,
            "F1 workers killed",
            report,
            limits=trouble.limits(),
            faults=(
                Fault(name="worker killed", seen=kills, wanted=KILLS),
                Fault(name="write broken off", seen=sum(o.answer is None for o in writes), wanted=KILLS // 10),
            ),
            rates=rates(),
        )


def test_a_worker_that_dies_at_any_moment_of_a_write_leaves_it_whole_or_undone(at: Place, report: Report) -> None:
    deaths = at.folder / "deaths"
    pods = [at.mortal_pod(name, deaths, workers=2) for name in ("one", "two")]
    seen = dict.fromkeys(Moment, 0)
    with at.cluster(pods, LOAD) as cluster:
        trouble = Trouble(cluster)
        with cluster.working():
            for moment in [*Moment] * DEATHS:
                told = deaths / moment
                told.touch()
                until(lambda told=told: not told.exists())
                seen[moment] += 1
                until(lambda: has_workers(pods))
            time.sleep(0.5)
        trouble.end()
        judged(
            cluster,
            "F2 workers die at a moment of a write",
            report,
            limits=trouble.limits(),
            faults=tuple(Fault(name=moment, seen=count, wanted=DEATHS) for moment, count in seen.items()),
            rates=rates(),
        )


# --- standing still -------------------------------------------------------------------------------------------------


def test_a_pod_that_stood_still_never_decides_by_what_is_too_old(at: Place, report: Report) -> None:
    """Its first answers, when it wakes up, are 503 or current."""
    settings = {"MAX_STALENESS_SECONDS": PAUSED_STALENESS_SECONDS}
    pods = [at.pod("one", **settings), at.pod("two", **settings)]
    load = Load(writers=2, deciders=4, write_pause=0.05, decide_pause=0.01, patience=PAUSE_SECONDS + 10)
    with at.cluster(pods, load) as cluster:
        with cluster.working():
            time.sleep(1.0)
            before = cluster.known.newest
            trouble = Trouble(cluster, max_staleness=PAUSED_STALENESS_SECONDS, pod="two")
            with pods[1].paused():
                made = change_for(at.settings, PAUSE_SECONDS, CHANGES)
            trouble.end()
            time.sleep(2.0)
        slept = [o for o in cluster.history.read() if o.pod == "two" and trouble.begun < o.begun < trouble.ended]
        woken = [o for o in slept if o.ended >= trouble.ended]
        judged(
            cluster,
            "F21 pod stands still",
            report,
            limits=trouble.limits(deadline=PAUSE_SECONDS + 4.0),
            faults=(
                Fault(name="change meanwhile", seen=made, wanted=CHANGES),
                Fault(name="question that waited", seen=len(woken)),
            ),
            rates=rates(2.0, 20.0),
        )
        assert cluster.known.newest >= before


def test_a_pod_that_stood_still_in_the_middle_of_the_export_leaves_no_wrong_row(at: Place, report: Report) -> None:
    """The next pass mends it, soon: a pause is no work to rest from."""
    told = at.folder / "deaths" / EXPORT
    pods = [at.mortal_pod(name, told.parent) for name in ("one", "two")]
    with at.cluster(pods, Load(writers=3, deciders=2, decide_pause=0.01)) as cluster:
        with cluster.working():
            told.touch()
            until(lambda: not told.exists(), 30.0)
            trouble = Trouble(cluster)
            made = change_for(at.settings, PAUSE_SECONDS, CHANGES)
            for pod in pods:
                pod.signal(signal.SIGCONT)
            trouble.end()
            time.sleep(1.0)
        judged(
            cluster,
            "F21 pod stands still in the export",
            report,
            limits=trouble.limits(deadline=PAUSE_SECONDS + 4.0),
            faults=(
                Fault(name="paused before a write of the export", seen=int(not told.exists())),
                Fault(name="change meanwhile", seen=made, wanted=CHANGES),
            ),
            rates=rates(2.0, 20.0),
        )
        until(lambda: not wrong_rows(at.settings), EXPORT_SECONDS)


def wrong_rows(settings: Settings) -> int:
    """How many rows of the export are not those of the rules in force."""
    with open_store(settings, writes=False) as opened:
        export = opened.parts.export
        assert export is not None
        state, rows = opened.follower.catch_up().state, list(export.rows())
        return len(compare(rows_of(effective_rules(state, opened.clock.now())), rows))


def change_for(settings: Settings, seconds: float, count: int) -> int:
    """Make changes for so long, and at least ``count``; how many."""
    begun, made = time.monotonic(), 0
    with writing(settings) as store:
        while made < count or time.monotonic() < begun + seconds:
            name = f"paused-{made}"
            edits = [create(Organization(id=name, name=name))]
            store.commit(AUTHOR, Request(propose=partial(propose, edits)))
            made += 1
            time.sleep(max(0.0, begun + made * seconds / count - time.monotonic()))
    return made


# --- all at once ----------------------------------------------------------------------------------------------------


@pytest.fixture
def large(at: Place) -> Place:
    """With many rules, which nobody has judged, and a checkpoint of them."""
    edits, settings = make_workload(RULES, 1).edits, at.settings
    with writing(settings), open_store(settings, writes=True) as opened:
        state, log = opened.follower.catch_up().state, opened.store.log
        for start in range(0, len(edits), EDITS_OF_A_CHANGE):
            change = change_of(state, *edits[start : start + EDITS_OF_A_CHANGE])
            body = encode_change(change)
            entry = LogEntry(revision=change.revision, body=body, mac=opened.keyring.link(state.position, body))
            log.append(entry)
            state = apply_change(state, change, entry.mac)
        opened.store.checkpoints.write(seal(state, opened.keyring))
    return at


@pytest.mark.timeout(figure(300, 1_200))
def test_all_pods_start_at_once_with_a_large_policy_and_are_ready_soon(large: Place, report: Report) -> None:
    pods = [large.pod("one", workers=2), large.pod("two", workers=2)]
    begun = time.monotonic()
    with large.cluster(pods, Load(writers=2, deciders=3, write_pause=0.05, decide_pause=0.01)) as cluster:
        seconds = time.monotonic() - begun
        trouble = Trouble(cluster)
        with cluster.working():
            time.sleep(2.0)
        trouble.end()
        judged(
            cluster,
            f"F28 4 workers start with {RULES} rules, ready after {seconds:.1f} s",
            report,
            limits=replace(trouble.limits(), sample=0),
            demands=(trouble.demand("after the start"),),
            faults=(Fault(name="worker started", seen=sum(len(pod.processes()) for pod in pods), wanted=4),),
            rates=rates(),
        )


def test_all_pods_are_restarted_at_once_and_nothing_is_lost(at: Place, report: Report) -> None:
    pods, restarts = [at.pod("one", workers=2), at.pod("two", workers=2)], 0
    with at.cluster(pods, LOAD) as cluster:
        trouble = Trouble(cluster)
        with cluster.working():
            for _ in range(RESTARTS):
                time.sleep(0.5)
                for pod in pods:
                    pod.restart()
                    restarts += 1
                until(lambda: has_workers(pods))
            time.sleep(0.5)
        trouble.end()
        judged(
            cluster,
            "F28 all pods restarted at once",
            report,
            limits=trouble.limits(),
            faults=(Fault(name="pod restarted", seen=restarts, wanted=2 * RESTARTS),),
            rates=rates(2.0, 20.0),
        )


@pytest.mark.mongodb
def test_many_who_demand_the_same_revision_cost_few_readings(tmp_path: Path, report: Report) -> None:
    """Nobody asks the store by himself: those who come while it is read share what the next reading finds."""
    with stage(tmp_path) as on:
        pod = on.pod("one", POLL_INTERVAL_SECONDS=20, REDIS_CHANNEL="nobody:else")
        pod.start()
        try:
            pod.wait_ready()
            newest = change_for(on.settings, 0.0, 3) + 1
            before = commands(pod)
            on.to_mongo.faults.latency = 0.05  # so that a reading takes longer than a machine that is busy
            found = at_once(HERD, lambda number: demand(pod, f"there-{number}", newest))
            missing = at_once(HERD, lambda number: demand(pod, f"missing-{number}", newest + 1))
            asked = commands(pod) - before
        finally:
            pod.kill()
    assert {(reply.status, reply.header("x-policy-revision")) for reply in found} == {(200, str(newest))}
    assert {reply.status for reply in missing} == {409}
    report(f"F28 {2 * HERD} demands for a revision at once: {asked} commands to the store")
    assert asked < HERD


def demand(pod: Pod, name: str, revision: int) -> Reply:
    connection = HttpConnection(name, pod.port)
    headers = [("Authorization", f"Bearer {KEY}"), ("Content-Type", "application/json")]
    body = b'{"sub": "x", "dom": "platform", "obj": "/x", "act": "x", "at_least": %d}' % revision
    try:
        reply = connection.send("POST", "/authorize", headers, body)
    finally:
        connection.close()
    assert reply is not None
    return reply


def commands(pod: Pod) -> int:
    """How many commands the pod has sent to the store, by its metrics."""
    connection = HttpConnection("metrics", pod.port)
    try:
        reply = connection.send("GET", "/metrics", [("Authorization", f"Bearer {KEY}")], None)
    finally:
        connection.close()
    assert reply is not None
    lines = [line for line in reply.body.decode().splitlines() if line.startswith(COMMANDS)]
    return round(sum(float(line.rpartition(" ")[2]) for line in lines))


COMMANDS = "enterprise_service_db_command_duration_seconds_count"
