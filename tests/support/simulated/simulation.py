"""One simulation: what happens when, to whom, and what troubles the workers' way to the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from enterprise_policy.errors import StoreUnavailableError
from enterprise_service.ports.change_log import LogEntry, RevisionTakenError
from tests.support.growth import INSTANTS
from tests.support.simulated.deeds import Deeds
from tests.support.simulated.way import Weather
from tests.support.simulated.worker import Build, Worker, sound
from tests.support.simulated.world import Killed, World

STEPS: Final = 100
DEPTH: Final = 2
"""So many workers may be in the middle of something while another acts."""

FAULTS: Final = (
    "acknowledgements lost",
    "answers lost",
    "appends given up",
    "appends late",
    "appends refused",
    "appends sent twice",
    "asked in vain",
    "checkpoints forged",
    "clocks set back",
    "hints doubled",
    "hints forged",
    "hints lost",
    "hints out of order",
    "others between",
    "silences",
    "slow answers",
    "store away",
    "workers killed",
    "workers stopped",
    "workers stopped midway",
)
"""What goes wrong, in many simulations if not in each."""

Deed: TypeAlias = Callable[[Worker], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a simulation in which no law was broken; ``digest`` is that of its trace."""

    digest: str
    counts: Counter[str]
    faults: Counter[str]


class Simulation:
    """Follows from its seed and from what the workers are made of."""

    def __init__(self, seed: int, build: Build = sound) -> None:
        """Nothing has happened yet."""
        self.world = World(seed, build, lambda number: _Trouble(self, number))
        self.is_mended = False
        self.depth = 0
        self.deeds = Deeds(self.world)
        self.world.workers.extend(self.world.start(number) for number in range(self.world.rng.randint(4, 8)))

    def run(self) -> Outcome:
        """Go through all of it. Raises ``BrokenLawError`` at the moment at which a law is broken."""
        events, weights = zip(*self._events(), strict=True)
        for _ in range(STEPS):
            self.world.pass_time(0.4)
            for worker in self.world.due():
                self._have(worker, self.deeds.poll)
            self.world.rng.choices(events, weights)[0]()
        self._mend()
        return Outcome(digest=self.world.trace.digest, counts=self.world.judge.counts, faults=self.world.faults)

    def _events(self) -> Sequence[tuple[Callable[[], None], int]]:
        return (
            (self.somebody_acts, 100),
            (self._hint_arrives, 25),
            (self._hint_is_forged, 4),
            (self._late_append_lands, 8),
            (self._clock_is_stepped, 6),
            (self._worker_is_stopped, 5),
            (self._worker_is_killed, 4),
            (self._all_are_killed, 1),
            (self._store_goes_away, 3),
            (self._silence, 2),
        )

    # --- events --------------------------------------------------------------------------------------

    def somebody_acts(self) -> None:
        """A worker that is free does something; or one that isn't answers a question beside what it does."""
        rng, deeds, idle = self.world.rng, self.deeds, self.world.idle()
        if not idle or rng.random() < 0.1:
            self._have(rng.choice(self.world.workers), deeds.ask, is_free=False)
            return
        weights = {
            deeds.write: 30,
            deeds.repeat: 8,
            deeds.ask: 40,
            deeds.demand: 16,
            deeds.rebuild: 3,
            deeds.keep_checkpoint: 4,
            deeds.forge_checkpoint: 1,
        }
        chosen = rng.choices(list(weights), list(weights.values()))
        self._have(rng.choice(idle), chosen[0])

    def _have(self, worker: Worker, deed: Deed, *, is_free: bool = True) -> None:
        if is_free or self.world.time >= worker.stopped_until:
            with self.world.acting(worker):
                deed(worker)

    def _hint_arrives(self) -> None:
        hint = self.world.bus.take()
        worker = None if hint is None else self.world.workers[hint[0]]
        if hint is not None and worker in self.world.idle() and worker is not None:
            self._have(worker, lambda each: self.deeds.hear(each, hint[1]))

    def _hint_is_forged(self) -> None:
        self.world.bus.forge(self.world.rng.randrange(len(self.world.workers)), self.world.truth.revision)

    def _late_append_lands(self) -> None:
        if self.world.truth.under_way:
            self.world.faults["appends late"] += self.world.truth.land()

    def _clock_is_stepped(self) -> None:
        worker = self.world.rng.choice(self.world.workers)
        before, now = worker.clock.now(), self.world.rng.choice(INSTANTS)
        worker.clock.set(now)
        self.world.faults["clocks set back"] += now < before
        self.world.tell(worker, "has", now, "o'clock")

    def _worker_is_stopped(self) -> None:
        worker = self.world.rng.choice(self.world.workers)
        worker.stopped_until = self.world.time + self.world.rng.randint(1, 60)
        self.world.faults["workers stopped"] += 1
        self.world.tell(worker, "stops until", worker.stopped_until)

    def _worker_is_killed(self) -> None:
        self.world.kill(self.world.rng.choice(self.world.workers))

    def _all_are_killed(self) -> None:
        for worker in list(self.world.workers):
            self.world.kill(worker)

    def _store_goes_away(self) -> None:
        self.world.truth.away_until = self.world.time + self.world.rng.choice((1, 5, 10, 40))
        self.world.faults["store away"] += 1
        self.world.tell("the store is away until", self.world.truth.away_until)

    def _silence(self) -> None:
        self.world.pass_time(45, 10)
        self.world.faults["silences"] += 1

    # --- the end -------------------------------------------------------------------------------------

    def _mend(self) -> None:
        """All troubles end; every worker looks once, and answers once more."""
        self.is_mended = True
        self.world.truth.away_until = 0.0
        while self.world.truth.under_way:
            self._late_append_lands()
        for worker in self.world.workers:
            worker.stopped_until = 0.0
            self._have(worker, self.deeds.poll)
            self._have(worker, self.deeds.ask)
        self.world.judge.at_the_end(self.world.workers)


class _Trouble(Weather):
    """What troubles the way to the store of the worker in one place."""

    def __init__(self, simulation: Simulation, number: int) -> None:
        self._simulation = simulation
        self._number = number

    @property
    def _worker(self) -> Worker:
        return self._simulation.world.workers[self._number]

    def before(self, operation: str, entry: LogEntry | None) -> None:
        """See ``Weather``."""
        if self._simulation.is_mended:
            return
        self._step_in(operation)
        if entry is not None:
            self._hold_up(entry)
        if self._simulation.world.truth.is_away:
            raise self._fault("asked in vain", "the store is away")

    def after(self, operation: str) -> None:
        """See ``Weather``."""
        if self._simulation.is_mended:
            return
        if operation == "append":
            self._lose_answer()
        elif self._happens(0.01):
            raise self._fault("answers lost", "the answer was lost")
        self._step_in(operation)

    def _step_in(self, operation: str) -> None:
        world = self._simulation.world
        if self._happens(0.04 if operation == "append" else 0.005):
            raise Killed(str(self._worker))
        if self._happens(0.02):
            self._delay("slow answers", 3, 0)
        if self._happens(0.003):
            self._delay("workers stopped midway", 60, 1)
        if self._simulation.depth < DEPTH and self._happens(0.08):
            self._simulation.depth += 1
            world.faults["others between"] += 1
            self._simulation.somebody_acts()
            self._simulation.depth -= 1

    def _delay(self, name: str, most: int, least: int) -> None:
        self._worker.troubles += 1
        self._simulation.world.faults[name] += 1
        self._simulation.world.pass_time(most, least)

    def _hold_up(self, entry: LogEntry) -> None:
        if self._happens(0.06):
            raise self._fault("appends refused", "the connection broke")
        if self._happens(0.06):
            self._simulation.world.truth.under_way.append(entry)
            raise self._fault("appends given up", "no answer came in time")

    def _lose_answer(self) -> None:
        if self._happens(0.08):
            raise self._fault("acknowledgements lost", "the answer was lost")
        if self._happens(0.04):
            self._simulation.world.faults["appends sent twice"] += 1
            raise RevisionTakenError("the driver has sent it twice")

    def _happens(self, part: float) -> bool:
        return self._simulation.world.rng.random() < part

    def _fault(self, name: str, said: str) -> StoreUnavailableError:
        self._worker.troubles += 1
        self._simulation.world.faults[name] += 1
        return StoreUnavailableError(said)
