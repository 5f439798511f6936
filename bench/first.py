"""``make bench-first``: is deciding fast, in process and over HTTP?

Prints ratios within this run. Absolute figures are beside them for scale only.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from bench import engine, served
from bench.store import fill
from bench.workload import make_workload
from enterprise_policy.decide.model import read_model

SIZES: Final = (1_000, 100_000)
QUESTIONS: Final = 20_000


def main() -> None:
    """Measure and print."""
    model = read_model(Path("policies/model.conf").read_text())
    for size in SIZES:
        result = engine.measure(make_workload(size, QUESTIONS), model)
        print(
            f"in process, {result.rules:,} rules: {1 / result.ours:,.0f} decisions/s, "
            f"pycasbin {1 / result.pycasbin:,.1f}; "
            f"ratio {result.ratio:,.0f} (answers compared: {result.compared}, different: {result.different})"
        )
    workload = make_workload(SIZES[-1], QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="enterprise-bench-") as name:
        fill(Path(name), workload)
        measured = served.measure(Path(name), workload.questions)
    print(f"POST /authorize, {workload.rules:,} rules, requests/s: {served.spread(measured.ours)}")
    for name, other in (("as it comes", measured.nginx), ("with no access log", measured.bare)):
        ratio = served.spread(served.ratios(measured.ours, other))
        print(f"nginx `return 200`, {name}, requests/s: {served.spread(other)}; ratio {ratio}")


if __name__ == "__main__":
    main()
