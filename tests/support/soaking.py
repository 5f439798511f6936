"""All that a long run does to pods, their store and their hints, one thing after the other, chosen by a seed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from redis import Redis

from tests.support.mortal_pod import Moment
from tests.support.pods import Pod, kill_one
from tests.support.stage import Stage, standing_still, until
from tests.support.tcp_proxy import Way

BESIDE_THE_STORE: Final = (
    "Redis killed",
    "Redis stands still",
    "Redis emptied",
    "Redis unheard",
    "hints dropped, doubled, late and forged",
)
"""Faults in which all pods hear of changes in time: they poll."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaking:
    """Lets faults happen on a stage; ``seen`` counts them.

    ``managing`` are pods that die when the folder ``deaths`` says so; ``pods`` are all.
    """

    on: Stage
    managing: list[Pod]
    pods: list[Pod]
    deaths: Path
    chance: Random
    longest: float = 10.0
    """So many seconds a fault takes at most."""
    seen: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> Mapping[str, Callable[[], None]]:
        """What may happen, each by its name."""
        return {
            "workers killed": self._kill_workers,
            "workers die in a write": self._die,
            "pod stands still": self._pause_pod,
            "pod killed and started": self._restart_pod,
            "pod ended and started": self._end_pod,
            "all pods restarted": self._restart_all,
            "MongoDB killed": self._kill_mongo,
            "MongoDB stands still": self._pause_mongo,
            "MongoDB's answers to inserts cut": self._cut,
            "MongoDB slow, connections reset": self._slow,
            "MongoDB unheard": self._hold_mongo,
            "Redis killed": self._kill_redis,
            "Redis stands still": self._pause_redis,
            "Redis emptied": self._flush_redis,
            "Redis unheard": self._hold_redis,
            "hints dropped, doubled, late and forged": self._disturb_hints,
        }

    def do(self, name: str) -> None:
        """Let it happen, and wait until all pods are ready again."""
        self.faults[name]()
        self.seen[name] += 1
        until(lambda: all(pod.readiness()[0] == 200 for pod in self.pods), 60.0)

    def _some_time(self) -> None:
        time.sleep(self.chance.uniform(0.2, 1.0) * self.longest)

    # --- pods -------------------------------------------------------------------------------------------------------

    def _kill_workers(self) -> None:
        for _ in range(3):
            kill_one(self.chance.choice(self.pods), self.chance)
            time.sleep(self.chance.uniform(0.0, 1.0))

    def _die(self) -> None:
        for moment in self.chance.sample([*Moment], 3):
            told = self.deaths / moment
            told.touch()
            until(partial(_is_gone, told), 60.0)

    def _pause_pod(self) -> None:
        with self.chance.choice(self.pods).paused():
            self._some_time()

    def _restart_pod(self) -> None:
        self.chance.choice(self.pods).restart()

    def _end_pod(self) -> None:
        pod = self.chance.choice(self.pods)
        pod.stop()
        pod.start()

    def _restart_all(self) -> None:
        for pod in self.pods:
            pod.restart()

    # --- the store --------------------------------------------------------------------------------------------------

    def _kill_mongo(self) -> None:
        self.on.mongo.kill()
        self._some_time()
        self.on.mongo.start()

    def _pause_mongo(self) -> None:
        with standing_still(self.on.mongo):
            self._some_time()

    def _cut(self) -> None:
        self.on.cuts.next(10)
        until(lambda: not self.on.cuts.left, 60.0)

    def _slow(self) -> None:
        faults = self.on.to_mongo.faults
        faults.latency, faults.jitter, faults.resets = 0.2, 0.15, 0.5
        self.on.to_mongo.reset_all()
        self._some_time()
        faults.heal()

    def _hold_mongo(self) -> None:
        self.on.to_mongo.faults.holds = frozenset({self.chance.choice([*Way])})
        self._some_time()
        self.on.to_mongo.faults.heal()

    # --- the hints --------------------------------------------------------------------------------------------------

    def _kill_redis(self) -> None:
        self.on.redis.kill()
        self._some_time()
        self.on.redis.start()

    def _pause_redis(self) -> None:
        with standing_still(self.on.redis):
            self._some_time()

    def _flush_redis(self) -> None:
        with Redis.from_url(self.on.redis.url) as client:
            client.flushall()

    def _hold_redis(self) -> None:
        self.on.to_redis.faults.holds = frozenset({Way.DOWN})
        self._some_time()
        self.on.to_redis.faults.heal()

    def _disturb_hints(self) -> None:
        hints = self.on.pub_sub
        hints.dropped, hints.doubled, hints.delayed, hints.late, hints.forged = 0.5, 0.3, 0.3, 5.0, 0.1
        self._some_time()
        hints.heal()


def _is_gone(path: Path) -> bool:
    return not path.exists()
