"""A service on a file: its processes die in the middle of commits, and disks are full. All is judged in the end."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from enterprise_adapters.sqlite import Database, SqliteChangeLog
from enterprise_service.ports.change_log import ChangeLog
from tests.support.cluster import Cluster, Load
from tests.support.judging.evidence import Demand, Fault, Limits, Rate
from tests.support.judging.history import Kind, Operation
from tests.support.pods import Pod, kill_one
from tests.support.stage import MAX_STALENESS_SECONDS, Place, figure, judged, until

BOUND_SECONDS = 1.5
"""The file is asked each 0.2 s; the rest is for a busy machine."""

LIMITS = Limits(bound=BOUND_SECONDS, max_staleness=MAX_STALENESS_SECONDS)
ROOM = 48 * 1024
NO_ROOM = 512
COPY_SECONDS = 15.0
"""The copy is looked at each 5 s."""

Report = Callable[[str], None]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store" / "enterprise.db"


@pytest.fixture
def pod(store: Path) -> Pod:
    settings = {"SQLITE_PATH": store, "MAX_STALENESS_SECONDS": MAX_STALENESS_SECONDS, "LOG_LEVEL": "WARNING"}
    return Pod("on a file", settings, workers=2)


def cluster_on(pod: Pod, store: Path, load: Load) -> Cluster:
    @contextmanager
    def open_log() -> Iterator[ChangeLog]:
        with closing(SqliteChangeLog(Database(store, read_only=True))) as log:
            yield log

    return Cluster(store.parents[1], [pod], open_log, load)


def sound(store: Path) -> bool:
    """Whether SQLite finds nothing wrong with the file."""
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


# --- death ------------------------------------------------------------------------------------------------


@pytest.mark.timeout(figure(120, 1_800))
def test_no_kill_in_the_middle_of_a_commit_costs_what_was_acknowledged(pod: Pod, store: Path, report: Report) -> None:
    """Each falls at some moment of a write: there is always one under way."""
    chance, kills = Random(4), 0
    with cluster_on(pod, store, Load(writers=4, deciders=1, write_pause=0.0, decide_pause=0.02)) as cluster:
        with cluster.working():
            while kills < figure(30, 500):
                time.sleep(chance.uniform(0.05, 0.25))
                kills += kill_one(pod, chance)
            until(lambda: pod.readiness()[0] == 200)
            time.sleep(0.5)
        judged(
            cluster,
            "F4 processes on SQLite killed",
            report,
            limits=LIMITS,
            faults=(Fault(name="process killed", seen=kills, wanted=30), unanswered(cluster, 10)),
            rates=(Rate(kind=Kind.WRITE, wanted=10.0),),
        )
    assert sound(store)


def unanswered(cluster: Cluster, wanted: int) -> Fault:
    """Writes whose answer never came: death fell in the middle of them."""
    lost = sum(o.kind is Kind.WRITE and o.answer is None for o in cluster.history.read())
    return Fault(name="write without an answer", seen=lost, wanted=wanted)


# --- full disks -------------------------------------------------------------------------------------------


@contextmanager
def no_file_beyond(processes: Sequence[int], size: int) -> Iterator[None]:
    """The system lets ``processes`` make no file larger than that, as on a disk that is full."""
    for process in processes:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def largest(folder: Path) -> int:
    return max(file.stat().st_size for file in folder.iterdir())


@pytest.mark.timeout(figure(120, 1_200))
def test_a_full_disk_costs_writes_only_and_ends_without_a_restart(pod: Pod, store: Path, report: Report) -> None:
    with cluster_on(pod, store, Load(writers=3, deciders=3, write_pause=0.02, decide_pause=0.01)) as cluster:
        processes = pod.processes()
        with cluster.working():
            time.sleep(1.0)
            begun = cluster.clock.elapsed()
            with no_file_beyond(processes, largest(store.parent) + ROOM):
                until(lambda: len(refused(cluster)) >= 10)
                time.sleep(figure(1.5, 60.0))
                assert pod.readiness()[0] == 200
            ended, known = cluster.clock.elapsed(), cluster.known.newest
            until(lambda: cluster.known.newest > known + 5)
        judged(
            cluster,
            "F6 the disk is full",
            report,
            limits=LIMITS,
            demands=(Demand(name="the disk is full", begun=begun, ended=ended),),
            faults=(Fault(name="write refused", seen=len(refused(cluster)), wanted=10),),
            rates=(Rate(kind=Kind.WRITE, wanted=5.0), Rate(kind=Kind.DECISION, wanted=50.0)),
        )
        assert pod.processes() == processes
        told = {(o.status, o.answer.fields["code"]) for o in refused(cluster) if o.answer is not None}
    assert told == {(503, "store_unavailable")}
    assert sound(store)


def refused(cluster: Cluster) -> Sequence[Operation]:
    """Writes that couldn't be done."""
    return [o for o in cluster.history.read() if o.kind is Kind.WRITE and o.status is not None and o.status >= 500]


@pytest.mark.mongodb
@pytest.mark.timeout(120)
def test_a_copy_of_the_policy_that_finds_no_room_hinders_nothing(
    tmp_path: Path, mongodb_uri: str, redis_url: str, report: Report
) -> None:
    """It is said, nothing is left of the attempt, and there is a copy once there is room."""
    place = Place(folder=tmp_path, uri=mongodb_uri, direct_uri=mongodb_uri, redis_url=redis_url)
    pod, folder = place.pod("pod"), tmp_path / "pod"
    with place.cluster([pod], Load(writers=1, deciders=2, write_pause=0.1, decide_pause=0.02)) as cluster:
        with cluster.working():
            assert pod.program is not None
            with no_file_beyond(pod.processes(), NO_ROOM):
                told = pod.program.wait_for(lambda line: "local copy" in line, COPY_SECONDS)
                assert "can't be read or written: file too large" in told
                assert pod.readiness()[0] == 200
                assert list(folder.glob("*policy.copy*")) == list(folder.glob(".policy.copy*")) == []
            until((folder / "policy.copy").exists, COPY_SECONDS)
        judged(
            cluster,
            "F6 no room for the copy of the policy",
            report,
            limits=LIMITS,
            faults=(Fault(name="copy not written", seen=1),),
            rates=(Rate(kind=Kind.WRITE, wanted=3.0), Rate(kind=Kind.DECISION, wanted=20.0)),
        )
