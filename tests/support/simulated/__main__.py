"""Goes through one simulation again and says all that happens in it: `python -m tests.support.simulated SEED`."""

from __future__ import annotations

import sys

from tests.support.simulated.laws import BrokenLawError
from tests.support.simulated.simulation import Simulation


def main(seed: int) -> int:
    """Say each line of the trace, then its hash, and which law was broken; the exit code."""
    simulation = Simulation(seed)
    try:
        simulation.run()
    except BrokenLawError as error:
        broken: BrokenLawError | None = error
    else:
        broken = None
    print(*simulation.world.trace.lines, sep="\n")  # noqa: T201 - what this program is for
    print(simulation.world.trace.digest, broken or "no law was broken", sep="\n")  # noqa: T201 - as above
    return 0 if broken is None else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
