"""Workers, a store and hints in one process, with everything that may go wrong between them, from one number each.

`SIMULATION_SEEDS` says how many numbers are tried. `python -m tests.support.simulated NUMBER` shows one again.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.support.programs import ROOT
from tests.support.simulated.flaws import FLAWS
from tests.support.simulated.laws import BrokenLawError
from tests.support.simulated.simulation import FAULTS, Outcome, Simulation
from tests.support.simulated.worker import Build, sound

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "300"))
SOME = (1, 77, 205)
ENOUGH = 150
"""So many seeds find every planted bug, the first few most of them."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The program tells of each fault; here there are thousands."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def outcome(seed: int, build: Build = sound) -> Outcome:
    """What comes of ``seed``; which it was is told with the law that it breaks."""
    try:
        return Simulation(seed, build).run()
    except BrokenLawError as error:
        raise BrokenLawError(f"{error} (see `python -m tests.support.simulated {seed}`)") from error


@pytest.mark.timeout(0)  # as many seeds as somebody wants
def test_no_law_is_broken_whatever_goes_wrong(report: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for seed in range(SEEDS):
        made = outcome(seed)
        counts += made.counts
        faults += made.faults
    assert {name for name in FAULTS if not faults[name]} == set()
    assert counts["allowed"] > counts["decisions"] / 20
    assert counts["writes acknowledged"] > 5 * SEEDS
    assert counts["rebuilt"] > SEEDS / 2
    report(
        f"simulation: {SEEDS} seeds, writes acknowledged {counts['writes acknowledged']}, lost 0, doubled 0, "
        f"decisions {counts['decisions']}, wrong 0, faults seen {faults.total()}"
    )
    report(f"simulation: {', '.join(f'{name} {count}' for name, count in sorted(faults.items()))}")


@pytest.mark.parametrize("flaw", FLAWS)
def test_every_planted_bug_is_found(flaw: str) -> None:
    assert any(is_broken(seed, FLAWS[flaw]) for seed in range(ENOUGH))


def is_broken(seed: int, build: Build) -> bool:
    """Whether such workers break a law."""
    try:
        Simulation(seed, build).run()
    except BrokenLawError:
        return True
    return False


@pytest.mark.parametrize("seed", SOME)
def test_a_seed_replays_bit_for_bit_in_any_process(seed: int) -> None:
    digest = outcome(seed).digest
    assert outcome(seed).digest == digest
    for order in ("1", "2"):
        assert shown_elsewhere(seed, order)[-2:] == [digest, "no law was broken"]


def shown_elsewhere(seed: int, order: str) -> list[str]:
    """What a process of its own shows of ``seed``, with its own order of sets and dictionaries of texts."""
    words = [sys.executable, "-m", "tests.support.simulated", str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": order}
    done = subprocess.run(
        words, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return done.stdout.decode().splitlines()


def test_what_breaks_a_law_breaks_it_again_at_the_same_place() -> None:
    broken = [broken_by(seed) for seed in range(20)]
    assert any(broken)
    assert broken == [broken_by(seed) for seed in range(20)]


def broken_by(seed: int) -> tuple[str, str] | None:
    """The law that blind retries break, and all that led there."""
    simulation = Simulation(seed, FLAWS["retries blindly"])
    try:
        simulation.run()
    except BrokenLawError as error:
        return str(error), simulation.world.trace.digest
    return None


def test_other_seeds_are_other_simulations() -> None:
    assert len({outcome(seed).digest for seed in range(10)}) == 10
