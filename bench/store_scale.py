"""``make bench-store``: how the service does on MongoDB and Redis.

Prints ratios within this run. Absolute figures are beside them for scale only.
"""

from __future__ import annotations

import os
from typing import Final

from bench import store_appending, store_following, store_loading
from bench.mongo import Servers, servers
from bench.served import ratios, spread

RULES: Final = int(os.environ.get("BENCH_RULES", "1000000"))
ROUNDS: Final = 3
PODS: Final = (1, 8)


def main() -> None:
    """Measure and print."""
    with servers() as started:
        print(f"servers: {started.mongo.name}; {started.redis.name}")
        _following(started)
        _appending(started)
        _loading(started)


def _loading(started: Servers) -> None:
    rules = store_loading.prepare(started, "loading", RULES)
    rounds = [store_loading.measure(started, "loading") for _ in range(ROUNDS)]
    ours = tuple(found.ours for found in rounds)
    plain = tuple(found.json for found in rounds)
    cursor = tuple(found.cursor for found in rounds)
    peak = max(found.peak_bytes for found in rounds) / 2**20
    tail = f"checkpoint and {store_loading.TAIL:,} changes"
    print(f"start to the first decision, {rules:,} rules, {tail}, s: {spread(ours)} (peak {peak:,.0f} MiB)")
    print(f"json.loads of the same state, s: {spread(plain)}; ratio {spread(ratios(ours, plain))}")
    documents = f"{rounds[0].documents:,} rule documents by a plain cursor"
    print(f"{documents}, s: {spread(cursor)}; ratio {spread(ratios(ours, cursor))}")


def _following(started: Servers) -> None:
    for name, hints in (("with Redis", True), (f"by polling each {store_following.POLL_SECONDS:g} s", False)):
        delays = store_following.measure(started, f"following-{hints}".lower(), hints=hints)
        print(
            f"acknowledged on one pod, enforced on another, {name}, {len(delays.seconds)} writes, ms:"
            f" p50 {delays.at(0.5) * 1e3:.0f}, p99 {delays.at(0.99) * 1e3:.0f}, worst {delays.at(1) * 1e3:.0f}"
        )


def _appending(started: Servers) -> None:
    for pods in PODS:
        rounds = [
            [store_appending.rate(started, f"appending-{pods}", how, pods) for how in store_appending.WAYS]
            for _ in range(ROUNDS)
        ]
        changes, racing, free = zip(*rounds, strict=True)
        print(f"changes a second, {pods} pods: {spread(changes)}")
        print(f"a bare loop for the next number: {spread(racing)}; ratio {spread(ratios(changes, racing))}")
        print(f"inserts that mind nobody: {spread(free)}; ratio {spread(ratios(changes, free))}")


if __name__ == "__main__":
    main()
