"""A long run with many faults: `make soak`. It isn't part of `make test`.

`SOAK_SECONDS` is how long it takes, with a fault every `SOAK_EVERY` seconds; `SOAK_SEED` chooses them, and each is told
when it happens.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.support.cluster import Cluster, Load
from tests.support.judging.evidence import Demand, Fault, Limits
from tests.support.soaking import BESIDE_THE_STORE, Soaking
from tests.support.stage import Stage, judged, rates, stage
from tests.support.trouble import Trouble

pytestmark = [pytest.mark.mongodb, pytest.mark.timeout(0)]

SECONDS = float(os.environ.get("SOAK_SECONDS", "900"))
SEED = int(os.environ.get("SOAK_SEED", secrets.randbelow(2**32)))
EVERY = float(os.environ.get("SOAK_EVERY", "20"))
ANSWERED = 0.8
"""So many of all questions have an answer: pods are killed, and stand still."""

Report = Callable[[str], None]


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, SEED) as made:
        yield made


def test_nothing_is_lost_and_nothing_wrong_whatever_happens(on: Stage, report: Report) -> None:
    tell(f"{SECONDS:g} s, a fault every {EVERY:g} s, SOAK_SEED={SEED}")
    deaths = on.folder / "deaths"
    managing = [on.mortal_pod(name, deaths, workers=2) for name in ("one", "two")]
    pods = [*managing, on.pod("deciding", PLANE="decision")]
    soaking = Soaking(on=on, managing=managing, pods=pods, deaths=deaths, chance=Random(SEED))
    load = Load(writers=4, deciders=6, write_pause=0.03, decide_pause=0.02)
    with on.cluster(pods, load, SEED) as cluster:
        whole = Trouble(cluster)
        with cluster.working():
            troubles = list(go_on(soaking, cluster))
            time.sleep(5.0)
        whole.end()
        judged(
            cluster,
            f"soak, {whole.ended - whole.begun:.0f} s, seed {SEED}",
            report,
            limits=limits_of(whole, troubles),
            demands=(Demand(name="all the time", begun=whole.begun, ended=whole.ended, ratio=ANSWERED, p99=5.0),),
            faults=tuple(Fault(name=name, seen=count) for name, count in sorted(soaking.seen.items())),
            rates=rates(5.0, 50.0),
        )


def go_on(soaking: Soaking, cluster: Cluster) -> Iterator[Trouble]:
    """Each fault once, in any order, and again, until the time is over; those that excuse that decisions are old."""
    until, coming = cluster.clock.elapsed() + SECONDS, list[str]()
    while (begun := cluster.clock.elapsed()) < until:
        coming = coming or soaking.chance.sample([*soaking.faults], len(soaking.faults))
        name = coming.pop()
        trouble = Trouble(cluster)
        soaking.do(name)
        trouble.end()
        tell(f"revision {cluster.known.newest}: {name}, well again after {trouble.ended - trouble.begun:.1f} s")
        if name not in BESIDE_THE_STORE:
            yield trouble
        time.sleep(max(1.0, begun + EVERY - cluster.clock.elapsed()))


def limits_of(whole: Trouble, troubles: list[Trouble]) -> Limits:
    """Decisions may be old in times of trouble, and for some seconds after; a pod that stands still is late too."""
    limits = whole.limits(deadline=20.0)
    spells = tuple(spell for trouble in troubles for spell in trouble.limits().spells)
    return Limits(
        bound=limits.bound, spells=spells, max_staleness=limits.max_staleness, deadline=limits.deadline, sample=5
    )


def tell(line: str) -> None:
    """At once."""
    print(f"soak: {line}", flush=True)  # noqa: T201 - seen while it happens
