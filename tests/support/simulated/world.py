"""All that there is in a simulation: the store, the workers, the hints between them, and one time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Final

from enterprise_service.follow.follower import Store
from tests.support.enterprise import StillClock
from tests.support.growth import INSTANTS
from tests.support.simulated.bus import LossyBus
from tests.support.simulated.laws import BrokenLawError, Judge
from tests.support.simulated.trace import Trace
from tests.support.simulated.truth import Truth
from tests.support.simulated.way import CheckpointWay, Way, Weather
from tests.support.simulated.worker import Build, Worker

TICKS: Final = 1024
"""Of a second: times are whole numbers of them, so that sums of them are exact."""

POLL_TICKS: Final = 5 * TICKS


class Killed(BaseException):
    """A worker ends here, like by ``kill -9``: nothing in the program may catch it."""


class World:
    """See the module. Everything random in it comes from ``rng``."""

    def __init__(self, seed: int, build: Build, weather: Callable[[int], Weather]) -> None:
        """No worker yet; ``build`` makes what each consists of, ``weather`` makes its way to the store."""
        self.rng = Random(seed)
        self.trace = Trace()
        self.faults: Counter[str] = Counter()
        self.truth = Truth(lambda: self.time, self.tell)
        self.judge = Judge(self.truth)
        self.bus = LossyBus(self.rng, self.faults)
        self.workers: list[Worker] = []
        self._build = build
        self._weather = weather
        self._ticks = 0

    @property
    def time(self) -> float:
        """Seconds since the beginning."""
        return self._ticks / TICKS

    def tell(self, *words: object) -> None:
        """A line of the trace."""
        self.trace.add(f"{self.time:.3f}", *words)

    def pass_time(self, most: float, least: float = 0.0) -> None:
        """Let some seconds pass, for everybody."""
        ticks = self.rng.randint(round(least * TICKS), round(most * TICKS))
        self._ticks += ticks
        for worker in self.workers:
            worker.clock.advance(ticks / TICKS)

    # --- workers -----------------------------------------------------------------------------------

    def start(self, number: int, life: int = 1) -> Worker:
        """A new worker in place ``number``."""
        clock = StillClock(self.rng.choice(INSTANTS))
        weather = self._weather(number)
        store = Store(log=Way(self.truth, weather), checkpoints=CheckpointWay(self.truth, weather))
        parts = self._build(store, clock, lambda revision: self._announce(number, revision))
        return Worker(number=number, life=life, clock=clock, store=store, parts=parts, polls_at=self.time)

    def _announce(self, sender: int, revision: int) -> None:
        self.tell("hints at", revision)
        self.bus.publish(revision, [each.number for each in self.workers if each.number != sender])

    def kill(self, worker: Worker) -> None:
        """End ``worker``; another begins in its place."""
        self.faults["workers killed"] += 1
        self.tell(worker, "is killed")
        self.workers[worker.number] = self.start(worker.number, worker.life + 1)

    def idle(self) -> list[Worker]:
        """The workers that could do something now."""
        return [worker for worker in self.workers if not worker.is_busy and self.time >= worker.stopped_until]

    @contextmanager
    def acting(self, worker: Worker) -> Iterator[None]:
        """``worker`` does something, and may be killed at it, but not fail; it shows no older revision after it."""
        was_busy, worker.is_busy = worker.is_busy, True
        try:
            yield
        except Killed:
            self.kill(worker)
        except BrokenLawError:
            raise
        except Exception as error:
            raise BrokenLawError(f"{worker} fails: {error!r}") from error
        else:
            current = worker.parts.follower.current
            self.judge.shown(worker, 0 if current is None else current.revision)
        finally:
            worker.is_busy = was_busy

    def due(self) -> list[Worker]:
        """The idle workers whose time to poll has come."""
        return [worker for worker in self.idle() if self.time >= worker.polls_at]

    def next_poll(self) -> float:
        """When a worker that polls now does it again."""
        return self.time + self.rng.randint(round(0.8 * POLL_TICKS), round(1.2 * POLL_TICKS)) / TICKS
